public import GatewayCore

extension InMemoryStorage {
  /// ``HookEventStorage/accept(_:lane:)``.
  public func accept(
    _ event: NewHookEvent, lane: LaneRequest
  ) async throws(StorageFault) -> HookEventAcceptance {
    try write { state throws(StorageFault) in try state.accept(event, lane: lane) }
  }

  /// ``HookEventStorage/redecide(_:_:at:lane:)``.
  public func redecide(
    _ event: ResourceID, _ decision: HookEventDecision, at now: Timestamp, lane: LaneRequest
  ) async throws(StorageFault) -> HookEventRedecision? {
    try write { state throws(StorageFault) in
      try state.redecide(event, decision, at: now, lane: lane)
    }
  }

  /// ``HookEventStorage/hookEvent(_:)``.
  public func hookEvent(_ id: ResourceID) async throws(StorageFault) -> StoredHookEvent? {
    try read { $0.hookEvent(id) }
  }

  /// ``HookEventStorage/hookEvents(_:before:limit:)``.
  public func hookEvents(
    _ filter: HookEventFilter, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredHookEvent] {
    try read { $0.hookEvents(filter, before: before, limit: limit) }
  }

  /// ``HookEventStorage/pruneHookEvents(before:bodyBytes:)``.
  @discardableResult
  public func pruneHookEvents(
    before: Timestamp, bodyBytes: Int
  ) async throws(StorageFault) -> Int {
    try write { $0.pruneHookEvents(before: before, bodyBytes: bodyBytes) }
  }
}
