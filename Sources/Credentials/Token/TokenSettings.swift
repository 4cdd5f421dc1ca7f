internal import GatewayCore

/// How the token request's body is written.
public enum TokenRequestStyle: String, Sendable, CaseIterable {
  /// JSON first; the other form once the server refuses it, remembered from then on.
  case auto
  /// `application/json`, as the vendor documents it.
  case json
  /// `application/x-www-form-urlencoded`, as RFC 6749 (section 4.4.2) has it.
  case form
}

/// How tokens are fetched, kept and renewed.
public struct TokenSettings: Sendable, Equatable {
  /// The token endpoint's absolute URL.
  public var tokenURL: String
  /// How the request is written.
  public var style: TokenRequestStyle = .auto
  /// How long connecting may take.
  public var connectTimeout: Duration = .seconds(3)
  /// How long one token request may take.
  public var totalTimeout: Duration = .seconds(15)
  /// A file of PEM certificates to trust in place of the system's.
  public var caFile: String?
  /// The largest answer that is read, in bytes.
  public var maximumBodyBytes = 64 << 10
  /// The part of its life after which a token is renewed, `0..<1`.
  public var refreshFraction = 0.8
  /// How far chance moves that point to either side, as a part of the life.
  public var refreshSpread = 0.05
  /// How long before its end a token is renewed at the latest.
  public var refreshLead: Duration = .seconds(60)
  /// How long before its end a token is no longer used; a tenth of its life, if that is less.
  public var expiryMargin: Duration = .seconds(5)
  /// The life of a token whose answer does not say.
  public var defaultLife: Duration = .seconds(900)
  /// The longest life that is believed.
  public var maximumLife: Duration = .seconds(86400)
  /// The limit of the first pause after a failure; it doubles with every further one.
  public var firstRetry: Duration = .seconds(1)
  /// The limit of all later pauses.
  public var lastRetry: Duration = .seconds(60)
  /// The longest `Retry-After` that is obeyed.
  public var maximumRetryAfter: Duration = .seconds(300)

  /// Creates settings with the usual values.
  public init(tokenURL: String) {
    self.tokenURL = tokenURL
  }

  var backoff: Backoff { Backoff(first: firstRetry, most: lastRetry) }
}
