extension JSONGrammar {
  static func scanEscape(_ bytes: Span<UInt8>, at position: inout Int) throws(JSONFault) {
    guard position + 1 < bytes.count else {
      throw JSONFault(.unexpectedEnd, at: bytes.count)
    }
    switch bytes[position + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    case UInt8(ascii: "u"):
      _ = try scanUnicodeEscape(bytes, at: &position)
    default:
      throw JSONFault(.invalidEscape, at: position)
    }
  }

  /// Reads `\uXXXX`, or two of them that make a surrogate pair.
  static func scanUnicodeEscape(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) -> Unicode.Scalar {
    let start = position
    let first = try scanHex(bytes, at: &position)
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { throw JSONFault(.invalidText, at: start) }
    let second = try scanHex(bytes, at: &position)
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw JSONFault(.invalidText, at: start) }
    return scalar
  }

  private static func scanHex(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) -> UInt32 {
    guard position + 6 <= bytes.count else { throw JSONFault(.unexpectedEnd, at: bytes.count) }
    var value: UInt32 = 0
    for index in position + 2..<position + 6 {
      guard let digit = hexValue(bytes[index]) else { throw JSONFault(.invalidEscape, at: index) }
      value = value << 4 | UInt32(digit)
    }
    position += 6
    return value
  }

  /// Checks one character of two to four bytes against RFC 3629, section 4.
  static func scanMultibyte(_ bytes: Span<UInt8>, at position: inout Int) throws(JSONFault) {
    let first = bytes[position]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: length = 4
    default: throw JSONFault(.invalidText, at: position)
    }
    guard position + length <= bytes.count, second.contains(bytes[position + 1]) else {
      throw JSONFault(.invalidText, at: position)
    }
    for offset in 2..<max(2, length) where bytes[position + offset] & 0xC0 != 0x80 {
      throw JSONFault(.invalidText, at: position)
    }
    position += length
  }

  /// The text between a string's quotes, escapes resolved. The range must come from
  /// ``scanString(_:at:)``.
  ///
  /// - Throws: ``JSONFault`` if the range was not checked before.
  public static func text(
    _ bytes: Span<UInt8>, in content: Range<Int>, escaped: Bool
  ) throws(JSONFault) -> String {
    guard escaped else { return text(bytes.extracting(content)) }
    var out = [UInt8]()
    out.reserveCapacity(content.count)
    var position = content.lowerBound
    while position < content.upperBound {
      let byte = bytes[position]
      guard byte == UInt8(ascii: "\\") else {
        out.append(byte)
        position += 1
        continue
      }
      if bytes[position + 1] == UInt8(ascii: "u") {
        let scalar = try scanUnicodeEscape(bytes, at: &position)
        out.append(contentsOf: String(Character(scalar)).utf8)
      } else {
        out.append(unescaped(bytes[position + 1]))
        position += 2
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  private static func text(_ bytes: Span<UInt8>) -> String {
    unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }

  private static func unescaped(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: byte
    }
  }
}
