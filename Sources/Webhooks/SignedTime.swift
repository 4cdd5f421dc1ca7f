import GatewayCore

/// The time that a source puts under its signature, so that an old event cannot be sent again.
enum SignedTime {
  /// How far it may be from the gateway's own time, in either direction.
  static let tolerance = Duration.seconds(300)

  /// Reads Unix seconds or, where that is allowed, an RFC 3339 time.
  ///
  /// - Returns: `nil` for anything else, milliseconds included.
  static func read(_ text: String, allowsRFC3339: Bool) -> Timestamp? {
    let digits = text.utf8
    if (1...11).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let seconds = Int64(text)
    {
      return Timestamp(microseconds: seconds * 1_000_000)
    }
    return allowsRFC3339 ? Timestamp(rfc3339: text) : nil
  }

  /// Whether the text is a time near enough to `now`.
  static func isFresh(_ text: String, now: Timestamp, allowsRFC3339: Bool) -> Bool {
    guard let time = read(text, allowsRFC3339: allowsRFC3339) else { return false }
    return max(time, now) - min(time, now) <= tolerance
  }
}
