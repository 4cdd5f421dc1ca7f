import GatewayCore
import Storage

/// An event log that, for as long as it is told to, takes no event of one type.
final class RefusingEventLog: EventLogStorage {
  /// The type that is not taken; `nil` for none.
  let refused: Locked<String?>
  private let storage: any EventLogStorage

  init(_ storage: any EventLogStorage, refusing type: String) {
    self.storage = storage
    refused = Locked(type)
  }

  func append(_ batch: EventBatch) async throws(StorageFault) -> [StoredEvent] {
    let refused = refused.withLock { $0 }
    if batch.events.contains(where: { $0.type == refused }) { throw .unavailable("no room") }
    return try await storage.append(batch)
  }

  func detector(of heatPump: HeatPumpReference) async throws(StorageFault) -> DetectorState? {
    try await storage.detector(of: heatPump)
  }

  func detectors(
    of organisation: String, after: HeatPumpReference?, limit: Int
  ) async throws(StorageFault) -> [DetectorState] {
    try await storage.detectors(of: organisation, after: after, limit: limit)
  }

  func loggedEvent(_ id: ResourceID) async throws(StorageFault) -> StoredEvent? {
    try await storage.loggedEvent(id)
  }

  func loggedEvents(_ ids: [ResourceID]) async throws(StorageFault) -> [StoredEvent] {
    try await storage.loggedEvents(ids)
  }

  func loggedEvents(
    of organisation: String, after: Int64, _ selection: EventSelection, limit: Int
  ) async throws(StorageFault) -> [StoredEvent] {
    try await storage.loggedEvents(of: organisation, after: after, selection, limit: limit)
  }

  func newestSequence(of organisation: String) async throws(StorageFault) -> Int64 {
    try await storage.newestSequence(of: organisation)
  }

  func oldestSequence(of organisation: String) async throws(StorageFault) -> Int64 {
    try await storage.oldestSequence(of: organisation)
  }

  func pruneEvents(_ retention: EventRetention) async throws(StorageFault) -> EventPruning {
    try await storage.pruneEvents(retention)
  }
}
