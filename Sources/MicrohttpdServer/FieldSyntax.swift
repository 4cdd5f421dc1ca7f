import GatewayCore

/// Which bytes may stand where in a head (RFC 9110, sections 5.5 and 5.6.2; RFC 3986, section 2).
enum FieldSyntax {
  /// Whether the bytes are a token: at least one, and only `tchar`.
  static func isToken(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count > 0 else { return false }
    // Read once: whether a global is there yet is asked at each access.
    let token = token
    for index in bytes.indices where !token.contains(bytes[index]) { return false }
    return true
  }

  /// Whether the bytes may be a header's value: no control character but the tab.
  static func isFieldValue(_ bytes: Span<UInt8>) -> Bool {
    for index in plainPrefix(of: bytes)..<bytes.count {
      let byte = bytes[index]
      if byte < 0x20 ? byte != 0x09 : byte == 0x7F { return false }
    }
    return true
  }

  // How many bytes at the beginning are certain to be printable ASCII, eight at a time.
  private static func plainPrefix(of bytes: Span<UInt8>) -> Int {
    let each: UInt64 = 0x0101_0101_0101_0101
    var end = 0
    while end + 8 <= bytes.count {
      let word = bytes.word(at: end)
      // Each part sets the highest bit of a byte: of one beyond ASCII, of a control character, and
      // of DEL. A borrow makes the check too strict for later bytes of the word, never too lax.
      let found = word | (word &- each &* 0x20) | (word &+ each)
      if found & (each &* 0x80) != 0 { break }
      end += 8
    }
    return end
  }

  /// Whether the byte is white space of a header.
  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// Whether all bytes may stand in a request target: printable ASCII, and no `#`.
  static func isPrintable(_ bytes: Span<UInt8>) -> Bool {
    // A fragment never goes over the wire, and who reads it as part of the path sees another path.
    for index in bytes.indices
    where bytes[index] <= 0x20 || bytes[index] >= 0x7F || bytes[index] == UInt8(ascii: "#") {
      return false
    }
    return true
  }

  /// Whether the bytes are what `Host` may be: a name or an address, with or without a port (RFC
  /// 9110, section 7.2). Names hold just what registered ones do.
  static func isHost(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count > 0 else { return false }
    let isBracketed = bytes[0] == UInt8(ascii: "[")
    var end = isBracketed ? 1 : 0
    let allowed = isBracketed ? addressBytes : nameBytes
    while end < bytes.count, allowed.contains(bytes[end]) { end += 1 }
    if isBracketed {
      // The shortest is `[::]`.
      guard end >= 3, end < bytes.count, bytes[end] == UInt8(ascii: "]") else { return false }
      end += 1
    }
    return end > 0 && isPort(bytes, from: end)
  }

  // Nothing, or a colon and a number that may be missing.
  private static func isPort(_ bytes: Span<UInt8>, from start: Int) -> Bool {
    guard start < bytes.count else { return true }
    guard bytes[start] == UInt8(ascii: ":"), bytes.count - start <= 6 else { return false }
    var port = 0
    for index in (start + 1)..<bytes.count {
      let digit = Int(bytes[index]) - Int(UInt8(ascii: "0"))
      guard (0...9).contains(digit) else { return false }
      port = port * 10 + digit
    }
    return port <= 65535
  }

  /// Whether the bytes are `text`, which is in lower case, in any case.
  static func equals(_ bytes: Span<UInt8>, lowercase text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    for index in bytes.indices {
      var byte = bytes[index]
      if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { byte |= 0x20 }
      if unsafe byte != text.utf8Start[index] { return false }
    }
    return true
  }

  private static let nameBytes = ASCIISet(
    "-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  private static let addressBytes = ASCIISet(":.0123456789abcdefABCDEF")

  private static let token = ASCIISet(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

/// A set of ASCII characters as two words of bits.
private struct ASCIISet: Sendable {
  private let low: UInt64
  private let high: UInt64

  init(_ characters: String) {
    var words: (UInt64, UInt64) = (0, 0)
    for byte in characters.utf8 {
      if byte < 64 { words.0 |= 1 << UInt64(byte) } else { words.1 |= 1 << UInt64(byte & 63) }
    }
    (low, high) = words
  }

  func contains(_ byte: UInt8) -> Bool {
    byte < 128 && (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
  }
}
