public import GatewayCore
public import Storage

extension SQLiteStorage {
  /// ``DeliveryStorage/claimDeliveries(_:)``.
  public func claimDeliveries(
    _ request: DeliveryRequest
  ) async throws(StorageFault) -> [ClaimedDelivery] {
    try await write { try $0.claimDeliveries(request) }
  }

  /// ``DeliveryStorage/nextDelivery(excluding:)``.
  public func nextDelivery(
    excluding: Set<ResourceID>
  ) async throws(StorageFault) -> Timestamp? {
    try await read { try $0.nextDelivery(excluding: excluding) }
  }

  /// ``DeliveryStorage/conclude(_:at:)``.
  public func conclude(
    _ conclusion: DeliveryConclusion, at now: Timestamp
  ) async throws(StorageFault) {
    try await write { try $0.conclude(conclusion, at: now) }
  }

  /// ``DeliveryStorage/delivery(_:)``.
  public func delivery(_ id: ResourceID) async throws(StorageFault) -> StoredDelivery? {
    try await read { try $0.delivery(id) }
  }

  /// ``DeliveryStorage/deliveries(_:before:limit:)``. The state has no index: where few deliveries
  /// match, many are looked at, by a reader that delays no writer.
  public func deliveries(
    _ filter: DeliveryFilter, before: ResourceID?, limit: Int
  ) async throws(StorageFault) -> [StoredDelivery] {
    try await read { try $0.deliveries(filter, before: before, limit: limit) }
  }

  /// ``DeliveryStorage/replayDelivery(_:at:)``.
  public func replayDelivery(
    _ id: ResourceID, at now: Timestamp
  ) async throws(StorageFault) -> StoredDelivery? {
    try await write { try $0.replayDelivery(id, at: now) }
  }

  /// ``DeliveryStorage/replayDeliveries(of:since:at:where:)``. It goes in many short transactions,
  /// and what it looks for is found from a reader: if it throws, some deliveries may have been
  /// queued, and asking again queues the rest.
  public func replayDeliveries(
    of subscription: ResourceID, since: ReplayStart, at now: Timestamp,
    where admits: @escaping @Sendable (StoredEvent) -> Bool
  ) async throws(StorageFault) -> Int? {
    let limit = ShortSteps.limit
    guard let replay = try await read({ try $0.replay(of: subscription, since: since) }) else {
      return nil
    }
    var count = 0
    var position: Int64? = replay.after
    while let after = position {
      let events = try await read { try $0.events(of: replay, after: after, limit: limit) }
      let admitted = events.filter(admits).map(\.sequence)
      if !admitted.isEmpty {
        count += try await write { try $0.requeue(admitted, for: replay.subscription, at: now) }
      }
      position = events.last?.sequence
    }
    return count
  }
}
