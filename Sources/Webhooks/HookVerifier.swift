public import GatewayCore

/// How a hook's source proves itself. Secrets are at hand, tokens known by their hashes only.
public enum HookVerifier: Sendable {
  /// An HMAC (RFC 2104) with SHA-256 over the raw body.
  case hmacSHA256(HMACScheme)
  /// The Standard Webhooks specification, symmetric signatures (`v1`); any of the keys may have
  /// signed. The keys are as ``WebhookKey/key(in:)`` gives them.
  case standardWebhooks(keys: SigningKeys)
  /// `Authorization: Bearer TOKEN` (RFC 6750).
  case bearer(TokenDigest)
  /// `Authorization: Basic` (RFC 7617).
  case basic(user: String, password: TokenDigest)
  /// A token at the end of the path.
  case pathToken(TokenDigest)

  /// A verifier that does the same work and knows nothing worth knowing.
  var decoy: HookVerifier {
    switch self {
    case .hmacSHA256(var scheme):
      scheme.keys = HookVerifier.decoys(scheme.keys.count)
      return .hmacSHA256(scheme)
    case .standardWebhooks(let keys):
      return .standardWebhooks(keys: HookVerifier.decoys(keys.count))
    case .bearer: return .bearer(.unmatched)
    case .basic(let user, _):
      return .basic(user: String(repeating: "u", count: user.utf8.count), password: .unmatched)
    case .pathToken: return .pathToken(.unmatched)
    }
  }

  /// What stands in where there is no hook to take a decoy of.
  static let fallback = HookVerifier.standardWebhooks(keys: decoys(1))

  private static func decoys(_ count: Int) -> SigningKeys {
    SigningKeys((0..<count).map { _ in Secret([UInt8](repeating: 0, count: 32)) })
  }
}

/// A signature in a header of the source's choice.
public struct HMACScheme: Sendable {
  /// How the signature is written.
  public enum Encoding: String, Sendable, CaseIterable {
    /// Hexadecimal, in either case.
    case hex
    /// Base 64 (RFC 4648, section 4).
    case base64
  }

  /// Any of these may have signed.
  public var keys: SigningKeys
  /// The header with the signature, in any case.
  public var header: String
  /// What stands before the signature.
  public var prefix: String
  /// How the signature is written.
  public var encoding: Encoding
  /// The header with the time: Unix seconds or RFC 3339. If set, `TIMESTAMP.BODY` is signed,
  /// otherwise the body alone.
  public var timestampHeader: String?

  /// Creates a scheme, any of whose secrets may have signed.
  public init(
    secrets: [Secret], header: String, prefix: String = "", encoding: Encoding = .hex,
    timestampHeader: String? = nil
  ) {
    keys = SigningKeys(secrets)
    self.header = header
    self.prefix = prefix
    self.encoding = encoding
    self.timestampHeader = timestampHeader
  }

  /// The signature's bytes in a header's value; `nil` if it is not of the form.
  func signature(in value: String) -> [UInt8]? {
    guard value.utf8.starts(with: prefix.utf8) else { return nil }
    let text = value.utf8.span.extracting(droppingFirst: prefix.utf8.count)
    switch encoding {
    case .base64: return Base64.bytes(text)
    case .hex: return Hexadecimal.bytes(text)
    }
  }
}
