public import GatewayCore

/// The subscriptions that a ``StorageState`` knows.
struct SubscriptionTable: Sendable {
  struct Record {
    var subscription: StoredSubscription
    /// When it had its last turn, in turns.
    var turn: Int64 = 0
    /// By the numbers of their events.
    var deliveries: [Int64: StoredDelivery] = [:]
  }

  var lastNumber: Int64 = 0
  var lastTurn: Int64 = 0
  var records: [Int64: Record] = [:]
  var numbers: [ResourceID: Int64] = [:]

  func subscription(_ id: ResourceID) -> StoredSubscription? {
    numbers[id].flatMap { records[$0]?.subscription }
  }
}

extension StorageState {
  /// ``SubscriptionStorage/createSubscription(_:limit:)``.
  ///
  /// - Throws: ``StorageFault/unavailable(_:)`` if the id is taken.
  public mutating func createSubscription(
    _ new: NewSubscription, limit: Int
  ) throws(StorageFault) -> StoredSubscription? {
    guard subscriptions.numbers[new.id] == nil else {
      throw .unavailable("a subscription with the id \(new.id) is stored already")
    }
    guard subscriptionCount(of: new.organisation, app: new.app) < limit else { return nil }
    let stored = StoredSubscription(creating: new)
    subscriptions.lastNumber += 1
    subscriptions.numbers[new.id] = subscriptions.lastNumber
    subscriptions.records[subscriptions.lastNumber] = SubscriptionTable.Record(subscription: stored)
    return stored
  }

  /// ``SubscriptionStorage/subscription(_:)``.
  public func subscription(_ id: ResourceID) -> StoredSubscription? {
    subscriptions.subscription(id)
  }

  /// ``SubscriptionStorage/subscriptions(of:app:after:limit:)``.
  public func subscriptions(
    of organisation: String, app: String?, after: ResourceID?, limit: Int
  ) -> [StoredSubscription] {
    let all = subscriptions.records.values.map(\.subscription)
      .filter { $0.organisation == organisation && $0.app == app ?? $0.app }
      .filter { subscription in after.map { $0 < subscription.id } ?? true }
      .sorted { $0.id < $1.id }
    return Array(all.prefix(max(0, limit)))
  }

  /// ``SubscriptionStorage/subscriptionCount(of:app:)``.
  public func subscriptionCount(of organisation: String, app: String) -> Int {
    subscriptions.records.values.count {
      $0.subscription.organisation == organisation && $0.subscription.app == app
    }
  }

  /// ``SubscriptionStorage/updateSubscription(_:_:version:at:)``.
  ///
  /// - Throws: ``StorageFault/outdated``.
  public mutating func updateSubscription(
    _ id: ResourceID, _ terms: SubscriptionTerms, version: Int64, at now: Timestamp
  ) throws(StorageFault) -> StoredSubscription? {
    guard let number = subscriptions.numbers[id],
      var subscription = subscriptions.records[number]?.subscription
    else { return nil }
    try subscription.update(terms, version: version, at: now)
    subscriptions.records[number]?.subscription = subscription
    return subscription
  }

  /// ``SubscriptionStorage/deleteSubscription(_:)``.
  public mutating func deleteSubscription(_ id: ResourceID) -> Bool {
    guard let number = subscriptions.numbers.removeValue(forKey: id) else { return false }
    subscriptions.records[number] = nil
    return true
  }
}
