public import GatewayCore

/// A storage that several gateways share.
public protocol SharedStorage: MeasuredStorage {
  /// Says that a gateway lives, and judges those that have not said so for a while, by the
  /// storage's clock.
  ///
  /// What a silent one was about to do and may be done twice is free: its deliveries, and its turn
  /// to fetch a token. A dead one is forgotten, and its lanes are free. Only who has been heard
  /// itself a moment ago judges others: when the storage was away, all have been silent.
  ///
  /// - Parameters:
  ///   - silentAfter: how long a gateway may say nothing.
  ///   - deadAfter: longer than a gateway that was cut off may still be waiting for the upstream.
  /// - Returns: all that live and are not silent, in the order of their ids.
  /// - Throws: ``StorageFault``.
  func meet(
    _ member: ResourceID, silentAfter: Duration, deadAfter: Duration
  ) async throws(StorageFault) -> [SharedMember]

  /// Says that a gateway ends. It gives its lanes back by itself, each when its work there is done.
  ///
  /// - Throws: ``StorageFault``.
  func leave(_ member: ResourceID) async throws(StorageFault)

  /// Tells somebody what other gateways do, from now on; there is one. News may be late, and come
  /// when they are none, but none is lost without ``SharedNews/missed``.
  ///
  /// - Parameter handler: called on the storage's thread, so it must not block.
  func follow(_ handler: @escaping @Sendable (SharedNews) -> Void) async

  /// Gives the newest token if it is newer than a gateway's own, or the turn to fetch one.
  ///
  /// - Parameters:
  ///   - generation: that of the gateway's own; 0 if it has none.
  ///   - member: who asks.
  ///   - turnTime: how long a turn lasts at most; `nil` to look only.
  /// - Throws: ``StorageFault``.
  func token(
    of place: SharedTokenPlace, newerThan generation: Int64, for member: ResourceID,
    turnTime: Duration?
  ) async throws(StorageFault) -> SharedTokenAnswer

  /// Keeps a token that was fetched in a turn, for all.
  ///
  /// - Returns: its generation; `nil` if the turn was somebody else's by then.
  /// - Throws: ``StorageFault``.
  func keepToken(
    _ token: NewSharedToken, in turn: SharedTokenTurn
  ) async throws(StorageFault) -> Int64?

  /// Ends a turn that gave no token; nobody gets another one before the pause is over.
  ///
  /// - Parameter reason: a word for whoever asks meanwhile.
  /// - Throws: ``StorageFault``.
  func endTurn(
    _ turn: SharedTokenTurn, pause: Duration, reason: String
  ) async throws(StorageFault)

  /// Keeps something that was sealed under a gateway's encryption key, if nobody has before.
  ///
  /// - Returns: what is kept: whoever cannot open it has another key than the others.
  /// - Throws: ``StorageFault``.
  func keyProof(orKeep sealed: [UInt8]) async throws(StorageFault) -> [UInt8]

  /// Notes whose heat pumps are listened to at one gateway, in place of what was noted before.
  ///
  /// - Throws: ``StorageFault``.
  func setListening(
    _ users: Set<ResourceID>, to organisation: String, at member: ResourceID
  ) async throws(StorageFault)

  /// Whose heat pumps are listened to at all other gateways.
  ///
  /// - Throws: ``StorageFault``.
  func listening(
    to organisation: String, besides member: ResourceID
  ) async throws(StorageFault) -> Set<ResourceID>
}

/// A gateway among those that share a storage.
public struct SharedMember: Sendable, Hashable {
  /// The gateway's instance.
  public var id: ResourceID
  /// By how much its clock is ahead of the storage's; `nil` for other gateways.
  public var clockOffset: Duration?

  /// Creates a record.
  public init(id: ResourceID, clockOffset: Duration? = nil) {
    self.id = id
    self.clockOffset = clockOffset
  }
}

/// What another gateway has done.
public enum SharedNews: Sendable, Hashable {
  /// It has stored events of some organisation.
  case events
  /// It has queued an operation in the lane of a heat pump that somebody else holds.
  case queued(ResourceID)
  /// It is about to send an update to a heat pump.
  case writing(ResourceID)
  /// Its update to a heat pump has come to its end, well or not.
  case written(ResourceID)
  /// It has stored the end of an operation.
  case ended(ResourceID)
  /// It has a new token of some organisation, or has ended its turn without one.
  case token
  /// It listens to something else, or a subscription has changed.
  case listening
  /// It has come, gone, or found one that has gone.
  case members
  /// Anything may have happened: news were not heard for a while.
  case missed
}

/// Whose token.
public struct SharedTokenPlace: Sendable, Hashable {
  /// The configured name of the organisation.
  public let organisation: String
  /// Tells the credentials and the endpoint from others: gateways that are configured otherwise do
  /// not share.
  public let credentials: [UInt8]

  /// Creates a place.
  public init(organisation: String, credentials: [UInt8]) {
    self.organisation = organisation
    self.credentials = credentials
  }
}

/// The turn to fetch a token, for all.
public struct SharedTokenTurn: Sendable, Hashable {
  /// Whose token.
  public let place: SharedTokenPlace
  /// The number of this turn among all for that place.
  public let fence: Int64

  /// Creates a turn.
  public init(place: SharedTokenPlace, fence: Int64) {
    self.place = place
    self.fence = fence
  }
}

/// A token to be kept.
public struct NewSharedToken: Sendable, Equatable {
  /// The token, sealed.
  public let sealed: [UInt8]
  /// The name of the slot whose credentials gave it.
  public let slot: String
  /// How long the server will take it from now on.
  public let life: Duration

  /// Creates a record.
  public init(sealed: [UInt8], slot: String, life: Duration) {
    self.sealed = sealed
    self.slot = slot
    self.life = life
  }
}

/// A token that is kept.
public struct StoredSharedToken: Sendable, Equatable {
  /// As it was kept.
  public let token: NewSharedToken
  /// Larger than those of all tokens that were kept before it.
  public let generation: Int64
  /// How long ago it was kept.
  public let age: Duration

  /// Creates a record.
  public init(token: NewSharedToken, generation: Int64, age: Duration) {
    self.token = token
    self.generation = generation
    self.age = age
  }
}

/// What a gateway is told that needs a token.
public enum SharedTokenAnswer: Sendable, Equatable {
  /// Here is one.
  case token(StoredSharedToken)
  /// It is the asker's turn to fetch one.
  case turn(SharedTokenTurn)
  /// Somebody else fetches one, or whoever only looks finds none.
  case wait
  /// Nobody may, for a while.
  case paused(rest: Duration, reason: String)
}
