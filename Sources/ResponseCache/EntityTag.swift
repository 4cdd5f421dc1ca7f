internal import GatewayCore

/// The two-part entity tag `"S.R"`: S names a heat pump's settings, R everything that was shown.
///
/// `If-None-Match` compares both, `If-Match` only S, since readings change all the time and must
/// not stop a write.
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
  /// S: a hash over the writable fields.
  public let settings: UInt64
  /// R: a hash over the whole body.
  public let rest: UInt64

  /// Creates a tag.
  public init(settings: UInt64, rest: UInt64) {
    self.settings = settings
    self.rest = rest
  }

  /// Reads one strong tag with its quotes. A weak tag (`W/`) reads as the same one, since
  /// `If-None-Match` compares weakly (RFC 9110, section 8.8.3.2).
  ///
  /// - Returns: `nil` if it is none of ours.
  public init?(_ text: some StringProtocol) {
    let strong = text.hasPrefix("W/") ? text.dropFirst(2) : text[...]
    guard strong.utf8.count == 35, strong.first == "\"", strong.last == "\"" else { return nil }
    let parts = strong.dropFirst().dropLast().split(
      separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy(isHexadecimal),
      let settings = UInt64(parts[0], radix: 16), let rest = UInt64(parts[1], radix: 16)
    else { return nil }
    self.init(settings: settings, rest: rest)
  }

  /// The tag with its quotes.
  public var description: String {
    var text: [UInt8] = []
    // Twice sixteen digits, a dot and the quotes.
    text.reserveCapacity(35)
    text.append(UInt8(ascii: "\""))
    append(settings, to: &text)
    text.append(UInt8(ascii: "."))
    append(rest, to: &text)
    text.append(UInt8(ascii: "\""))
    return String(decoding: text, as: UTF8.self)
  }
}

// Tags are compared byte by byte (RFC 9110, section 8.8.3.2), so just the one spelling is ours.
private func isHexadecimal(_ part: some StringProtocol) -> Bool {
  part.utf8.count == 16
    && part.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x66 }
}

private func append(_ value: UInt64, to text: inout [UInt8]) {
  for digit in 0..<16 {
    text.append(hexDigit(UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * digit)) & 15))
  }
}
