public import Foundation

/// Where the gateway sends which events.
public struct Subscription: Sendable, Hashable, Codable, Identifiable {
  /// Its id, a UUID.
  public var id: String
  /// Where events are sent.
  public var url: String
  /// Which events; ``EventType/every`` alone for all.
  public var eventTypes: [EventType]
  /// About which heat pumps, by alias or id; `*` alone for all that the app may see.
  public var heatPumps: [String]
  /// The form of a body.
  public var format: DeliveryFormat
  /// The owner's words.
  public var description: String?
  /// Whether anything is sent.
  public var state: SubscriptionState
  /// Why the gateway gave it up, if it did.
  public var reason: String?
  /// When it was made.
  public var createdAt: Date
  /// When it was last changed.
  public var changedAt: Date
  /// Since when nothing could be delivered; `nil` if the last delivery could.
  public var failingSince: Date?
  /// How much of the time after which it is given up is over: 0, 50, 70, 90.
  public var warnedAtPercent: Int
  /// When it is given up if nothing can be delivered until then.
  public var disablesAt: Date?
  /// What signs at present, the newest first; never the secrets themselves.
  public var secrets: [Secret]

  /// The times of a secret.
  public struct Secret: Sendable, Hashable, Codable {
    /// When it was made.
    public var createdAt: Date
    /// When it ceases to sign; `nil` for the newest.
    public var expiresAt: Date?
  }
}

/// A subscription whose secret is new.
public struct SubscriptionWithSecret: Sendable, Decodable {
  /// The subscription.
  public var subscription: Subscription
  /// What its deliveries are signed with; it is not shown again.
  public var secret: SigningSecret

  private enum Keys: String, CodingKey { case secret }

  /// Reads both from one object.
  public init(from decoder: any Decoder) throws {
    subscription = try Subscription(from: decoder)
    secret = try decoder.container(keyedBy: Keys.self).decode(SigningSecret.self, forKey: .secret)
  }
}

/// Whether a subscription's events are sent.
public struct SubscriptionState: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// They are.
  public static let active = SubscriptionState(rawValue: "active")
  /// Its owner has paused it: nothing is queued nor sent.
  public static let paused = SubscriptionState(rawValue: "paused")
  /// The gateway has given it up.
  public static let disabled = SubscriptionState(rawValue: "disabled")
  /// The words that this client knows.
  public static let known = [active, paused, disabled]
}

/// The form of a delivery's body.
public struct DeliveryFormat: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// As in the feed; ``WebhookVerifier/event(of:)`` reads it.
  public static let standard = DeliveryFormat(rawValue: "standard")
  /// CloudEvents.
  public static let cloudEvents = DeliveryFormat(rawValue: "cloudevents")
  /// The words that this client knows.
  public static let known = [standard, cloudEvents]
}
