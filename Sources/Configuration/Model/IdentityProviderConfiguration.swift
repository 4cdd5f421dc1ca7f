/// `identity_providers[]`: who signs access tokens that apps may present in place of a key.
public struct IdentityProviderConfiguration: Sendable, Equatable {
  /// The name that apps refer to; unique.
  public var name: String
  /// The exact `iss` of its tokens.
  public var issuer: String
  /// What must be in the tokens' `aud`.
  public var audience: String
  /// Where its public keys come from.
  public var keys: KeySource
  /// The algorithms that it may sign with; RS256 and ES256 by default.
  public var algorithms: [TokenAlgorithm] = [.rs256, .es256]
  /// How far its clock may be off; 60 s by default.
  public var clockSkew = Duration.seconds(60)
  /// The claim whose scopes limit a token; tokens have all of their app's scopes if `nil`.
  public var scopesClaim: String?

  /// Where a provider's JSON Web Key Set comes from.
  public enum KeySource: Sendable, Equatable {
    /// A file.
    case file(String)
    /// An address, and the PEM certificates to trust in place of the system's, if any.
    case url(EndpointURL, authorityFile: String?)
  }

  /// Creates a provider.
  public init(name: String, issuer: String, audience: String, keys: KeySource) {
    self.name = name
    self.issuer = issuer
    self.audience = audience
    self.keys = keys
  }
}

/// `identity_providers[].algorithms[]`: a signature algorithm (RFC 7518, RFC 8037).
public enum TokenAlgorithm: String, Sendable, CaseIterable {
  /// RSASSA-PKCS1-v1_5 with SHA-256.
  case rs256 = "RS256"
  /// RSASSA-PKCS1-v1_5 with SHA-384.
  case rs384 = "RS384"
  /// RSASSA-PKCS1-v1_5 with SHA-512.
  case rs512 = "RS512"
  /// RSASSA-PSS with SHA-256.
  case ps256 = "PS256"
  /// RSASSA-PSS with SHA-384.
  case ps384 = "PS384"
  /// RSASSA-PSS with SHA-512.
  case ps512 = "PS512"
  /// ECDSA on P-256.
  case es256 = "ES256"
  /// ECDSA on P-384.
  case es384 = "ES384"
  /// ECDSA on P-521.
  case es512 = "ES512"
  /// Ed25519.
  case edDSA = "EdDSA"
}

/// `apps[].tokens[]`: which of a provider's access tokens are an app's.
public struct AppToken: Sendable, Hashable {
  /// The provider's name.
  public var provider: String
  /// The claims that a token must have, with their values; at least one.
  public var claims: [String: String]

  /// Creates a rule.
  public init(provider: String, claims: [String: String]) {
    self.provider = provider
    self.claims = claims
  }
}
