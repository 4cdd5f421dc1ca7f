public import GatewayCore
public import Storage

extension PostgresStorage {
  /// ``SubscriptionStorage/createSubscription(_:limit:)``.
  public func createSubscription(
    _ subscription: NewSubscription, limit: Int
  ) async throws(StorageFault) -> StoredSubscription? {
    try await write { try await $0.createSubscription(subscription, limit: limit) }
  }

  /// ``SubscriptionStorage/subscription(_:)``.
  public func subscription(
    _ id: ResourceID
  ) async throws(StorageFault) -> StoredSubscription? {
    try await read { try await $0.subscription(id) }
  }

  /// ``SubscriptionStorage/subscriptions(of:app:after:limit:)``.
  public func subscriptions(
    of organisation: String, app: String?, after: ResourceID?, limit: Int
  ) async throws(StorageFault) -> [StoredSubscription] {
    try await read {
      try await $0.subscriptions(of: organisation, app: app, after: after, limit: limit)
    }
  }

  /// ``SubscriptionStorage/subscriptionCount(of:app:)``.
  public func subscriptionCount(
    of organisation: String, app: String
  ) async throws(StorageFault) -> Int {
    try await read { try await $0.subscriptionCount(of: organisation, app: app) }
  }

  /// ``SubscriptionStorage/updateSubscription(_:_:version:at:)``.
  public func updateSubscription(
    _ id: ResourceID, _ terms: SubscriptionTerms, version: Int64, at now: Timestamp
  ) async throws(StorageFault) -> StoredSubscription? {
    try await write { try await $0.updateSubscription(id, terms, version: version, at: now) }
  }

  /// ``SubscriptionStorage/deleteSubscription(_:)``. The subscription goes at once, and its
  /// deliveries, of which there may be many, in short transactions behind it.
  @discardableResult
  public func deleteSubscription(_ id: ResourceID) async throws(StorageFault) -> Bool {
    guard try await write({ try await $0.hideSubscription(id) }) else { return false }
    // It is deleted, whatever becomes of this; the next pruning takes up what is left.
    try? await ShortSteps.removeHidden(self)
    return true
  }
}
