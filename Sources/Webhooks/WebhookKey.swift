public import GatewayCore

/// Reads the secrets of the Standard Webhooks specification.
public enum WebhookKey {
  /// The shortest key that is taken, in bytes: what the specification asks for at least.
  public static let minimumBytes = 24

  /// The key in a secret: base 64, usually behind `whsec_`.
  ///
  /// - Returns: `nil` if the text is not of that form, or its key is shorter than ``minimumBytes``.
  public static func key(in secret: Secret) -> Secret? {
    secret.withBytes { bytes in
      let prefix = "whsec_".utf8.span
      var start = 0
      if bytes.count >= prefix.count,
        constantTimeEquals(bytes.extracting(0..<prefix.count), prefix)
      {
        start = prefix.count
      }
      var text: [UInt8] = []
      text.reserveCapacity(bytes.count)
      defer { wipe(&text) }
      for index in start..<bytes.count { text.append(bytes[index]) }
      guard var key = Base64.bytes(text.span) else { return nil }
      defer { wipe(&key) }
      return key.count >= minimumBytes ? Secret(key) : nil
    }
  }
}
