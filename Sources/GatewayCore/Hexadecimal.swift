/// Hexadecimal text (RFC 4648, section 8).
public enum Hexadecimal {
  /// The bytes that a text of two digits each stands for, in either case.
  ///
  /// - Returns: `nil` if it is anything else.
  public static func bytes(_ text: Span<UInt8>) -> [UInt8]? {
    guard text.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    var position = 0
    while position + 8 <= text.count {
      let (value, faults) = hexadecimal(text.word(at: position))
      guard faults == 0 else { return nil }
      for place in 1...4 {
        bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(32 - 8 * place)))
      }
      position += 8
    }
    while position < text.count {
      guard let high = hexValue(text[position]), let low = hexValue(text[position + 1]) else {
        return nil
      }
      bytes.append(high << 4 | low)
      position += 2
    }
    return bytes
  }
}
