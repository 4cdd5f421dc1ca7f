import GatewayCore

/// Base64 with the alphabet for URLs and without padding (RFC 7515, section 2), one spelling for
/// each sequence of bytes.
enum Base64URL {
  /// Reads it.
  ///
  /// - Returns: `nil` for anything but the one spelling: padding, the other alphabet, blanks, and
  ///   bits that stand for nothing.
  static func bytes(_ text: Span<UInt8>) -> [UInt8]? {
    var plain: [UInt8] = []
    plain.reserveCapacity(text.count + 2)
    for index in text.indices {
      switch text[index] {
      case UInt8(ascii: "-"): plain.append(UInt8(ascii: "+"))
      case UInt8(ascii: "_"): plain.append(UInt8(ascii: "/"))
      case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
      default: plain.append(text[index])
      }
    }
    while plain.count % 4 != 0 {
      plain.append(UInt8(ascii: "="))
      if plain.count - text.count > 2 { return nil }
    }
    return Base64.bytes(plain.span)
  }
}
