import GatewayCore
import Storage

extension Session {
  func claimDeliveries(_ request: DeliveryRequest) async throws -> [ClaimedDelivery] {
    guard request.limit > 0, request.perSubscription > 0 else { return [] }
    let waiting = try await all(
      Self.waiting, [.time(request.now), .ids(Array(request.excluding))]
    ) { row in (number: try row.integer(), isFailing: try row.flag()) }
    var (served, failing): ([(number: Int64, share: Int)], Int) = ([], 0)
    // Each of them has something, so that more than `limit` cannot have a turn.
    for subscription in waiting {
      let share = request.share(isFailing: subscription.isFailing, failing: &failing)
      if share > 0 { served.append((subscription.number, share)) }
      if served.count == request.limit { break }
    }
    let answers = served.map { subscription in
      send(
        Self.due, [.integer(subscription.number), .time(request.now), .count(subscription.share)])
    }
    var queues: [[(number: Int64, delivery: StoredDelivery)]] = []
    for answer in answers {
      let due = try await answer.rows().all { row in try row.delivery() }
      let numbered = due.compactMap { delivery in
        DeliveryID.numbers(in: delivery.id).map { (number: $0.subscription, delivery: delivery) }
      }
      queues.append(numbered.sorted { $0.delivery.sequence < $1.delivery.sequence })
    }
    let claimed = try await claim(FairShare.take(request.limit, from: queues), request)
    giveTurn(to: served.map(\.number))
    return claimed
  }

  func nextDelivery(excluding: Set<ResourceID>) async throws -> Timestamp? {
    try await first(
      """
      SELECT min(due.at) FROM subscription CROSS JOIN LATERAL (
        SELECT min(due_at) AS at FROM delivery
        WHERE delivery.subscription = subscription.number AND delivery.state = 'pending') AS due
      WHERE state = 'active' AND NOT id = ANY ($1)
      """,
      [.ids(Array(excluding))]
    ) { row in try row.optionalTime() } ?? nil
  }

  func conclude(_ conclusion: DeliveryConclusion, at now: Timestamp) async throws {
    guard let numbers = DeliveryID.numbers(in: conclusion.lease.delivery),
      var delivery = try await lockDelivery(numbers)
    else { throw StorageFault.leaseLost }
    try delivery.conclude(conclusion, at: now)
    update(delivery, of: numbers.subscription)
    if let news = conclusion.news { try await take(news, of: numbers.subscription, at: now) }
  }

  func delivery(_ id: ResourceID) async throws -> StoredDelivery? {
    guard let numbers = DeliveryID.numbers(in: id) else { return nil }
    return try await first(
      Self.selectDelivery + Self.isDelivery,
      [.integer(numbers.subscription), .integer(numbers.sequence)]
    ) { row in try row.delivery() }
  }

  func deliveries(
    _ filter: DeliveryFilter, before: ResourceID?, limit: Int
  ) async throws -> [StoredDelivery] {
    let end = before.flatMap { DeliveryID.numbers(in: $0) }
    if before != nil, end == nil { return [] }
    return try await all(
      Self.listed,
      [
        .text(filter.organisation), .text(filter.app), .id(filter.subscription),
        .integer(end?.sequence ?? .max), .integer(end?.subscription ?? .max),
        .text(filter.state?.rawValue), .count(limit),
      ]
    ) { row in try row.delivery() }
  }

  func replayDelivery(_ id: ResourceID, at now: Timestamp) async throws -> StoredDelivery? {
    guard let numbers = DeliveryID.numbers(in: id), var delivery = try await lockDelivery(numbers)
    else { return nil }
    if delivery.replay(at: now) { update(delivery, of: numbers.subscription) }
    return delivery
  }

  /// Queues events for subscriptions that are active at that moment; the lists belong together.
  func queue(_ events: [Int64], for subscriptions: [Int64], at times: [Timestamp]) {
    send(
      """
      INSERT INTO delivery (
        subscription, event, state, due_at, fence, queued_at, changed_at, tries, attempt_count,
        attempts)
      SELECT subscription.number, new.event, 'pending', new.at, 0, new.at, new.at, 0, 0, ''
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS new (event, subscription, at)
      JOIN subscription ON subscription.number = new.subscription
      WHERE subscription.state = 'active'
      FOR KEY SHARE OF subscription
      """,
      [.integers(events), .integers(subscriptions), .times(times)])
  }

  func update(_ delivery: StoredDelivery, of subscription: Int64) {
    send(
      """
      UPDATE delivery SET state = $1, due_at = $2, owner = $3, fence = $4, queued_at = $5,
        changed_at = $6, tries = $7, attempt_count = $8, attempts = $9
      WHERE subscription = $10 AND event = $11
      """,
      [
        .text(delivery.state.rawValue), .time(delivery.nextAt), .id(delivery.owner),
        .integer(delivery.fence), .time(delivery.queuedAt), .time(delivery.changedAt),
        .count(delivery.tries), .count(delivery.attemptCount),
        .bytes(Texts.attempts(delivery.attempts)), .integer(subscription),
        .integer(delivery.sequence),
      ])
  }

  // Active subscriptions with something due; the one that has waited longest for its turn is first.
  private static let waiting = """
    SELECT number, failing_since IS NOT NULL FROM subscription
    WHERE state = 'active' AND NOT id = ANY ($2) AND EXISTS (
      SELECT 1 FROM delivery
      WHERE delivery.subscription = subscription.number AND delivery.state = 'pending'
        AND due_at <= $1)
    ORDER BY turn, number
    """

  // What is due of one subscription, but for what another gateway is about to take.
  private static let due =
    selectDelivery
      + """
      AND delivery.subscription = $1 AND delivery.state = 'pending' AND due_at <= $2
      ORDER BY due_at, delivery.event LIMIT $3
      FOR NO KEY UPDATE OF delivery SKIP LOCKED
      """

  private static let isDelivery = "AND delivery.subscription = $1 AND delivery.event = $2"

  // By subscription first, so that of each no more are looked at than are wanted.
  private static let listed = """
    SELECT \(deliveryColumns)
    FROM event_organisation
    JOIN subscription ON subscription.organisation = event_organisation.number
    CROSS JOIN LATERAL (
      SELECT * FROM delivery
      WHERE delivery.subscription = subscription.number
        AND (delivery.event, delivery.subscription) < ($4, $5)
        AND delivery.state = coalesce($6, delivery.state)
      ORDER BY delivery.event DESC LIMIT $7
    ) AS delivery
    JOIN event ON event.sequence = delivery.event
    WHERE event_organisation.name = $1 AND subscription.state <> 'deleted'
      AND app = coalesce($2, app) AND ($3 IS NULL OR subscription.id = $3)
    ORDER BY delivery.event DESC, delivery.subscription DESC LIMIT $7
    """

  // The order is the one in which `ColumnReading.delivery()` reads.
  private static let deliveryColumns = """
    delivery.subscription, delivery.event, subscription.id, event.id, event.type, delivery.state,
      attempts, attempt_count, tries, queued_at, delivery.changed_at, due_at, owner, fence
    """

  static let selectDelivery = """
    SELECT \(deliveryColumns)
    FROM delivery JOIN subscription ON subscription.number = delivery.subscription
    JOIN event ON event.sequence = delivery.event
    WHERE subscription.state <> 'deleted'\u{20}
    """

  private func lockDelivery(
    _ numbers: (sequence: Int64, subscription: Int64)
  ) async throws -> StoredDelivery? {
    try await first(
      Self.selectDelivery + Self.isDelivery + " FOR NO KEY UPDATE OF delivery",
      [.integer(numbers.subscription), .integer(numbers.sequence)]
    ) { row in try row.delivery() }
  }

  private func claim(
    _ taken: [(number: Int64, delivery: StoredDelivery)], _ request: DeliveryRequest
  ) async throws -> [ClaimedDelivery] {
    guard !taken.isEmpty else { return [] }
    let reading = send(
      Self.selectEvent + "WHERE event.sequence = ANY ($1)",
      [.integers(taken.map(\.delivery.sequence))])
    let subscriptions = try await subscriptions(Set(taken.map(\.number)))
    let events = try await reading.rows().all { row in try row.loggedEvent() }
    let known = Dictionary(events.map { ($0.sequence, $0) }) { first, _ in first }
    return try taken.map { number, delivery in
      var delivery = delivery
      guard let event = known[delivery.sequence], let subscription = subscriptions[number],
        let lease = delivery.claim(request)
      else { throw LostRace() }
      update(delivery, of: number)
      return ClaimedDelivery(
        delivery: delivery, event: event, subscription: subscription, lease: lease)
    }
  }

  private func giveTurn(to numbers: [Int64]) {
    guard !numbers.isEmpty else { return }
    send(
      """
      UPDATE subscription SET turn = (SELECT max(turn) FROM subscription) + given.turn
      FROM unnest($1::bigint[]) WITH ORDINALITY AS given (number, turn)
      WHERE subscription.number = given.number
      """,
      [.integers(numbers)])
  }
}
