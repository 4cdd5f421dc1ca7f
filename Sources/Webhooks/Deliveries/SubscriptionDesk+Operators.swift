public import GatewayCore
public import Storage

/// What operators see and do: the subscriptions of all apps, without their secrets, and deliveries
/// without what was in them.
extension SubscriptionDesk {
  /// The subscriptions of an organisation in the order of their ids.
  ///
  /// - Throws: ``GatewayFault``: `storage-unavailable`.
  public func subscriptions(
    in organisation: String, after: ResourceID?, limit: Int
  ) async throws(GatewayFault) -> [StoredSubscription] {
    try await storing { storage throws(StorageFault) in
      try await storage.subscriptions(of: organisation, app: nil, after: after, limit: limit)
    }
  }

  /// The deliveries of an organisation, those of the newest events first.
  ///
  /// - Parameter before: only those with a smaller id; `nil` for the newest.
  /// - Throws: ``GatewayFault``: `storage-unavailable`.
  public func deliveries(
    in organisation: String, subscription: ResourceID?, state: DeliveryState?,
    before: ResourceID?, limit: Int
  ) async throws(GatewayFault) -> [StoredDelivery] {
    let filter = DeliveryFilter(
      organisation: organisation, app: nil, subscription: subscription, state: state)
    return try await storing { storage throws(StorageFault) in
      try await storage.deliveries(filter, before: before, limit: limit)
    }
  }

  /// Queues a delivery again, as far as its app may know of the event today.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func replay(
    delivery id: ResourceID, in organisation: String
  ) async throws(GatewayFault) -> StoredDelivery {
    let found = try await storing { storage throws(StorageFault) -> StoredSubscription? in
      guard let delivery = try await storage.delivery(id) else { return nil }
      return try await storage.subscription(delivery.subscriptionID)
    }
    guard let found, found.organisation == organisation else {
      throw GatewayFault(.notFound, "There is no such delivery.")
    }
    return try await replay(
      delivery: id, of: Owner(organisation: organisation, app: found.app))
  }
}
