public import GatewayCore

/// What became of a claimed delivery, to be stored.
public struct DeliveryConclusion: Sendable, Equatable {
  /// What happens to the delivery.
  public enum Outcome: Sendable, Equatable {
    /// The receiver has taken it.
    case delivered
    /// It is given up.
    case failed
    /// It is not wanted any more.
    case cancelled
    /// It is tried again, not before then.
    case retry(at: Timestamp)

    /// Where the delivery stands after it.
    public var state: DeliveryState {
      switch self {
      case .delivered: .delivered
      case .failed: .failed
      case .cancelled: .cancelled
      case .retry: .pending
      }
    }
  }

  /// The right under which it was carried out.
  public var lease: DeliveryLease
  /// What happens to the delivery.
  public var outcome: Outcome
  /// The attempt; `nil` if nothing was sent, as when the gateway stops.
  public var attempt: DeliveryAttempt?
  /// What it has shown about the subscription, if anything.
  public var news: SubscriptionNews?

  /// Creates a conclusion.
  public init(
    lease: DeliveryLease, outcome: Outcome, attempt: DeliveryAttempt?,
    news: SubscriptionNews? = nil
  ) {
    self.lease = lease
    self.outcome = outcome
    self.attempt = attempt
    self.news = news
  }
}

/// From where on a subscription's events are sent again.
public enum ReplayStart: Sendable, Equatable {
  /// Events noticed then or later.
  case time(Timestamp)
  /// The event with this number, and later ones.
  case sequence(Int64)
}

/// Which deliveries are listed.
public struct DeliveryFilter: Sendable, Hashable {
  /// Those of this organisation's subscriptions.
  public var organisation: String
  /// Only those of this app's subscriptions.
  public var app: String?
  /// Only those of this subscription.
  public var subscription: ResourceID?
  /// Only those that stand there.
  public var state: DeliveryState?

  /// Creates a filter.
  public init(
    organisation: String, app: String? = nil, subscription: ResourceID? = nil,
    state: DeliveryState? = nil
  ) {
    self.organisation = organisation
    self.app = app
    self.subscription = subscription
    self.state = state
  }

  /// Whether deliveries of a subscription are listed.
  public func admits(_ subscription: StoredSubscription) -> Bool {
    subscription.organisation == organisation
      && app.map { $0 == subscription.app } ?? true
      && self.subscription.map { $0 == subscription.id } ?? true
  }
}
