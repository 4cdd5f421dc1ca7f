public import GatewayCore
internal import HeatPumps
public import Storage

extension SubscriptionDesk {
  /// Deliveries of the owner's subscriptions, those of the newest events first.
  ///
  /// - Parameters:
  ///   - subscription: only this one's; must be the owner's.
  ///   - before: the last one of the page before.
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func deliveries(
    of owner: Owner, subscription: ResourceID?, state: DeliveryState?, before: ResourceID?,
    limit: Int
  ) async throws(GatewayFault) -> [StoredDelivery] {
    if let subscription { _ = try await self.subscription(subscription, of: owner) }
    let filter = DeliveryFilter(
      organisation: owner.organisation, app: owner.app, subscription: subscription, state: state)
    return try await storing { storage throws(StorageFault) in
      try await storage.deliveries(filter, before: before, limit: limit)
    }
  }

  /// One delivery of one of the owner's subscriptions.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func delivery(
    _ id: ResourceID, of owner: Owner
  ) async throws(GatewayFault) -> StoredDelivery {
    let found = try await storing { storage throws(StorageFault) in
      try await storage.delivery(id)
    }
    guard let found, try await owns(owner, found.subscriptionID) else { throw Self.noDelivery }
    return found
  }

  /// Queues a delivery again.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func replay(
    delivery id: ResourceID, of owner: Owner
  ) async throws(GatewayFault) -> StoredDelivery {
    _ = try await delivery(id, of: owner)
    let now = clock.wall
    let replayed = try await storing { storage throws(StorageFault) in
      try await storage.replayDelivery(id, at: now)
    }
    guard let replayed else { throw Self.noDelivery }
    deliverer.note(changeOf: replayed.subscriptionID)
    return replayed
  }

  /// Queues all events again that a subscription wants, from somewhere on.
  ///
  /// - Returns: how many.
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func replay(
    subscription id: ResourceID, since: ReplayStart, of owner: Owner
  ) async throws(GatewayFault) -> Int {
    _ = try await subscription(id, of: owner)
    let now = clock.wall
    let count = try await storing { storage throws(StorageFault) in
      try await storage.replayDeliveries(of: id, since: since, at: now)
    }
    guard let count else { throw Self.noSubscription }
    deliverer.note(changeOf: id)
    return count
  }

  /// Sends an event of the type `gateway.subscription_test` to a subscription's receiver, now and
  /// once, in whatever state the subscription is; nothing is stored.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`, `shutting-down` if the gateway
  ///   stops meanwhile.
  public func test(
    _ id: ResourceID, of owner: Owner
  ) async throws(GatewayFault) -> (verdict: DeliveryVerdict, attempt: DeliveryAttempt) {
    let subscription = try await subscription(id, of: owner)
    let now = clock.wall
    let event = HeatPumpEvent(
      id: random.timeOrderedID(at: now), type: .subscriptionTest, timestamp: now,
      organisation: owner.organisation,
      subscription: EventSubscription(id: id, app: owner.app))
    let audience = EventAudience(app: owner.app, seesPersonalData: false) { _, _ in false }
    let message = DeliveryMessage(
      event, for: audience, isCloudEvents: subscription.terms.isCloudEvents)
    guard let message, let result = await deliverer.sender.attempt(message, to: subscription)
    else { throw GatewayFault(.shuttingDown, "The gateway is stopping.") }
    return (result.verdict, result.attempt)
  }

  private func owns(_ owner: Owner, _ id: ResourceID) async throws(GatewayFault) -> Bool {
    let found = try await storing { storage throws(StorageFault) in
      try await storage.subscription(id)
    }
    return found?.organisation == owner.organisation && found?.app == owner.app
  }

  private static let noDelivery = GatewayFault(.notFound, "There is no such delivery.")
}
