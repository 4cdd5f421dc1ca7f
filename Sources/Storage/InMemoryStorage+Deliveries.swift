public import GatewayCore

extension InMemoryStorage {
  /// ``DeliveryStorage/claimDeliveries(_:)``.
  public func claimDeliveries(
    _ request: DeliveryRequest
  ) async throws(StorageFault) -> [ClaimedDelivery] {
    try write { $0.claimDeliveries(request) }
  }

  /// ``DeliveryStorage/nextDelivery(excluding:)``.
  public func nextDelivery(
    excluding: Set<ResourceID>
  ) async throws(StorageFault) -> Timestamp? {
    try read { $0.nextDelivery(excluding: excluding) }
  }

  /// ``DeliveryStorage/conclude(_:at:)``.
  public func conclude(
    _ conclusion: DeliveryConclusion, at now: Timestamp
  ) async throws(StorageFault) {
    try write { state throws(StorageFault) in try state.conclude(conclusion, at: now) }
  }

  /// ``DeliveryStorage/delivery(_:)``.
  public func delivery(_ id: ResourceID) async throws(StorageFault) -> StoredDelivery? {
    try read { $0.delivery(id) }
  }

  /// ``DeliveryStorage/deliveries(_:before:limit:)``.
  public func deliveries(
    _ filter: DeliveryFilter, before: ResourceID?, limit: Int
  ) async throws(StorageFault) -> [StoredDelivery] {
    try read { $0.deliveries(filter, before: before, limit: limit) }
  }

  /// ``DeliveryStorage/replayDelivery(_:at:)``.
  public func replayDelivery(
    _ id: ResourceID, at now: Timestamp
  ) async throws(StorageFault) -> StoredDelivery? {
    try write { $0.replayDelivery(id, at: now) }
  }

  /// ``DeliveryStorage/replayDeliveries(of:since:at:where:)``.
  public func replayDeliveries(
    of subscription: ResourceID, since: ReplayStart, at now: Timestamp,
    where admits: @escaping @Sendable (StoredEvent) -> Bool
  ) async throws(StorageFault) -> Int? {
    try write { $0.replayDeliveries(of: subscription, since: since, at: now, where: admits) }
  }
}
