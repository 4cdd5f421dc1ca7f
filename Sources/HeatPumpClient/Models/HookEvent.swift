public import Foundation

/// An event that home automation has sent to the gateway, and what became of it.
public struct HookEvent: Sendable, Hashable, Codable, Identifiable {
  /// Its id, a UUID.
  public var id: String
  /// The hook that it came by.
  public var hook: String
  /// When it came.
  public var receivedAt: Date
  /// How far it has come.
  public var state: HookEventState
  /// The hook's rule that applies to it.
  public var rule: String?
  /// The heat pump that it is about; `nil` if none was found.
  public var heatPump: WriteOperation.HeatPumpName?
  /// The write that it led to; of replays, the last one.
  public var operationId: String?
  /// Why it was not applied.
  public var reason: String?
  /// How often it was replayed.
  public var replays: Int
}

/// How far an event of home automation has come.
public struct HookEventState: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// Its write is on its way.
  public static let accepted = HookEventState(rawValue: "accepted")
  /// The upstream has taken it.
  public static let applied = HookEventState(rawValue: "applied")
  /// No rule applies to it.
  public static let ignored = HookEventState(rawValue: "ignored")
  /// It became one write with a newer event.
  public static let merged = HookEventState(rawValue: "merged")
  /// It was too late to be applied.
  public static let expired = HookEventState(rawValue: "expired")
  /// It cannot be applied as things are; it can be replayed when they have changed.
  public static let dead = HookEventState(rawValue: "dead")
  /// The words that this client knows.
  public static let known = [accepted, applied, ignored, merged, expired, dead]
}

/// Which events of home automation are wanted.
public struct HookEventSelection: Sendable, Hashable {
  /// Only events of this hook.
  public var hook: String?
  /// Only events that have come so far.
  public var state: HookEventState?
  /// Only events about this heat pump, by alias or id.
  public var heatPump: String?
  /// Only events that came then or later.
  public var since: Date?
  /// Only events that came earlier.
  public var until: Date?

  /// Creates a selection; without arguments, of everything that the app may see.
  public init(
    hook: String? = nil, state: HookEventState? = nil, heatPump: String? = nil,
    since: Date? = nil, until: Date? = nil
  ) {
    self.hook = hook
    self.state = state
    self.heatPump = heatPump
    self.since = since
    self.until = until
  }

  var query: [(name: String, value: String?)] {
    [
      ("hook", hook), ("state", state?.rawValue), ("heat_pump", heatPump),
      ("since", since.map(Wire.text)), ("until", until.map(Wire.text)),
    ]
  }
}
