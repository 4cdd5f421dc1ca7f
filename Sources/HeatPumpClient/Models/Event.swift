public import Foundation

/// Something that has happened: in the feed, in a stream, and as the body of a delivery.
public struct Event: Sendable, Hashable, Codable {
  /// What it tells.
  public var type: EventType
  /// When it was noticed.
  public var timestamp: Date
  /// About what, and what changed.
  public var data: Content

  /// About what, and what changed.
  public struct Content: Sendable, Hashable, Codable {
    /// The event's id, the same in every delivery.
    public var id: String
    /// Its place in the log; later events have greater ones.
    public var sequence: Int
    /// The organisation's name.
    public var organisation: String
    /// The heat pump's owner; `nil` for the gateway as a whole.
    public var userId: String?
    /// The heat pump; `nil` for the gateway as a whole.
    public var heatPumpId: String?
    /// The heat pump's name in the gateway's configuration.
    public var alias: String?
    /// Whose doing it was.
    public var cause: EventCause?
    /// What changed.
    public var changes: [Change]
    /// The heat pump as it was then.
    public var heatPump: HeatPump?
    /// The write that it is about.
    public var operationId: String?
    /// The subscription that it is about.
    public var subscriptionId: String?
    /// The fleet job that it is about.
    public var job: Job?
  }

  /// A field that changed.
  public struct Change: Sendable, Hashable, Codable {
    /// The field, as a JSON Pointer.
    public var pointer: String
    /// The value that was told before; `null` where it is not known.
    public var from: AnyJSON
    /// The value now; of a write, what was asked for.
    public var to: AnyJSON
  }
}

/// What an event tells.
public struct EventType: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// A setting has another value.
  public static let settingsChanged = EventType(rawValue: "heat_pump.settings_changed")
  /// A reading or a mode has moved.
  public static let stateChanged = EventType(rawValue: "heat_pump.state_changed")
  /// Connection, monitoring, steering or the like has changed.
  public static let statusChanged = EventType(rawValue: "heat_pump.status_changed")
  /// Somebody has to act.
  public static let actionNeeded = EventType(rawValue: "heat_pump.action_needed")
  /// Nobody has to act any more.
  public static let actionResolved = EventType(rawValue: "heat_pump.action_resolved")
  /// The device shows what was written.
  public static let writeVerified = EventType(rawValue: "heat_pump.write_verified")
  /// A write was not carried out, or could not be verified.
  public static let writeFailed = EventType(rawValue: "heat_pump.write_failed")
  /// A heat pump has come.
  public static let added = EventType(rawValue: "heat_pump.added")
  /// A heat pump is gone.
  public static let removed = EventType(rawValue: "heat_pump.removed")
  /// The upstream fails.
  public static let upstreamDegraded = EventType(rawValue: "gateway.upstream_degraded")
  /// It does so no more.
  public static let upstreamRecovered = EventType(rawValue: "gateway.upstream_recovered")
  /// A subscription was given up.
  public static let subscriptionDisabled = EventType(rawValue: "gateway.subscription_disabled")
  /// A subscription was tried out.
  public static let subscriptionTest = EventType(rawValue: "gateway.subscription_test")
  /// A fleet job has come further.
  public static let jobProgress = EventType(rawValue: "job.progress")
  /// A fleet job has ended.
  public static let jobEnded = EventType(rawValue: "job.ended")
  /// All of them; only in what a subscription wants.
  public static let every = EventType(rawValue: "*")
  /// The words that this client knows in events.
  public static let known = [
    settingsChanged, stateChanged, statusChanged, actionNeeded, actionResolved, writeVerified,
    writeFailed, added, removed, upstreamDegraded, upstreamRecovered, subscriptionDisabled,
    jobProgress, jobEnded, subscriptionTest,
  ]
}

/// Whose doing a change was.
public struct EventCause: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// A write of an app's.
  public static let app = EventCause(rawValue: "app")
  /// An event of home automation.
  public static let hook = EventCause(rawValue: "hook")
  /// A fleet job.
  public static let job = EventCause(rawValue: "job")
  /// The user, the device or the upstream.
  public static let outside = EventCause(rawValue: "outside")
  /// The words that this client knows.
  public static let known = [app, hook, job, outside]
}

/// A page of the feed.
public struct EventPage: Sendable, Hashable, Codable {
  /// The events, the oldest first.
  public var items: [Event]
  /// `nil` once there is nothing more at present.
  public var nextCursor: String?
  /// How far the page goes: keep it, and ask with it the next time.
  public var nextAfter: Int
  /// From this number on no event is missing in the log.
  public var oldest: Int
  /// Whether events are gone: read the heat pumps anew, then go on.
  public var gap: Bool
}

/// A page of a list.
public struct Page<Item: Sendable & Hashable & Codable>: Sendable, Hashable, Codable {
  /// The items.
  public var items: [Item]
  /// What to ask for the next page with; `nil` at the end.
  public var nextCursor: String?
}
