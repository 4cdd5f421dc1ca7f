public import GatewayCore

extension InMemoryStorage {
  /// ``SubscriptionStorage/createSubscription(_:limit:)``.
  public func createSubscription(
    _ subscription: NewSubscription, limit: Int
  ) async throws(StorageFault) -> StoredSubscription? {
    try write { state throws(StorageFault) in
      try state.createSubscription(subscription, limit: limit)
    }
  }

  /// ``SubscriptionStorage/subscription(_:)``.
  public func subscription(
    _ id: ResourceID
  ) async throws(StorageFault) -> StoredSubscription? {
    try read { $0.subscription(id) }
  }

  /// ``SubscriptionStorage/subscriptions(of:app:after:limit:)``.
  public func subscriptions(
    of organisation: String, app: String?, after: ResourceID?, limit: Int
  ) async throws(StorageFault) -> [StoredSubscription] {
    try read { $0.subscriptions(of: organisation, app: app, after: after, limit: limit) }
  }

  /// ``SubscriptionStorage/subscriptionCount(of:app:)``.
  public func subscriptionCount(
    of organisation: String, app: String
  ) async throws(StorageFault) -> Int {
    try read { $0.subscriptionCount(of: organisation, app: app) }
  }

  /// ``SubscriptionStorage/updateSubscription(_:_:version:at:)``.
  public func updateSubscription(
    _ id: ResourceID, _ terms: SubscriptionTerms, version: Int64, at now: Timestamp
  ) async throws(StorageFault) -> StoredSubscription? {
    try write { state throws(StorageFault) in
      try state.updateSubscription(id, terms, version: version, at: now)
    }
  }

  /// ``SubscriptionStorage/deleteSubscription(_:)``.
  @discardableResult
  public func deleteSubscription(_ id: ResourceID) async throws(StorageFault) -> Bool {
    try write { $0.deleteSubscription(id) }
  }
}
