extension Span<UInt8> {
  /// Eight bytes as a number, the first of them the lowest.
  ///
  /// - Precondition: they all exist.
  @inlinable
  @inline(__always)
  public func word(at position: Int) -> UInt64 {
    // Every pattern of bits is a number, and the bounds are checked.
    unsafe UInt64(
      littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  /// Where the next byte stands that is no printable ASCII, or `"` or `\`: what lies before it is
  /// text that JSON has as it is. The last seven bytes are not looked at.
  @inline(__always)
  func skippingPlainText(from start: Int) -> Int {
    var position = start
    while position + 8 <= count {
      let special = specialBytes(word(at: position))
      guard special == 0 else { return position + special.trailingZeroBitCount / 8 }
      position += 8
    }
    return position
  }
}

// Looks at eight bytes at once. The lowest bit that is set is the highest of the first byte that
// fails a test; a difference carries into later bytes only, behind one that has failed.
@inline(__always)
private func specialBytes(_ word: UInt64) -> UInt64 {
  let each: UInt64 = 0x0101_0101_0101_0101
  let quotes = word ^ (each &* UInt64(UInt8(ascii: "\"")))
  let backslashes = word ^ (each &* UInt64(UInt8(ascii: "\\")))
  let found =
    word | (word &- each &* 0x20) | ((quotes &- each) & ~quotes)
    | ((backslashes &- each) & ~backslashes)
  return found & (each &* 0x80)
}
