public import GatewayCore

/// Who wants to hear of which events, and where.
public protocol SubscriptionStorage: Sendable {
  /// Stores a subscription, unless its app has so many in the organisation already.
  ///
  /// - Parameters:
  ///   - limit: how many the app may have.
  /// - Returns: `nil` if it has as many.
  /// - Throws: ``StorageFault``; `unavailable` if its id is taken.
  func createSubscription(
    _ subscription: NewSubscription, limit: Int
  ) async throws(StorageFault) -> StoredSubscription?

  /// One subscription.
  ///
  /// - Throws: ``StorageFault``.
  func subscription(_ id: ResourceID) async throws(StorageFault) -> StoredSubscription?

  /// Subscriptions of an organisation, in the order of their ids.
  ///
  /// - Parameters:
  ///   - app: only this app's.
  ///   - after: the last one of the page before; `nil` for the first page.
  /// - Throws: ``StorageFault``.
  func subscriptions(
    of organisation: String, app: String?, after: ResourceID?, limit: Int
  ) async throws(StorageFault) -> [StoredSubscription]

  /// How many subscriptions an app has in an organisation.
  ///
  /// - Throws: ``StorageFault``.
  func subscriptionCount(
    of organisation: String, app: String
  ) async throws(StorageFault) -> Int

  /// Replaces the terms of a subscription. Events that were queued before stay queued.
  ///
  /// - Parameters:
  ///   - version: the ``StoredSubscription/version`` that the change was made to.
  /// - Returns: `nil` if there is no such subscription.
  /// - Throws: ``StorageFault``; `outdated` if it has another version by now.
  func updateSubscription(
    _ id: ResourceID, _ terms: SubscriptionTerms, version: Int64, at: Timestamp
  ) async throws(StorageFault) -> StoredSubscription?

  /// Forgets a subscription with all its deliveries. Whoever is delivering at the moment learns it
  /// when they conclude.
  ///
  /// - Returns: whether it was there.
  /// - Throws: ``StorageFault``.
  @discardableResult
  func deleteSubscription(_ id: ResourceID) async throws(StorageFault) -> Bool
}
