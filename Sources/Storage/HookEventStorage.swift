public import GatewayCore

/// Which events are listed.
public struct HookEventFilter: Sendable, Hashable {
  /// Those of this organisation.
  public var organisation: String
  /// Only those of this hook.
  public var hook: String?
  /// Only those that stand there.
  public var state: HookEventState?
  /// Only those about this heat pump.
  public var heatPump: HeatPumpReference?
  /// Only those received then or later.
  public var receivedAfter: Timestamp?
  /// Only those received earlier.
  public var receivedBefore: Timestamp?

  /// Creates a filter.
  public init(
    organisation: String, hook: String? = nil, state: HookEventState? = nil,
    heatPump: HeatPumpReference? = nil, receivedAfter: Timestamp? = nil,
    receivedBefore: Timestamp? = nil
  ) {
    self.organisation = organisation
    self.hook = hook
    self.state = state
    self.heatPump = heatPump
    self.receivedAfter = receivedAfter
    self.receivedBefore = receivedBefore
  }

  /// Whether an event is listed.
  public func admits(_ event: StoredHookEvent) -> Bool {
    event.organisation == organisation
      && hook.map { $0 == event.hook } ?? true
      && state.map { $0 == event.state } ?? true
      && heatPump.map { $0 == event.heatPump } ?? true
      && receivedAfter.map { event.receivedAt >= $0 } ?? true
      && receivedBefore.map { event.receivedAt < $0 } ?? true
  }
}

/// Home-automation events, each with the operation that was made of it.
///
/// An event has no queue of its own: its operation waits in the heat pump's lane like any other,
/// and where the event stands is read from there. So an operation is kept for as long as its event
/// is, whatever ``Storage/prune(operations:keys:settings:)`` is asked to forget.
public protocol HookEventStorage: Sendable {
  /// Stores an event, its key, its operation as `queued` if it has one, and takes the operation's
  /// lane if it is free: all or nothing, and once per hook and key, also when the same event comes
  /// twice at the same moment.
  ///
  /// - Throws: ``StorageFault``; `unavailable` if the event's or the operation's id is taken.
  func accept(
    _ event: NewHookEvent, lane: LaneRequest
  ) async throws(StorageFault) -> HookEventAcceptance

  /// Replays an event: the decision, with the operation that it brings, replaces the one before.
  /// The former operation stays in the heat pump's history.
  ///
  /// - Returns: `nil` if there is no such event.
  /// - Throws: ``StorageFault``; `outdated` while the event's present operation is open.
  func redecide(
    _ event: ResourceID, _ decision: HookEventDecision, at: Timestamp, lane: LaneRequest
  ) async throws(StorageFault) -> HookEventRedecision?

  /// One event.
  ///
  /// - Throws: ``StorageFault``.
  func hookEvent(_ id: ResourceID) async throws(StorageFault) -> StoredHookEvent?

  /// Events, the newest first.
  ///
  /// - Parameters:
  ///   - before: only those with a smaller sequence number; `nil` for the newest.
  /// - Throws: ``StorageFault``.
  func hookEvents(
    _ filter: HookEventFilter, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredHookEvent]

  /// Forgets events, and with them their keys, in the order of their acceptance; then the oldest
  /// bodies of those that are left.
  ///
  /// An event whose operation is open stays. So does one that was accepted after one that stays
  /// for its age: should the clock have been set back, it goes a little later. A key is remembered
  /// for as long as its event, with or without a body.
  ///
  /// - Parameters:
  ///   - before: events received earlier go.
  ///   - bodyBytes: how many bytes the newest bodies may have together; the others go.
  /// - Returns: how many events and bodies went.
  /// - Throws: ``StorageFault``.
  @discardableResult
  func pruneHookEvents(before: Timestamp, bodyBytes: Int) async throws(StorageFault) -> Int
}
