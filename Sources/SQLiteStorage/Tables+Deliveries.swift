import GRDB
import GatewayCore
import Storage

extension Tables {
  func claimDeliveries(_ request: DeliveryRequest) throws -> [ClaimedDelivery] {
    guard request.limit > 0, request.perSubscription > 0 else { return [] }
    let waiting = try all(Self.waiting, [request.now.microseconds]) { row in
      (number: try row.integer(), id: try row.id(), isFailing: try row.integer() != 0)
    }
    var (served, failing): ([(number: Int64, share: Int)], Int) = ([], 0)
    // Each of them has something, so that more than `limit` cannot have a turn.
    for subscription in waiting where !request.excluding.contains(subscription.id) {
      let share = request.share(isFailing: subscription.isFailing, failing: &failing)
      if share > 0 { served.append((subscription.number, share)) }
      if served.count == request.limit { break }
    }
    let queues = try served.map { subscription in
      try all(
        Self.due, [subscription.number, request.now.microseconds, subscription.share]
      ) { row in (subscription: subscription.number, event: try row.integer()) }
      .sorted { $0.event < $1.event }
    }
    let taken = FairShare.take(request.limit, from: queues)
    let subscriptions = try served.map { (number: $0.number, content: try subscription($0.number)) }
    let known = Dictionary(subscriptions.map { ($0.number, $0.content) }) { first, _ in first }
    let claimed = try taken.map { key in
      guard let subscription = known[key.subscription] ?? nil else { throw Self.lost }
      return try claim(key.event, of: key.subscription, subscription, request)
    }
    try giveTurn(to: served.map(\.number))
    return claimed
  }

  func nextDelivery(excluding: Set<ResourceID>) throws -> Timestamp? {
    try all(
      """
      SELECT id, (
        SELECT min(due_at) FROM delivery
        WHERE delivery.subscription = subscription.number AND delivery.state = 'pending')
      FROM subscription WHERE state = 'active'
      """
    ) { row in (id: try row.id(), dueAt: try row.optionalTime()) }
    .filter { !excluding.contains($0.id) }.compactMap(\.dueAt).min()
  }

  func conclude(_ conclusion: DeliveryConclusion, at now: Timestamp) throws {
    guard let numbers = DeliveryID.numbers(in: conclusion.lease.delivery),
      var delivery = try delivery(conclusion.lease.delivery)
    else { throw StorageFault.leaseLost }
    try delivery.conclude(conclusion, at: now)
    try update(delivery, of: numbers.subscription)
    if let news = conclusion.news { try take(news, of: numbers.subscription, at: now) }
  }

  func delivery(_ id: ResourceID) throws -> StoredDelivery? {
    guard let numbers = DeliveryID.numbers(in: id) else { return nil }
    return try delivery(of: numbers.sequence, to: numbers.subscription)
  }

  func deliveries(
    _ filter: DeliveryFilter, before: ResourceID?, limit: Int
  ) throws -> [StoredDelivery] {
    let end = before.flatMap { DeliveryID.numbers(in: $0) }
    if before != nil, end == nil { return [] }
    let numbers = try all(
      """
      SELECT subscription.number FROM subscription
      JOIN event_organisation ON event_organisation.number = subscription.organisation
      WHERE event_organisation.name = ?1 AND app = coalesce(?2, app) AND state <> 'deleted'
        AND (?3 IS NULL OR subscription.id = ?3)
      """,
      [filter.organisation, filter.app, filter.subscription]
    ) { row in try row.integer() }
    let deliveries = try numbers.flatMap { number in
      // Deliveries of one event are in the order of the subscriptions' numbers.
      let limitEvent = end.map { $0.sequence + (number < $0.subscription ? 1 : 0) } ?? .max
      return try all(
        Self.listed, [number, limitEvent, filter.state?.rawValue, max(0, limit)]
      ) { row in try row.delivery() }
    }
    return Array(deliveries.sorted { $0.id > $1.id }.prefix(max(0, limit)))
  }

  func replayDelivery(_ id: ResourceID, at now: Timestamp) throws -> StoredDelivery? {
    guard let numbers = DeliveryID.numbers(in: id), var delivery = try delivery(id) else {
      return nil
    }
    if delivery.replay(at: now) { try update(delivery, of: numbers.subscription) }
    return delivery
  }

  /// Queues an event for a subscription, unless the event is gone.
  ///
  /// - Returns: whether it was queued.
  @discardableResult
  func queue(_ sequence: Int64, for subscription: Int64, at now: Timestamp) throws -> Bool {
    try run(
      """
      INSERT INTO delivery (
        subscription, event, state, due_at, fence, queued_at, changed_at, tries, attempt_count,
        attempts
      ) SELECT ?1, sequence, 'pending', ?3, 0, ?3, ?3, 0, 0, x'' FROM event WHERE sequence = ?2
      """,
      [subscription, sequence, now.microseconds]) > 0
  }

  func delivery(of sequence: Int64, to subscription: Int64) throws -> StoredDelivery? {
    try first(
      Self.selectDelivery + "AND delivery.subscription = ? AND delivery.event = ?",
      [subscription, sequence]
    ) { row in try row.delivery() }
  }

  func update(_ delivery: StoredDelivery, of subscription: Int64) throws {
    try run(
      """
      UPDATE delivery SET state = ?, due_at = ?, owner = ?, fence = ?, queued_at = ?,
        changed_at = ?, tries = ?, attempt_count = ?, attempts = ?
      WHERE subscription = ? AND event = ?
      """,
      [
        delivery.state.rawValue, delivery.nextAt.microseconds, delivery.owner,
        delivery.fence, delivery.queuedAt.microseconds, delivery.changedAt.microseconds,
        delivery.tries, delivery.attemptCount, Texts.attempts(delivery.attempts),
        subscription, delivery.sequence,
      ])
  }

  // Active subscriptions with something due; the one that has waited longest for its turn is first.
  static let waiting = """
    SELECT number, id, failing_since IS NOT NULL FROM subscription
    WHERE state = 'active' AND EXISTS (
      SELECT 1 FROM delivery
      WHERE delivery.subscription = subscription.number AND delivery.state = 'pending'
        AND due_at <= ?)
    ORDER BY turn, number
    """

  // What is due of one subscription.
  static let due = """
    SELECT event FROM delivery
    WHERE subscription = ? AND state = 'pending' AND due_at <= ?
    ORDER BY due_at, event LIMIT ?
    """

  static let listed =
    selectDelivery
      + """
      AND delivery.subscription = ?1 AND delivery.event < ?2
        AND delivery.state = coalesce(?3, delivery.state)
      ORDER BY delivery.event DESC LIMIT ?4
      """

  // The order is the one in which `ColumnReading.delivery()` reads.
  private static let selectDelivery = """
    SELECT delivery.subscription, delivery.event, subscription.id, event.id, event.type,
      delivery.state, attempts, attempt_count, tries, queued_at, delivery.changed_at, due_at, owner,
      fence
    FROM delivery CROSS JOIN subscription ON subscription.number = delivery.subscription
    CROSS JOIN event ON event.sequence = delivery.event
    WHERE subscription.state <> 'deleted'\u{20}
    """

  private static let lost = StorageFault.damaged("a delivery has lost its event or subscription")

  private func claim(
    _ sequence: Int64, of number: Int64, _ subscription: StoredSubscription,
    _ request: DeliveryRequest
  ) throws -> ClaimedDelivery {
    guard var delivery = try delivery(of: sequence, to: number),
      let event = try loggedEvent(sequence), let lease = delivery.claim(request)
    else { throw Self.lost }
    try update(delivery, of: number)
    return ClaimedDelivery(
      delivery: delivery, event: event, subscription: subscription, lease: lease)
  }

  private func giveTurn(to numbers: [Int64]) throws {
    guard !numbers.isEmpty else { return }
    var turn = try first("SELECT max(turn) FROM subscription") { row in try row.integer() } ?? 0
    for number in numbers {
      turn += 1
      try run("UPDATE subscription SET turn = ? WHERE number = ?", [turn, number])
    }
  }
}
