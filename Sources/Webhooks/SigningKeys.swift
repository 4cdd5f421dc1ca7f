internal import Crypto
public import GatewayCore

/// Secrets of which any may have signed a message (HMAC with SHA-256, RFC 2104), each with the part
/// of the work done that is the same for every message.
///
/// What is kept is as good as the secrets; the cryptography library overwrites it when it goes.
public struct SigningKeys: Sendable, CustomStringConvertible, CustomReflectable {
  private let begun: [HMAC<SHA256>]

  /// Prepares secrets.
  public init(_ secrets: [Secret]) {
    begun = secrets.map { secret in
      secret.withBytes { bytes in
        bytes.withUnsafeBytes { HMAC<SHA256>(key: SymmetricKey(data: $0)) }
      }
    }
  }

  /// Only how many there are.
  public var description: String { "<\(count) redacted>" }

  /// A mirror without children, so that `dump` shows nothing either.
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// How many secrets there are.
  var count: Int { begun.count }

  /// Whether any secret made any of the signatures of `prefix` and `body`. All are tried, always.
  func haveSigned(_ signatures: [[UInt8]], _ prefix: [UInt8], _ body: [UInt8]) -> Bool {
    var isGenuine = false
    for var hmac in begun {
      // As plain buffers: of anything else the library makes a collection of buffers first.
      if !prefix.isEmpty { prefix.withUnsafeBytes { hmac.update(data: $0) } }
      body.withUnsafeBytes { hmac.update(data: $0) }
      hmac.finalize().withUnsafeBytes { bytes in
        let expected = Span<UInt8>(_bytes: bytes.bytes)
        for signature in signatures {
          let isSame = constantTimeEquals(signature.span, expected)
          isGenuine = isGenuine || isSame
        }
      }
    }
    return isGenuine
  }
}
