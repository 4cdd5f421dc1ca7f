import Crypto
public import Foundation

/// Proves that a delivery is the gateway's (Standard Webhooks, `v1` signatures).
public struct WebhookVerifier: Sendable {
  private let key: SymmetricKey

  /// Takes the secret that the subscription's answer showed.
  ///
  /// - Parameter secret: `whsec_…`
  /// - Returns: `nil` for text that is no secret.
  public init?(secret: String) {
    let prefix = "whsec_"
    guard secret.hasPrefix(prefix),
      let bytes = Data(base64Encoded: String(secret.dropFirst(prefix.count))),
      !bytes.isEmpty
    else { return nil }
    key = SymmetricKey(data: bytes)
  }

  /// Takes the secret that the subscription's answer showed.
  ///
  /// - Returns: `nil` for text that is no secret.
  public init?(_ secret: SigningSecret) { self.init(secret: secret.reveal()) }

  /// Whether a delivery is genuine and not older than five minutes.
  ///
  /// - Parameters:
  ///   - body: the bytes as they came, before anything is parsed.
  ///   - id: the header `webhook-id`.
  ///   - timestamp: the header `webhook-timestamp`.
  ///   - signature: the header `webhook-signature`; several while a secret is being replaced.
  ///   - now: the time.
  public func isGenuine(
    body: Data, id: String, timestamp: String, signature: String, now: Date = Date()
  ) -> Bool {
    guard let sent = Int(timestamp), abs(now.timeIntervalSince1970 - Double(sent)) < 300 else {
      return false
    }
    let signed = Data("\(id).\(timestamp).".utf8) + body
    return signature.split(separator: " ").contains { given in
      guard given.hasPrefix("v1,"), let code = Data(base64Encoded: String(given.dropFirst(3)))
      else {
        return false
      }
      // Compares in constant time.
      return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key)
    }
  }

  /// The event of a delivery in the format `standard`.
  ///
  /// - Throws: ``ClientError/unreadable(status:_:)``.
  public static func event(of body: Data) throws -> Event {
    try GatewayClient.decode(
      Event.self, ClientResponse(status: 200, headers: [:], body: body))
  }
}
