internal import GatewayCore

/// Which bytes may stand where in a header line (RFC 9110, sections 5.1, 5.5 and 5.6.2).
enum HeaderSyntax {
  // The characters of a token as bits, those below 64 and those above: constants, since a table
  // would be asked for whether it is there yet at each byte.
  private static let lowTokens: UInt64 = 0x03FF_6CFA_0000_0000
  private static let highTokens: UInt64 = 0x57FF_FFFF_C7FF_FFFE

  /// Whether the byte may be part of a name.
  @inline(__always)
  static func isToken(_ byte: UInt8) -> Bool {
    byte < 128 && (byte < 64 ? lowTokens : highTokens) >> UInt64(byte & 63) & 1 == 1
  }

  /// Whether the byte may be part of a value: anything but controls other than the tab.
  @inline(__always)
  static func isValue(_ byte: UInt8) -> Bool { byte == 0x09 || (byte >= 0x20 && byte != 0x7F) }

  /// Whether the bytes are a name: at least one, and only those of a token.
  static func isName(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices where !isToken(bytes[index]) { return false }
    return !bytes.isEmpty
  }

  /// Whether the bytes may be a value.
  static func isValue(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices where !isValue(bytes[index]) { return false }
    return true
  }

  /// Whether the bytes are `name`, which is in lower case, in any case.
  @inline(__always)
  static func equals(_ bytes: Span<UInt8>, _ name: StaticString) -> Bool {
    guard bytes.count == name.utf8CodeUnitCount else { return false }
    for index in bytes.indices {
      let byte = bytes[index]
      let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
      if unsafe lower != name.utf8Start[index] { return false }
    }
    return true
  }

  /// Whether the bytes begin with `text`.
  @inline(__always)
  static func begins(_ bytes: Span<UInt8>, with text: StaticString) -> Bool {
    guard bytes.count >= text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount {
      if unsafe bytes[index] != text.utf8Start[index] { return false }
    }
    return true
  }
}
