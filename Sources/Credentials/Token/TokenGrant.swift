import GatewayCore

/// What a token endpoint's good answer says (RFC 6749, section 5.1).
struct TokenGrant: Sendable {
  /// `Bearer` and the token.
  let authorization: Secret
  /// How long the server will take it.
  let life: Duration

  /// The longest token that is accepted, in bytes.
  static let maximumTokenBytes = 8 << 10

  /// A grant as it was given to another gateway.
  init(authorization: Secret, life: Duration) {
    self.authorization = authorization
    self.life = life
  }

  /// Reads the answer's body.
  ///
  /// A token is input too: one with a line break would end up inside every later request's head.
  ///
  /// - Returns: `nil` if there is no bearer token of printable ASCII without blanks in it.
  init?(parsing body: [UInt8], settings: TokenSettings) {
    guard let answer = try? JSONValue(parsing: body, duplicateKeys: .lastWins),
      let token = answer["access_token"]?.string, TokenGrant.isAcceptable(token),
      answer["token_type"]?.string?.lowercased() == "bearer"
    else { return nil }
    authorization = Secret(token).prefixed(by: "Bearer ")
    life = TokenGrant.life(answer["expires_in"], settings)
  }

  private static func isAcceptable(_ token: String) -> Bool {
    let bytes = token.utf8
    return !bytes.isEmpty && bytes.count <= maximumTokenBytes
      && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  // Missing and nonsensical lives get the default: should it be too long, a 401 will tell.
  private static func life(_ value: JSONValue?, _ settings: TokenSettings) -> Duration {
    let seconds = value?.number?.approximate ?? value?.string.flatMap { Double($0) } ?? 0
    guard seconds.isFinite, seconds >= 1 else { return settings.defaultLife }
    // Compared before the conversion, which would trap beyond its range.
    guard seconds < settings.maximumLife.seconds else { return settings.maximumLife }
    return .seconds(seconds)
  }
}
