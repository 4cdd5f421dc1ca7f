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
    var total = try await inSteps { try await $0.pruneHookEvents(before: before, limit: $1) }
    // Adding up takes longer than a transaction should, so it is done from a reader; bodies that
    // come in meanwhile are newer than those that go.
    if let newest = try await read({ try await $0.newestBody(beyond: bodyBytes) }) {
      total += try await inSteps { try await $0.pruneBodies(upTo: newest, limit: $1) }
    }
    return total
  }

  private func inSteps(
    _ step: @escaping @Sendable (Session, Int) async throws -> Int
  ) async throws(StorageFault) -> Int {
    let limit = Self.pruneLimit
    var total = 0
    var count = limit
    while count == limit {
      count = try await write { try await step($0, limit) }
      total += count
    }
    return total
  }
}
