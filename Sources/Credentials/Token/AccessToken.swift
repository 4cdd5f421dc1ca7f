public import GatewayCore

/// One access token with its place in the order of all that were fetched.
public struct AccessToken: Sendable {
  /// The value of `Authorization`, ready for use: `Bearer` and the token.
  public let value: Secret
  /// 1 for the first token since the start, one more for each that follows.
  public let generation: UInt64
  /// When it was fetched.
  public let issuedAt: MonotonicInstant
  /// When the server stops taking it.
  public let expiresAt: MonotonicInstant
  /// When it is no longer sent, so that none expires on its way.
  let usableUntil: MonotonicInstant
  /// When it is due to be replaced.
  let refreshAt: MonotonicInstant

  /// Creates a token with the moments that follow from its life.
  ///
  /// The renewal is due at 80 % of the life, moved by chance so that many gateways don't come at
  /// once, and no later than a minute before the end; but never in the first half of the life,
  /// which would make a loop of a short one.
  ///
  /// - Parameter chance: a number in `0..<1`.
  init(
    _ grant: TokenGrant, generation: UInt64, at now: MonotonicInstant, settings: TokenSettings,
    chance: Double
  ) {
    let life = grant.life
    let fraction = settings.refreshFraction + settings.refreshSpread * (2 * chance - 1)
    let renewal = max(min(life * fraction, life - settings.refreshLead), life * 0.5)
    value = grant.authorization
    self.generation = generation
    issuedAt = now
    expiresAt = now + life
    usableUntil = now + life - min(settings.expiryMargin, life * 0.1)
    refreshAt = now + renewal
  }

  func isUsable(at now: MonotonicInstant) -> Bool { now < usableUntil }
}
