public import GatewayCore
public import Storage

extension PostgresStorage {
  /// ``EventLogStorage/append(_:)``.
  @discardableResult
  public func append(_ batch: EventBatch) async throws(StorageFault) -> [StoredEvent] {
    try await write { try await $0.append(batch) }
  }

  /// ``EventLogStorage/detector(of:)``.
  public func detector(
    of heatPump: HeatPumpReference
  ) async throws(StorageFault) -> DetectorState? {
    try await read { try await $0.detector(of: heatPump) }
  }

  /// ``EventLogStorage/detectors(of:after:limit:)``.
  public func detectors(
    of organisation: String, after: HeatPumpReference?, limit: Int
  ) async throws(StorageFault) -> [DetectorState] {
    try await read { try await $0.detectors(of: organisation, after: after, limit: limit) }
  }

  /// ``EventLogStorage/loggedEvent(_:)``.
  public func loggedEvent(_ id: ResourceID) async throws(StorageFault) -> StoredEvent? {
    try await read { try await $0.loggedEvents([id]).first }
  }

  /// ``EventLogStorage/loggedEvents(_:)``.
  public func loggedEvents(
    _ ids: [ResourceID]
  ) async throws(StorageFault) -> [StoredEvent] {
    try await read { try await $0.loggedEvents(ids) }
  }

  /// ``EventLogStorage/loggedEvents(of:after:_:limit:)``. Types and heat pumps have no index: where
  /// few events match, many are looked at, by a reader that delays no writer.
  public func loggedEvents(
    of organisation: String, after: Int64, _ selection: EventSelection, limit: Int
  ) async throws(StorageFault) -> [StoredEvent] {
    try await read {
      try await $0.loggedEvents(of: organisation, after: after, selection, limit: limit)
    }
  }

  /// ``EventLogStorage/newestSequence(of:)``.
  public func newestSequence(of organisation: String) async throws(StorageFault) -> Int64 {
    try await read { try await $0.newestSequence(of: organisation) }
  }

  /// ``EventLogStorage/oldestSequence(of:)``.
  public func oldestSequence(of organisation: String) async throws(StorageFault) -> Int64 {
    try await read { try await $0.oldestSequence(of: organisation) }
  }

  /// ``EventLogStorage/pruneEvents(_:)``. It goes in many short transactions, as
  /// ``prune(operations:keys:settings:)`` does: if it throws, some rows may have gone.
  @discardableResult
  public func pruneEvents(
    _ retention: EventRetention
  ) async throws(StorageFault) -> EventPruning {
    try await removeHiddenSubscriptions()
    let limit = Self.pruneLimit
    var total = EventPruning()
    for organisation in try await read({ try await $0.eventOrganisations() }) {
      let bounds = try await read { try await $0.eventBounds(of: organisation, retention) }
      total.add(
        try await inSteps { session, after in
          try await session.pruneEvents(
            of: organisation, after: after, below: bounds.events,
            openBefore: retention.openBefore, limit: limit)
        })
      for number in try await read({ try await $0.subscriptionNumbers(of: organisation) }) {
        total.add(
          try await inSteps { session, after in
            try await session.pruneDeliveries(
              of: number, after: after, below: bounds.deliveries,
              before: retention.deliveriesBefore, limit: limit)
          })
      }
    }
    return total
  }

  private func inSteps(
    _ step: @escaping @Sendable (Session, _ after: Int64) async throws -> Session.PruningStep
  ) async throws(StorageFault) -> EventPruning {
    var total = EventPruning()
    var position: Int64? = 0
    while let after = position {
      let result = try await write { try await step($0, after) }
      total.add(result.pruning)
      position = result.last
    }
    return total
  }
}
