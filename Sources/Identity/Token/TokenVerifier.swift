public import GatewayCore

/// What the gateway knows of an identity provider.
public struct ProviderSettings: Sendable {
  /// The name in the configuration.
  public var name: String
  /// The exact `iss` of its tokens.
  public var issuer: String
  /// What must be in `aud`: the gateway's own name at the provider.
  public var audience: String
  /// The algorithms that it may sign with.
  public var algorithms: Set<SignatureAlgorithm>
  /// How far its clock may be off.
  public var clockSkew: Duration
  /// The claim with the scopes that a token is limited to; `nil` if there is none.
  public var scopesClaim: String?

  /// Creates settings.
  public init(
    name: String, issuer: String, audience: String, algorithms: Set<SignatureAlgorithm>,
    clockSkew: Duration = .seconds(60), scopesClaim: String? = nil
  ) {
    self.name = name
    self.issuer = issuer
    self.audience = audience
    self.algorithms = algorithms
    self.clockSkew = clockSkew
    self.scopesClaim = scopesClaim
  }
}

/// An identity provider: what is asked of its tokens, and its keys.
public struct IdentityProvider: Sendable {
  /// What is asked of its tokens.
  public let settings: ProviderSettings
  /// Its keys.
  public let keeper: KeySetKeeper

  /// Creates a provider.
  public init(settings: ProviderSettings, keeper: KeySetKeeper) {
    self.settings = settings
    self.keeper = keeper
  }
}

/// Decides whether a token is good (RFC 7519, section 7.2; RFC 8725). Computes only: it never waits
/// and asks nobody.
public struct TokenVerifier: Sendable {
  /// The providers; no two have both issuer and audience in common.
  public let providers: [IdentityProvider]

  /// Creates a verifier.
  public init(_ providers: [IdentityProvider]) {
    self.providers = providers
  }

  /// Verifies a token in compact form.
  ///
  /// A key that is not known makes the provider's keys be fetched again soon, but not waited for.
  ///
  /// - Throws: ``TokenRefusal`` with the first reason against it.
  public func verify(
    _ bytes: Span<UInt8>, at now: Timestamp
  ) throws(TokenRefusal) -> VerifiedToken {
    let token = try CompactToken(bytes)
    let provider = try provider(of: token.claims)
    let settings = provider.settings
    guard settings.algorithms.contains(token.algorithm) else { throw .algorithm }
    guard let key = provider.keeper.key(token.keyID, token.algorithm) else {
      provider.keeper.reportUnknownKey()
      throw .unknownKey
    }
    guard key.hasSigned(token.signed, signature: token.signature) else { throw .signature }
    let end = try TokenTimes(now: now, skew: settings.clockSkew).end(of: token.claims)
    return VerifiedToken(
      provider: settings.name, claims: token.claims, end: end,
      scopes: settings.scopesClaim.map { VerifiedToken.scopes(in: token.claims[$0]) })
  }

  // Issuer and audience are not yet believed here; they only choose whose keys the signature is
  // held against, and the signature covers them.
  private func provider(of claims: JSONObject) throws(TokenRefusal) -> IdentityProvider {
    guard let issuer = claims["iss"]?.string else { throw .issuer }
    let candidates = providers.filter { $0.settings.issuer == issuer }
    guard !candidates.isEmpty else { throw .issuer }
    let audiences: [JSONValue]
    switch claims["aud"] {
    case .string(let text): audiences = [.string(text)]
    case .array(let list): audiences = list
    default: throw .audience
    }
    guard
      let provider = candidates.first(where: { audiences.contains(.string($0.settings.audience)) })
    else { throw .audience }
    return provider
  }
}
