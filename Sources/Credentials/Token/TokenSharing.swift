public import GatewayCore

/// Where several gateways keep the one token that all of them use.
public protocol TokenSharing: Sendable {
  /// Gives the newest token if it is newer than the asker's, or the turn to fetch one.
  ///
  /// - Parameters:
  ///   - generation: that of the asker's; 0 if it has none.
  ///   - credentials: what the endpoint would be shown.
  ///   - endpoint: the endpoint's URL.
  ///   - turnTime: how long a turn lasts at most; `nil` to look only.
  func token(
    newerThan generation: UInt64, of credentials: Secret, at endpoint: String, turnTime: Duration?
  ) async -> SharedTokenVerdict

  /// Keeps the token of a turn for all.
  ///
  /// - Returns: its generation; `nil` if it could not be kept.
  func keep(
    _ authorization: Secret, life: Duration, slot: CredentialSlot, in turn: TokenTurn
  ) async -> UInt64?

  /// Ends a turn that gave no token; nobody else tries before the pause is over.
  func end(_ turn: TokenTurn, _ failure: TokenFailure, pause: Duration) async
}

/// The turn to fetch a token for all.
public struct TokenTurn: Sendable, Hashable {
  /// Tells the credentials from others.
  public let credentials: [UInt8]
  /// Its number among all turns.
  public let fence: Int64

  /// Creates a turn.
  public init(credentials: [UInt8], fence: Int64) {
    self.credentials = credentials
    self.fence = fence
  }
}

/// A token that some gateway has fetched.
public struct SharedToken: Sendable {
  /// The value of `Authorization`.
  public let authorization: Secret
  /// Larger than those of all tokens that were kept before it.
  public let generation: UInt64
  /// How long ago it was kept.
  public let age: Duration
  /// How long the server takes it in all.
  public let life: Duration
  /// The slot whose credentials gave it.
  public let slot: CredentialSlot

  /// Creates a record.
  public init(
    authorization: Secret, generation: UInt64, age: Duration, life: Duration, slot: CredentialSlot
  ) {
    self.authorization = authorization
    self.generation = generation
    self.age = age
    self.life = life
    self.slot = slot
  }
}

/// What a gateway is told that needs a token.
public enum SharedTokenVerdict: Sendable {
  /// Here is one.
  case token(SharedToken)
  /// It is the asker's turn to fetch one.
  case turn(TokenTurn)
  /// Somebody else fetches one, or whoever only looks finds none.
  case wait
  /// Nobody may, for a while.
  case paused(TokenFailure, rest: Duration)
  /// What is shared is not to be had at present.
  case away
}
