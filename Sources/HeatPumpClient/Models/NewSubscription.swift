public import Foundation

/// A subscription to be made.
public struct NewSubscription: Sendable, Hashable, Encodable {
  /// Where events are sent, at most 2048 characters; must be on the gateway's list of targets.
  public var url: String
  /// Which events, at least one; ``EventType/every`` alone for all.
  public var eventTypes: [EventType]
  /// About which heat pumps, 1 to 1000, by alias or id; `*` alone for all that the app may see.
  public var heatPumps: [String]
  /// The form of a body; ``DeliveryFormat/standard`` if absent.
  public var format: DeliveryFormat?
  /// The owner's words, at most 200 characters.
  public var description: String?

  /// A subscription in the form of the feed; without lists, to everything.
  public init(
    to url: String, eventTypes: [EventType] = [.every], heatPumps: [String] = ["*"]
  ) {
    self.url = url
    self.eventTypes = eventTypes
    self.heatPumps = heatPumps
  }
}

/// A change of a subscription: what is not set stays as it is (RFC 7396).
public struct SubscriptionPatch: Sendable, Hashable, Encodable {
  /// Where events are sent.
  public var url: Setting<String> = .unchanged
  /// Which events.
  public var eventTypes: Setting<[EventType]> = .unchanged
  /// About which heat pumps.
  public var heatPumps: Setting<[String]> = .unchanged
  /// The form of a body.
  public var format: Setting<DeliveryFormat> = .unchanged
  /// The owner's words.
  public var description: Setting<String?> = .unchanged
  /// Leaves everything as it is.
  public init() {}
}

/// From where on events are sent again.
public enum ReplayStart: Sendable, Hashable, Encodable {
  /// Those that were noticed then or later.
  case time(Date)
  /// The event with that ``Event/Content/sequence``, and later ones.
  case sequence(Int)

  /// Writes the time or the number.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .time(let time): try value.encode(time)
    case .sequence(let number): try value.encode(number)
    }
  }
}
