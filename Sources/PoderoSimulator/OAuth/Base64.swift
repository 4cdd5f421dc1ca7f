/// Base64 (RFC 4648, section 4), read only.
enum Base64 {
  /// The decoded bytes; `nil` for characters outside the alphabet or a wrong length.
  static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var symbols = Array(text)
    guard symbols.count % 4 == 0 else { return nil }
    for _ in 0..<2 where symbols.last == UInt8(ascii: "=") { symbols.removeLast() }
    var out: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for symbol in symbols {
      guard let value = value(symbol) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        out.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return out
  }

  private static func value(_ symbol: UInt8) -> UInt8? {
    switch symbol {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): symbol - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): symbol - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): symbol - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
