public import GatewayCore

/// Where a delivery stands.
public enum DeliveryState: String, Sendable, CaseIterable {
  /// It waits for its turn, or is under way.
  case pending
  /// The receiver has taken it.
  case delivered
  /// It was given up. It may be replayed.
  case failed
  /// It was not wanted any more.
  case cancelled
}

/// One time that a delivery was tried.
public struct DeliveryAttempt: Sendable, Hashable {
  /// When it began.
  public var at: Timestamp
  /// The status of the receiver's answer; `nil` if there was none.
  public var status: Int?
  /// What went wrong, in a few words; `nil` if nothing did.
  public var fault: String?
  /// How long it took, in milliseconds.
  public var durationMilliseconds: Int

  /// Creates a record.
  public init(at: Timestamp, status: Int?, fault: String?, durationMilliseconds: Int) {
    self.at = at
    self.status = status
    self.fault = fault
    self.durationMilliseconds = durationMilliseconds
  }
}

/// An event on its way to a subscription.
public struct StoredDelivery: Sendable, Equatable {
  /// How many attempts are kept.
  public static let attemptLimit = 20

  /// Its id, see ``DeliveryID``. Deliveries of later events have larger ones.
  public var id: ResourceID
  /// The subscription.
  public var subscriptionID: ResourceID
  /// The event.
  public var eventID: ResourceID
  /// The event's number.
  public var sequence: Int64
  /// What the event says has happened.
  public var eventType: String
  /// Where it stands.
  public var state: DeliveryState
  /// The newest attempts, the oldest of them first.
  public var attempts: [DeliveryAttempt]
  /// How many attempts there were in all.
  public var attemptCount: Int
  /// How many of them since ``queuedAt``.
  public var tries: Int
  /// When it was queued: with its event, or by the last replay.
  public var queuedAt: Timestamp
  /// When it got its present state.
  public var changedAt: Timestamp
  /// From when on it may be claimed: when it is tried next, or, while somebody has it, when their
  /// lease runs out. Without meaning once it has ended.
  public var nextAt: Timestamp
  /// The gateway that has it; `nil` if nobody does.
  public var owner: ResourceID?
  /// How many times it was claimed.
  public var fence: Int64

  /// Creates a record.
  public init(
    id: ResourceID, subscriptionID: ResourceID, eventID: ResourceID, sequence: Int64,
    eventType: String, state: DeliveryState, attempts: [DeliveryAttempt] = [],
    attemptCount: Int = 0, tries: Int = 0, queuedAt: Timestamp, changedAt: Timestamp,
    nextAt: Timestamp, owner: ResourceID? = nil, fence: Int64 = 0
  ) {
    self.id = id
    self.subscriptionID = subscriptionID
    self.eventID = eventID
    self.sequence = sequence
    self.eventType = eventType
    self.state = state
    self.attempts = attempts
    self.attemptCount = attemptCount
    self.tries = tries
    self.queuedAt = queuedAt
    self.changedAt = changedAt
    self.nextAt = nextAt
    self.owner = owner
    self.fence = fence
  }
}

/// The ids of deliveries. There is one delivery of an event to a subscription, so its id is their
/// two numbers, in the form of a UUID of version 8 (RFC 9562, section 5.8), and needs no index.
public enum DeliveryID {
  private static let version: UInt64 = 0x8000
  private static let variant: UInt64 = 1 << 63

  /// The id of a delivery.
  ///
  /// - Parameters:
  ///   - sequence: the event's number, below 2^60.
  ///   - subscription: the number that the storage has given to the subscription, below 2^62.
  public static func of(sequence: Int64, subscription: Int64) -> ResourceID {
    let sequence = UInt64(bitPattern: sequence)
    return ResourceID(
      high: (sequence >> 12) << 16 | version | sequence & 0xFFF,
      low: variant | UInt64(bitPattern: subscription) & ((variant >> 1) - 1))
  }

  /// The two numbers in an id.
  ///
  /// - Returns: `nil` if it cannot be a delivery's.
  public static func numbers(in id: ResourceID) -> (sequence: Int64, subscription: Int64)? {
    guard id.high & 0xF000 == version, id.low >> 62 == 0b10 else { return nil }
    return (
      sequence: Int64((id.high >> 16) << 12 | id.high & 0xFFF),
      subscription: Int64(id.low & ((variant >> 1) - 1))
    )
  }
}

/// A gateway asks for deliveries to carry out.
public struct DeliveryRequest: Sendable, Equatable {
  /// The gateway's instance.
  public var owner: ResourceID
  /// Now, by the gateway's clock.
  public var now: Timestamp
  /// Until when they are the asker's; longer than a delivery may take.
  public var until: Timestamp
  /// How many are wanted.
  public var limit: Int
  /// How many of one subscription.
  public var perSubscription: Int
  /// How many of subscriptions that fail, all of those together; of each of them one at most.
  public var failingLimit: Int
  /// Subscriptions of which none are wanted.
  public var excluding: Set<ResourceID>

  /// Creates a request.
  public init(
    owner: ResourceID, now: Timestamp, until: Timestamp, limit: Int, perSubscription: Int,
    failingLimit: Int = .max, excluding: Set<ResourceID> = []
  ) {
    self.owner = owner
    self.now = now
    self.until = until
    self.limit = limit
    self.perSubscription = perSubscription
    self.failingLimit = failingLimit
    self.excluding = excluding
  }
}

/// The right to be the only one who carries out a delivery, for a while.
public struct DeliveryLease: Sendable, Hashable {
  /// The delivery.
  public let delivery: ResourceID
  /// The number of this right among all that were given for the delivery.
  public let fence: Int64
  /// When it ends.
  public let until: Timestamp

  /// Creates a lease.
  public init(delivery: ResourceID, fence: Int64, until: Timestamp) {
    self.delivery = delivery
    self.fence = fence
    self.until = until
  }
}

/// A delivery to carry out, with all that is needed for it.
public struct ClaimedDelivery: Sendable, Equatable {
  /// The delivery.
  public var delivery: StoredDelivery
  /// What is sent.
  public var event: StoredEvent
  /// Where it is sent.
  public var subscription: StoredSubscription
  /// The asker's right.
  public var lease: DeliveryLease

  /// Creates a record.
  public init(
    delivery: StoredDelivery, event: StoredEvent, subscription: StoredSubscription,
    lease: DeliveryLease
  ) {
    self.delivery = delivery
    self.event = event
    self.subscription = subscription
    self.lease = lease
  }
}
