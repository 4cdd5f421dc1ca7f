package import GatewayCore

/// Reads `Retry-After` (RFC 9110, section 10.2.3) in both of its forms.
package enum RetryAfter {
  /// How long the server wants to be left alone; never negative.
  ///
  /// - Parameters:
  ///   - value: whole seconds, or an IMF-fixdate such as `Tue, 24 Nov 2026 10:00:30 GMT`.
  ///   - now: the wall-clock time that a date is compared with.
  /// - Returns: `nil` for anything else, the two obsolete date forms included.
  package static func duration(_ value: String, now: Timestamp) -> Duration? {
    let text = value.trimmingBlanks
    if !text.isEmpty, text.utf8.allSatisfy(isDigit) {
      // More digits than a century of seconds has: the reader caps it anyway.
      return text.utf8.count > 10 ? .seconds(9_999_999_999) : Int(text).map { .seconds($0) }
    }
    return date(text).map { max(.zero, $0 - now) }
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func date(_ text: String) -> Timestamp? {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0].utf8.count == 4, parts[0].last == ",", parts[5] == "GMT",
      parts[1].utf8.count == 2, parts[3].utf8.count == 4,
      let month = months.firstIndex(of: String(parts[2]))
    else { return nil }
    let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    return Timestamp(rfc3339: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    var text = Substring(self)
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}
