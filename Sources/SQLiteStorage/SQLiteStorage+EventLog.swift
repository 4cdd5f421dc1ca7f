public import GatewayCore
public import Storage

extension SQLiteStorage {
  /// ``EventLogStorage/append(_:)``.
  @discardableResult
  public func append(_ batch: EventBatch) async throws(StorageFault) -> [StoredEvent] {
    try await write { try $0.append(batch) }
  }

  /// ``EventLogStorage/detector(of:)``.
  public func detector(
    of heatPump: HeatPumpReference
  ) async throws(StorageFault) -> DetectorState? {
    try await read { try $0.detector(of: heatPump) }
  }

  /// ``EventLogStorage/detectors(of:after:limit:)``.
  public func detectors(
    of organisation: String, after: HeatPumpReference?, limit: Int
  ) async throws(StorageFault) -> [DetectorState] {
    try await read { try $0.detectors(of: organisation, after: after, limit: limit) }
  }

  /// ``EventLogStorage/loggedEvent(_:)``.
  public func loggedEvent(_ id: ResourceID) async throws(StorageFault) -> StoredEvent? {
    try await read { try $0.loggedEvent(id) }
  }

  /// ``EventLogStorage/loggedEvents(_:)``.
  public func loggedEvents(
    _ ids: [ResourceID]
  ) async throws(StorageFault) -> [StoredEvent] {
    try await read { tables in try ids.compactMap { try tables.loggedEvent($0) } }
  }

  /// ``EventLogStorage/loggedEvents(of:after:_:limit:)``. Types and heat pumps have no index: where
  /// few events match, many are looked at, by a reader that delays no writer.
  public func loggedEvents(
    of organisation: String, after: Int64, _ selection: EventSelection, limit: Int
  ) async throws(StorageFault) -> [StoredEvent] {
    try await read {
      try $0.loggedEvents(of: organisation, after: after, selection, limit: limit)
    }
  }

  /// ``EventLogStorage/newestSequence(of:)``.
  public func newestSequence(of organisation: String) async throws(StorageFault) -> Int64 {
    try await read { try $0.newestSequence(of: organisation) }
  }

  /// ``EventLogStorage/oldestSequence(of:)``.
  public func oldestSequence(of organisation: String) async throws(StorageFault) -> Int64 {
    try await read { try $0.oldestSequence(of: organisation) }
  }

  /// ``EventLogStorage/pruneEvents(_:)``. It goes in many short transactions, as
  /// ``prune(operations:keys:settings:)`` does: if it throws, some rows may have gone.
  @discardableResult
  public func pruneEvents(
    _ retention: EventRetention
  ) async throws(StorageFault) -> EventPruning {
    try await ShortSteps.pruneEvents(self, retention)
  }
}
