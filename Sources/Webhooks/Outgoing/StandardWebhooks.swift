public import GatewayCore

/// One attempt to deliver an event, as the Standard Webhooks specification (version 1.0.0) has it
/// signed: `ID.TIMESTAMP.BODY`.
///
/// The body must go out byte by byte as it is here.
public struct StandardWebhooksMessage: Sendable {
  /// The event's id: the same at each attempt, so that a receiver can tell what it has had.
  public let id: String
  /// When this attempt is made, to the second.
  public let timestamp: Timestamp
  /// The body.
  public let body: [UInt8]

  /// Creates a message.
  ///
  /// - Returns: `nil` unless the id is 1 to 256 letters, digits, `-` and `_`: a dot in it would
  ///   make the parts ambiguous.
  public init?(id: String, timestamp: Timestamp, body: [UInt8]) {
    guard (1...256).contains(id.utf8.count), id.utf8.allSatisfy(isIdentifierByte) else {
      return nil
    }
    self.id = id
    self.timestamp = timestamp
    self.body = body
  }

  /// The value of `webhook-signature`: a `v1,…` for each secret, separated by blanks; several
  /// while a secret is being replaced, so that a receiver may hold any of them.
  public func signatures(_ secrets: [SigningSecret]) -> String {
    let start = Array("\(id).\(seconds).".utf8)
    return secrets.map { "v1," + Base64.text($0.authenticationCode(of: start, body)) }
      .joined(separator: " ")
  }

  /// The three headers of the specification.
  public func headers(signedWith secrets: [SigningSecret]) -> [HTTPResponse.Header] {
    [
      HTTPResponse.Header("webhook-id", id),
      HTTPResponse.Header("webhook-timestamp", String(seconds)),
      HTTPResponse.Header("webhook-signature", signatures(secrets)),
    ]
  }

  // Whole seconds since 1970, rounded down.
  private var seconds: Int64 { timestamp.microseconds / 1_000_000 }
}

private func isIdentifierByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
    true
  default: false
  }
}
