package import GatewayCore
package import Storage

/// The short transactions, see ``ShortSteps``.
extension SQLiteStorage: PruningSteps {
  package func pruneOperations(
    after: Int64, before: Timestamp, limit: Int
  ) async throws(StorageFault) -> (count: Int, last: Int64?) {
    try await write { try $0.pruneOperations(after: after, before: before, limit: limit) }
  }

  package func prune(
    _ kind: Prunable, before: Timestamp, limit: Int
  ) async throws(StorageFault) -> Int {
    try await write { try $0.prune(kind, before: before, limit: limit) }
  }

  package func pruneHookEvents(
    before: Timestamp, limit: Int
  ) async throws(StorageFault) -> Int {
    try await write { try $0.pruneHookEvents(before: before, limit: limit) }
  }

  package func newestBody(beyond bytes: Int) async throws(StorageFault) -> Int64? {
    try await read { try $0.newestBody(beyond: bytes) }
  }

  package func pruneBodies(upTo event: Int64, limit: Int) async throws(StorageFault) -> Int {
    try await write { try $0.pruneBodies(upTo: event, limit: limit) }
  }

  package func removeHidden(limit: Int) async throws(StorageFault) -> Bool {
    try await write { try $0.removeHidden(limit: limit) }
  }

  package func eventOrganisations() async throws(StorageFault) -> [Int64] {
    try await read { try $0.eventOrganisations() }
  }

  package func eventBounds(
    of organisation: Int64, _ retention: EventRetention
  ) async throws(StorageFault) -> EventBounds {
    try await read { try $0.eventBounds(of: organisation, retention) }
  }

  package func pruneEvents(
    of organisation: Int64, after: Int64, below bound: Int64, openBefore: Timestamp, limit: Int
  ) async throws(StorageFault) -> PruningStep {
    try await write {
      try $0.pruneEvents(
        of: organisation, after: after, below: bound, openBefore: openBefore, limit: limit)
    }
  }

  package func subscriptionNumbers(of organisation: Int64) async throws(StorageFault) -> [Int64] {
    try await read { try $0.subscriptionNumbers(of: organisation) }
  }

  package func pruneDeliveries(
    of subscription: Int64, after: Int64, below bound: Int64, before: Timestamp, limit: Int
  ) async throws(StorageFault) -> PruningStep {
    try await write {
      try $0.pruneDeliveries(
        of: subscription, after: after, below: bound, before: before, limit: limit)
    }
  }
}
