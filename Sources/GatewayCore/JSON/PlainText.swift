extension Span<UInt8> {
  /// The byte at `position`; 0, which JSON has nowhere, if none stands there.
  @inlinable
  @inline(__always)
  public func peek(_ position: Int) -> UInt8 {
    guard UInt(bitPattern: position) < UInt(bitPattern: count) else { return 0 }
    // The guard is the bounds check; a negative position is a huge number there.
    return unsafe self[unchecked: position]
  }

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

  /// Eight bytes as a number, the first of them the lowest, without a check.
  ///
  /// Unsafe: they must all exist.
  @inlinable
  @inline(__always)
  @unsafe
  public func word(uncheckedAt position: Int) -> UInt64 {
    unsafe UInt64(
      littleEndian: bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: position, as: UInt64.self))
  }

  /// The bytes of `range`, at most eight, as a number, the first of them the lowest; those that are
  /// missing to eight count as 0.
  ///
  /// - Precondition: they exist.
  @inlinable
  @inline(__always)
  public func word(of range: Range<Int>) -> UInt64 {
    let missing = 8 &- range.count
    guard missing > 0 else { return word(at: range.lowerBound) }
    if range.lowerBound &+ 8 <= count {
      return word(at: range.lowerBound) & (UInt64.max >> UInt64(8 &* missing))
    }
    return range.reversed().reduce(0) { word, position in word << 8 | UInt64(self[position]) }
  }

  /// Whether a byte stands anywhere in `range`.
  public func contains(_ byte: UInt8, in range: Range<Int>) -> Bool {
    let each: UInt64 = 0x0101_0101_0101_0101
    var position = range.lowerBound
    while position &+ 8 <= range.upperBound {
      // A byte of 0 sets its high bit here, and else only one above such a byte may be set.
      let difference = word(at: position) ^ (each &* UInt64(byte))
      if (difference &- each) & ~difference & (each &* 0x80) != 0 { return true }
      position &+= 8
    }
    return (position..<range.upperBound).contains { self[$0] == byte }
  }

  /// Where the next byte stands that is no printable ASCII, or `"` or `\`: what lies before it is
  /// text that JSON has as it is. The last seven bytes are not looked at.
  @inlinable
  @inline(__always)
  public func skippingPlainText(from start: Int) -> Int {
    precondition(start >= 0)
    var position = start
    let last = count &- 8
    while position <= last {
      // In bounds: 0 <= start <= position <= count - 8.
      let special = specialBytes(unsafe word(uncheckedAt: position))
      guard special == 0 else { return position &+ special.trailingZeroBitCount / 8 }
      position &+= 8
    }
    return position
  }

  /// Whether all bytes are printable ASCII, but neither `"` nor `\`: text that is written into JSON
  /// as it is.
  @inlinable
  @inline(__always)
  public var isPlainText: Bool {
    guard count >= 8 else { return unprintableBytes(shortText) == 0 }
    let last = count &- 8
    var position = 0
    while position < last {
      // In bounds: 0 <= position < count - 8.
      guard unprintableBytes(unsafe word(uncheckedAt: position)) == 0 else { return false }
      position &+= 8
    }
    // The last eight bytes, of which some may have been looked at before.
    return unprintableBytes(word(at: last)) == 0
  }

  // All bytes of a text of less than eight, some of them twice, and blanks.
  @inlinable
  @inline(__always)
  var shortText: UInt64 {
    let blanks: UInt64 = 0x2020_2020_2020_2020
    switch count {
    case 0: return blanks
    case 1...3:
      let ends = UInt64(self[0]) | UInt64(self[count &- 1]) << 8
      return blanks << 24 | UInt64(self[count / 2]) << 16 | ends
    default:
      // Every pattern of bits is a number, and the bounds are checked.
      return unsafe UInt64(bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self))
        | UInt64(bytes.unsafeLoadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)) << 32
    }
  }
}

// Looks at eight bytes at once. The lowest bit that is set is the highest of the first byte that
// fails a test; a difference carries into later bytes only, behind one that has failed.
//
// With its second bit turned, `"` comes right behind the controls, so one difference finds both.
@inlinable
@inline(__always)
func specialBytes(_ word: UInt64) -> UInt64 {
  let each: UInt64 = 0x0101_0101_0101_0101
  let quotesAndControls = (word ^ (each &* 0x02)) &- (each &* 0x21)
  let backslashes = (word ^ (each &* UInt64(UInt8(ascii: "\\")))) &- each
  return (word | quotesAndControls | backslashes) & (each &* 0x80)
}

// The same, and the control character `DEL`, which JSON would take as it is.
@inlinable
@inline(__always)
func unprintableBytes(_ word: UInt64) -> UInt64 {
  let each: UInt64 = 0x0101_0101_0101_0101
  return specialBytes(word) | (word &+ each) & (each &* 0x80)
}
