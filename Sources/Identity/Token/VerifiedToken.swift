public import GatewayCore

/// What a provider vouches for: a token whose signature, audience and times are good.
public struct VerifiedToken: Sendable {
  /// The provider's name.
  public let provider: String
  /// All claims.
  public let claims: JSONObject
  /// When it ends; the clock's skew is counted in.
  public let end: Timestamp
  /// The scopes that it is limited to: none of them if the claim is missing. `nil` if the
  /// provider's tokens have no such claim.
  public let scopes: Set<String>?

  /// Creates a token.
  public init(provider: String, claims: JSONObject, end: Timestamp, scopes: Set<String>?) {
    self.provider = provider
    self.claims = claims
    self.end = end
    self.scopes = scopes
  }

  /// Whether all of these claims have these values. A claim that is a list has each of its values.
  public func has(_ required: [String: String]) -> Bool {
    required.allSatisfy { name, value in
      switch claims[name] {
      case .string(let text): text == value
      case .array(let values): values.contains(.string(value))
      default: false
      }
    }
  }

  /// The scopes in a claim: words in one text (RFC 8693, section 4.2), or a list of texts.
  static func scopes(in claim: JSONValue?) -> Set<String> {
    switch claim {
    case .string(let text): Set(text.split(separator: " ").map(String.init))
    case .array(let values): Set(values.compactMap(\.string))
    default: []
    }
  }
}
