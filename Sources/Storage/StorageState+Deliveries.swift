public import GatewayCore

extension StorageState {
  /// ``DeliveryStorage/claimDeliveries(_:)``.
  public mutating func claimDeliveries(_ request: DeliveryRequest) -> [ClaimedDelivery] {
    let queues = dueQueues(request)
    let taken = FairShare.take(request.limit, from: queues.map(\.due))
    let claimed = taken.compactMap { claim($0, request) }
    var served = Set<ResourceID>()
    for id in claimed.map(\.subscription.id) where served.insert(id).inserted {
      guard let number = subscriptions.numbers[id] else { continue }
      subscriptions.lastTurn += 1
      subscriptions.records[number]?.turn = subscriptions.lastTurn
    }
    return claimed
  }

  /// ``DeliveryStorage/nextDelivery(excluding:)``.
  public func nextDelivery(excluding: Set<ResourceID>) -> Timestamp? {
    subscriptions.records.values
      .filter { $0.isReady(excluding) }
      .flatMap { $0.deliveries.values.filter { $0.state == .pending }.map(\.nextAt) }
      .min()
  }

  /// ``DeliveryStorage/conclude(_:at:)``.
  ///
  /// - Throws: ``StorageFault/leaseLost``.
  public mutating func conclude(
    _ conclusion: DeliveryConclusion, at now: Timestamp
  ) throws(StorageFault) {
    guard let numbers = DeliveryID.numbers(in: conclusion.lease.delivery),
      var delivery = delivery(conclusion.lease.delivery)
    else { throw .leaseLost }
    try delivery.conclude(conclusion, at: now)
    subscriptions.records[numbers.subscription]?.deliveries[numbers.sequence] = delivery
    guard let news = conclusion.news else { return }
    _ = subscriptions.records[numbers.subscription]?.subscription.take(news, at: now)
  }

  /// ``DeliveryStorage/delivery(_:)``.
  public func delivery(_ id: ResourceID) -> StoredDelivery? {
    DeliveryID.numbers(in: id).flatMap {
      subscriptions.records[$0.subscription]?.deliveries[$0.sequence]
    }
  }

  /// ``DeliveryStorage/deliveries(_:before:limit:)``.
  public func deliveries(
    _ filter: DeliveryFilter, before: ResourceID?, limit: Int
  ) -> [StoredDelivery] {
    if let before, DeliveryID.numbers(in: before) == nil { return [] }
    let all = subscriptions.records.values
      .filter { filter.admits($0.subscription) }
      .flatMap(\.deliveries.values)
      .filter { $0.state == filter.state ?? $0.state }
      .filter { delivery in before.map { delivery.id < $0 } ?? true }
      .sorted { $0.id > $1.id }
    return Array(all.prefix(max(0, limit)))
  }

  /// ``DeliveryStorage/replayDelivery(_:at:)``.
  public mutating func replayDelivery(_ id: ResourceID, at now: Timestamp) -> StoredDelivery? {
    guard let numbers = DeliveryID.numbers(in: id), var delivery = delivery(id) else { return nil }
    if delivery.replay(at: now) {
      subscriptions.records[numbers.subscription]?.deliveries[numbers.sequence] = delivery
    }
    return delivery
  }

  /// ``DeliveryStorage/replayDeliveries(of:since:at:where:)``.
  public mutating func replayDeliveries(
    of subscription: ResourceID, since: ReplayStart, at now: Timestamp,
    where admits: (StoredEvent) -> Bool
  ) -> Int? {
    guard let number = subscriptions.numbers[subscription],
      let record = subscriptions.records[number]
    else { return nil }
    var count = 0
    for stored in eventLog.feed(of: record.subscription.organisation)
    where since.admits(stored) && record.subscription.terms.selection.admits(stored.event)
      && admits(stored)
    {
      var delivery =
        record.deliveries[stored.sequence]
        ?? StoredDelivery(of: stored, to: subscription, number: number, at: now)
      if record.deliveries[stored.sequence] != nil {
        guard delivery.state != .pending, delivery.replay(at: now) else { continue }
      }
      subscriptions.records[number]?.deliveries[stored.sequence] = delivery
      count += 1
    }
    return count
  }

  /// What is due, per subscription: the one that has waited longest for its turn comes first.
  private func dueQueues(
    _ request: DeliveryRequest
  ) -> [(record: SubscriptionTable.Record, due: [StoredDelivery])] {
    var failing = 0
    return subscriptions.records
      .filter { $0.value.isReady(request.excluding) }
      .sorted { ($0.value.turn, $0.key) < ($1.value.turn, $1.key) }
      .compactMap { _, record in
        let due = record.deliveries.values.filter { $0.isDue(at: request.now) }
        if due.isEmpty { return nil }
        let isFailing = record.subscription.failingSince != nil
        let share = due.sorted { ($0.nextAt, $0.sequence) < ($1.nextAt, $1.sequence) }
          .prefix(request.share(isFailing: isFailing, failing: &failing))
        return (record, share.sorted { $0.sequence < $1.sequence })
      }
  }

  private mutating func claim(
    _ delivery: StoredDelivery, _ request: DeliveryRequest
  ) -> ClaimedDelivery? {
    var delivery = delivery
    guard let numbers = DeliveryID.numbers(in: delivery.id),
      let subscription = subscriptions.records[numbers.subscription]?.subscription,
      let event = eventLog.event(delivery.sequence), let lease = delivery.claim(request)
    else { return nil }
    subscriptions.records[numbers.subscription]?.deliveries[delivery.sequence] = delivery
    return ClaimedDelivery(
      delivery: delivery, event: event, subscription: subscription, lease: lease)
  }
}

extension SubscriptionTable.Record {
  fileprivate func isReady(_ excluding: Set<ResourceID>) -> Bool {
    subscription.terms.state == .active && !excluding.contains(subscription.id)
  }
}

extension ReplayStart {
  /// Whether an event is sent again.
  public func admits(_ stored: StoredEvent) -> Bool {
    switch self {
    case .time(let time): stored.event.at >= time
    case .sequence(let sequence): stored.sequence >= sequence
    }
  }
}
