public import Foundation

/// An event on its way to a subscription.
public struct Delivery: Sendable, Hashable, Codable, Identifiable {
  /// Its id, a UUID.
  public var id: String
  /// The subscription.
  public var subscriptionId: String
  /// The event.
  public var eventId: String
  /// The event's place in the log.
  public var sequence: Int
  /// What the event tells.
  public var eventType: EventType
  /// Whether it has arrived.
  public var state: DeliveryState
  /// The newest 20 attempts, the oldest of them first.
  public var attempts: [DeliveryAttempt]
  /// How many attempts there were.
  public var attemptCount: Int
  /// When it was queued.
  public var queuedAt: Date
  /// When it came into its present state.
  public var changedAt: Date
  /// When it is tried again, if it is.
  public var nextAttemptAt: Date?
}

/// One attempt to deliver.
public struct DeliveryAttempt: Sendable, Hashable, Codable {
  /// When.
  public var at: Date
  /// The HTTP status of the receiver's answer; `nil` without one.
  public var status: Int?
  /// What went wrong, if anything did.
  public var fault: String?
  /// How long it took, in milliseconds.
  public var durationMs: Int
}

/// Whether a delivery has arrived.
public struct DeliveryState: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// Not yet; it will be tried, or tried again.
  public static let pending = DeliveryState(rawValue: "pending")
  /// It has.
  public static let delivered = DeliveryState(rawValue: "delivered")
  /// It was tried as often as the gateway does.
  public static let failed = DeliveryState(rawValue: "failed")
  /// It is not wanted any more.
  public static let cancelled = DeliveryState(rawValue: "cancelled")
  /// The words that this client knows.
  public static let known = [pending, delivered, failed, cancelled]
}

/// What came of trying out a subscription.
public struct SubscriptionTest: Sendable, Hashable, Codable {
  /// In one word.
  public var outcome: TestOutcome
  /// The attempt.
  public var attempt: DeliveryAttempt
}

/// What came of an attempt, in one word.
public struct TestOutcome: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// The receiver has taken it.
  public static let delivered = TestOutcome(rawValue: "delivered")
  /// The receiver wants nothing any more (410).
  public static let gone = TestOutcome(rawValue: "gone")
  /// The receiver sends it elsewhere, which the gateway does not follow.
  public static let redirected = TestOutcome(rawValue: "redirected")
  /// The receiver refuses it.
  public static let refused = TestOutcome(rawValue: "refused")
  /// The receiver failed.
  public static let failed = TestOutcome(rawValue: "failed")
  /// No answer came in time.
  public static let timeout = TestOutcome(rawValue: "timeout")
  /// No connection came about.
  public static let unreachable = TestOutcome(rawValue: "unreachable")
  /// The receiver's certificate is not good, or TLS failed otherwise.
  public static let tls = TestOutcome(rawValue: "tls")
  /// The gateway may not send there.
  public static let refusedTarget = TestOutcome(rawValue: "refused_target")
  /// It could not be signed, or not be read from the gateway's storage.
  public static let unusable = TestOutcome(rawValue: "unusable")
  /// The words that this client knows.
  public static let known = [
    delivered, gone, redirected, refused, failed, timeout, unreachable, tls, refusedTarget,
    unusable,
  ]
}
