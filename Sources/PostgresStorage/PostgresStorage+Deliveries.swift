public import GatewayCore
public import Storage

extension PostgresStorage {
  /// ``DeliveryStorage/claimDeliveries(_:)``.
  public func claimDeliveries(
    _ request: DeliveryRequest
  ) async throws(StorageFault) -> [ClaimedDelivery] {
    await claims.enter()
    defer { claims.leave() }
    return try await write { try await $0.claimDeliveries(request) }
  }

  /// ``DeliveryStorage/nextDelivery(excluding:)``.
  public func nextDelivery(
    excluding: Set<ResourceID>
  ) async throws(StorageFault) -> Timestamp? {
    try await read { try await $0.nextDelivery(excluding: excluding) }
  }

  /// ``DeliveryStorage/conclude(_:at:)``.
  public func conclude(
    _ conclusion: DeliveryConclusion, at now: Timestamp
  ) async throws(StorageFault) {
    try await write { try await $0.conclude(conclusion, at: now) }
  }

  /// ``DeliveryStorage/delivery(_:)``.
  public func delivery(_ id: ResourceID) async throws(StorageFault) -> StoredDelivery? {
    try await read { try await $0.delivery(id) }
  }

  /// ``DeliveryStorage/deliveries(_:before:limit:)``. The state has no index: where few deliveries
  /// match, many are looked at, by a reader that delays no writer.
  public func deliveries(
    _ filter: DeliveryFilter, before: ResourceID?, limit: Int
  ) async throws(StorageFault) -> [StoredDelivery] {
    try await read { try await $0.deliveries(filter, before: before, limit: limit) }
  }

  /// ``DeliveryStorage/replayDelivery(_:at:)``.
  public func replayDelivery(
    _ id: ResourceID, at now: Timestamp
  ) async throws(StorageFault) -> StoredDelivery? {
    try await write { try await $0.replayDelivery(id, at: now) }
  }

  /// ``DeliveryStorage/replayDeliveries(of:since:at:where:)``, see ``ShortSteps``.
  public func replayDeliveries(
    of subscription: ResourceID, since: ReplayStart, at now: Timestamp,
    where admits: @escaping @Sendable (StoredEvent) -> Bool
  ) async throws(StorageFault) -> Int? {
    try await ShortSteps.replayDeliveries(
      self, of: subscription, since: since, at: now, where: admits)
  }
}

extension PostgresStorage: ReplaySteps {
  package func replay(
    of subscription: ResourceID, since: ReplayStart
  ) async throws(StorageFault) -> ReplayStretch<String>? {
    try await read { try await $0.replay(of: subscription, since: since) }
  }

  package func events(
    of replay: ReplayStretch<String>, after: Int64, limit: Int
  ) async throws(StorageFault) -> [StoredEvent] {
    try await read { try await $0.events(of: replay, after: after, limit: limit) }
  }

  package func requeue(
    _ events: [Int64], for subscription: Int64, at now: Timestamp
  ) async throws(StorageFault) -> Int {
    try await write { try await $0.requeue(events, for: subscription, at: now) }
  }
}
