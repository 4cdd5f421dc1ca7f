public import GatewayCore

/// Whether a subscription gets what it wants.
public enum SubscriptionState: Sendable, Hashable {
  /// Events are queued and sent.
  case active
  /// Its owner wants nothing at present.
  case paused
  /// The gateway has given it up; the reason is for people.
  case disabled(reason: String)
}

/// A secret that signs deliveries, in a form that only the gateway can open.
public struct SealedSecret: Sendable, Hashable {
  /// The sealed secret; the storage does not look into it.
  public var bytes: [UInt8]
  /// When it was made.
  public var madeAt: Timestamp
  /// Until when it signs, once there is a newer one; `nil` for as long as the subscription lasts.
  public var expiresAt: Timestamp?

  /// Creates a record.
  public init(bytes: [UInt8], madeAt: Timestamp, expiresAt: Timestamp? = nil) {
    self.bytes = bytes
    self.madeAt = madeAt
    self.expiresAt = expiresAt
  }
}

/// What the owner of a subscription decides about it.
public struct SubscriptionTerms: Sendable, Equatable {
  /// Where events are sent.
  public var url: String
  /// Which events are sent.
  public var selection: EventSelection
  /// Whether they are sent.
  public var state: SubscriptionState
  /// Whether they are sent in the form of CloudEvents.
  public var isCloudEvents: Bool
  /// What signs them, the newest first.
  public var secrets: [SealedSecret]
  /// The owner's words for it.
  public var description: String?

  /// Creates terms.
  public init(
    url: String, selection: EventSelection, state: SubscriptionState = .active,
    isCloudEvents: Bool = false, secrets: [SealedSecret], description: String? = nil
  ) {
    self.url = url
    self.selection = selection
    self.state = state
    self.isCloudEvents = isCloudEvents
    self.secrets = secrets
    self.description = description
  }
}

/// A subscription that is about to be stored.
public struct NewSubscription: Sendable, Equatable {
  /// Its id, ordered in time.
  public var id: ResourceID
  /// The organisation's configured name: only its events are sent.
  public var organisation: String
  /// The app that owns it.
  public var app: String
  /// What the app wants.
  public var terms: SubscriptionTerms
  /// When it was made.
  public var createdAt: Timestamp

  /// Creates a subscription.
  public init(
    id: ResourceID, organisation: String, app: String, terms: SubscriptionTerms,
    createdAt: Timestamp
  ) {
    self.id = id
    self.organisation = organisation
    self.app = app
    self.terms = terms
    self.createdAt = createdAt
  }
}

/// A stored subscription.
public struct StoredSubscription: Sendable, Equatable {
  /// Its id.
  public var id: ResourceID
  /// The organisation's configured name.
  public var organisation: String
  /// The app that owns it.
  public var app: String
  /// What the app wants, and whether it gets it.
  public var terms: SubscriptionTerms
  /// When it was made.
  public var createdAt: Timestamp
  /// When ``terms`` changed last.
  public var changedAt: Timestamp
  /// Since when no delivery has succeeded; `nil` if the last one did.
  public var failingSince: Timestamp?
  /// Of how much of the time after which it is disabled its owner was warned, in percent; zero for
  /// no warning.
  public var warnedAtPercent: Int
  /// How many times ``terms`` were set, from 1: whoever changes them says which ones they know.
  public var version: Int64

  /// Creates a record.
  public init(
    id: ResourceID, organisation: String, app: String, terms: SubscriptionTerms,
    createdAt: Timestamp, changedAt: Timestamp, failingSince: Timestamp? = nil,
    warnedAtPercent: Int = 0, version: Int64 = 1
  ) {
    self.id = id
    self.organisation = organisation
    self.app = app
    self.terms = terms
    self.createdAt = createdAt
    self.changedAt = changedAt
    self.failingSince = failingSince
    self.warnedAtPercent = warnedAtPercent
    self.version = version
  }
}

/// What a delivery has shown about its subscription.
public enum SubscriptionNews: Sendable, Equatable {
  /// The receiver took it.
  case works
  /// The receiver did not take it. The earlier time and the larger percentage count.
  case fails(since: Timestamp, warnedAtPercent: Int)
  /// Nothing is sent any more. The reason is for people.
  case ends(reason: String)
}
