public import GatewayCore
public import Storage

extension PostgresStorage {
  /// ``HookEventStorage/accept(_:lane:)``.
  public func accept(
    _ event: NewHookEvent, lane: LaneRequest
  ) async throws(StorageFault) -> HookEventAcceptance {
    try await write { try await $0.accept(event, lane: lane) }
  }

  /// ``HookEventStorage/redecide(_:_:at:lane:)``.
  public func redecide(
    _ event: ResourceID, _ decision: HookEventDecision, at now: Timestamp, lane: LaneRequest
  ) async throws(StorageFault) -> HookEventRedecision? {
    try await write { try await $0.redecide(event, decision, at: now, lane: lane) }
  }

  /// ``HookEventStorage/hookEvent(_:)``.
  public func hookEvent(_ id: ResourceID) async throws(StorageFault) -> StoredHookEvent? {
    try await read { try await $0.hookEvent(id) }
  }

  /// ``HookEventStorage/hookEvents(_:before:limit:)``. Organisation, hook, heat pump and times have
  /// no index: where few events match, many are looked at, by a reader that delays no writer.
  public func hookEvents(
    _ filter: HookEventFilter, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredHookEvent] {
    try await read { try await $0.hookEvents(filter, before: before, limit: limit) }
  }

  /// ``HookEventStorage/pruneHookEvents(before:bodyBytes:)``. It goes in many short transactions,
  /// as ``prune(operations:keys:settings:)`` does: if it throws, some rows may have gone.
  @discardableResult
  public func pruneHookEvents(
    before: Timestamp, bodyBytes: Int
  ) async throws(StorageFault) -> Int {
    try await ShortSteps.pruneHookEvents(self, before: before, bodyBytes: bodyBytes)
  }
}
