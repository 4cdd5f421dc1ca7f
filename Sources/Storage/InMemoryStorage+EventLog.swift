public import GatewayCore

extension InMemoryStorage {
  /// ``EventLogStorage/append(_:)``.
  @discardableResult
  public func append(_ batch: EventBatch) async throws(StorageFault) -> [StoredEvent] {
    try write { state throws(StorageFault) in try state.append(batch) }
  }

  /// ``EventLogStorage/detector(of:)``.
  public func detector(
    of heatPump: HeatPumpReference
  ) async throws(StorageFault) -> DetectorState? {
    try read { $0.detector(of: heatPump) }
  }

  /// ``EventLogStorage/detectors(of:after:limit:)``.
  public func detectors(
    of organisation: String, after: HeatPumpReference?, limit: Int
  ) async throws(StorageFault) -> [DetectorState] {
    try read { $0.detectors(of: organisation, after: after, limit: limit) }
  }

  /// ``EventLogStorage/loggedEvent(_:)``.
  public func loggedEvent(_ id: ResourceID) async throws(StorageFault) -> StoredEvent? {
    try read { $0.loggedEvent(id) }
  }

  /// ``EventLogStorage/loggedEvents(_:)``.
  public func loggedEvents(
    _ ids: [ResourceID]
  ) async throws(StorageFault) -> [StoredEvent] {
    try read { state in ids.compactMap { state.loggedEvent($0) } }
  }

  /// ``EventLogStorage/loggedEvents(of:after:_:limit:)``.
  public func loggedEvents(
    of organisation: String, after: Int64, _ selection: EventSelection, limit: Int
  ) async throws(StorageFault) -> [StoredEvent] {
    try read { $0.loggedEvents(of: organisation, after: after, selection, limit: limit) }
  }

  /// ``EventLogStorage/newestSequence(of:)``.
  public func newestSequence(of organisation: String) async throws(StorageFault) -> Int64 {
    try read { $0.newestSequence(of: organisation) }
  }

  /// ``EventLogStorage/oldestSequence(of:)``.
  public func oldestSequence(of organisation: String) async throws(StorageFault) -> Int64 {
    try read { $0.oldestSequence(of: organisation) }
  }

  /// ``EventLogStorage/pruneEvents(_:)``.
  @discardableResult
  public func pruneEvents(
    _ retention: EventRetention
  ) async throws(StorageFault) -> EventPruning {
    try write { $0.pruneEvents(retention) }
  }
}
