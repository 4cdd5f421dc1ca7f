import GatewayCore

/// Holds a token's times against the clock (RFC 7519, section 4.1).
struct TokenTimes {
  let now: Timestamp
  /// How far the provider's clock may be off.
  let skew: Duration

  /// When the token ends, the skew included.
  ///
  /// - Throws: ``TokenRefusal``: `claims`, `expired` or `notYetValid`.
  func end(of claims: JSONObject) throws(TokenRefusal) -> Timestamp {
    guard let expiry = try time("exp", of: claims) else { throw .claims }
    for name in ["nbf", "iat"] {
      if let time = try time(name, of: claims), time > now + skew { throw .notYetValid }
    }
    guard expiry + skew > now else { throw .expired }
    return expiry + skew
  }

  // Up to the year 9999; what lies beyond is no time but a mistake.
  private static let seconds = 0.0...253_402_300_799

  private func time(
    _ name: String, of claims: JSONObject
  ) throws(TokenRefusal) -> Timestamp? {
    guard let claim = claims[name] else { return nil }
    guard let seconds = claim.number?.approximate, Self.seconds.contains(seconds) else {
      throw .claims
    }
    return Timestamp(microseconds: Int64(seconds * 1_000_000))
  }
}
