public import GatewayCore
internal import HeatPumps
public import Storage

extension SubscriptionDesk {
  /// Some deliveries of an owner's subscriptions.
  public struct DeliveryPage: Sendable, Equatable {
    /// Those of events that the owner may know of, the newest events first.
    public var deliveries: [StoredDelivery] = []
    /// Behind which delivery the next page begins; `nil` if there is no more.
    public var next: ResourceID?
  }

  /// How many deliveries are looked at for a page, about: of those that an owner may not know of
  /// there may be very many.
  private static let longestLook = 1000
  private static let shortestLook = 100

  /// Deliveries of the owner's subscriptions, those of the newest events first. As with all that is
  /// told of events, the rights count that the owner has now.
  ///
  /// A page may be shorter than asked for, and even empty, and still have one behind it.
  ///
  /// - Parameters:
  ///   - subscription: only this one's; must be the owner's.
  ///   - before: ``DeliveryPage/next`` of the page before.
  ///   - limit: 1 or more.
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func deliveries(
    of owner: Owner, subscription: ResourceID?, state: DeliveryState?, before: ResourceID?,
    limit: Int
  ) async throws(GatewayFault) -> DeliveryPage {
    if let subscription { _ = try await self.subscription(subscription, of: owner) }
    let filter = DeliveryFilter(
      organisation: owner.organisation, app: owner.app, subscription: subscription, state: state)
    let look = max(limit + 1, Self.shortestLook)
    var (page, position, seen) = (DeliveryPage(), before, 0)
    while seen < Self.longestLook {
      let start = position
      let found = try await storing { storage throws(StorageFault) in
        try await storage.deliveries(filter, before: start, limit: look)
      }
      for delivery in try await known(found, to: owner) {
        if page.deliveries.count == limit {
          page.next = page.deliveries.last?.id
          return page
        }
        page.deliveries.append(delivery)
      }
      if found.count < look { return page }
      position = found.last?.id
      seen += found.count
    }
    page.next = position
    return page
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
    guard let found, try await owns(owner, found.subscriptionID),
      try await !known([found], to: owner).isEmpty
    else { throw Self.noDelivery }
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

  /// Queues all events again that a subscription wants and its owner may know of, from somewhere
  /// on.
  ///
  /// - Returns: how many.
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func replay(
    subscription id: ResourceID, since: ReplayStart, of owner: Owner
  ) async throws(GatewayFault) -> Int {
    _ = try await subscription(id, of: owner)
    let now = clock.wall
    let audience = audience(of: owner)
    let count = try await storing { storage throws(StorageFault) in
      try await storage.replayDeliveries(of: id, since: since, at: now) { audience.admits($0) }
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

  private func audience(of owner: Owner) -> EventAudience {
    deliverer.audience(owner.organisation, owner.app)
      ?? EventAudience(seesPersonalData: false) { _, _ in false }
  }

  /// Those of events that the owner may know of.
  private func known(
    _ deliveries: [StoredDelivery], to owner: Owner
  ) async throws(GatewayFault) -> [StoredDelivery] {
    let events = try await storing { storage throws(StorageFault) in
      try await storage.loggedEvents(deliveries.map(\.eventID))
    }
    let audience = audience(of: owner)
    let known = Set(events.filter { audience.admits($0) }.map(\.event.id))
    return deliveries.filter { known.contains($0.eventID) }
  }

  private func owns(_ owner: Owner, _ id: ResourceID) async throws(GatewayFault) -> Bool {
    let found = try await storing { storage throws(StorageFault) in
      try await storage.subscription(id)
    }
    return found?.organisation == owner.organisation && found?.app == owner.app
  }

  private static let noDelivery = GatewayFault(.notFound, "There is no such delivery.")
}
