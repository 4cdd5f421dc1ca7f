import GatewayCore
import Storage

extension Session {
  func replay(of id: ResourceID, since: ReplayStart) async throws -> ReplayStretch<String>? {
    guard let subscription = try await subscription(id) else { return nil }
    let number = try await first(
      "SELECT number FROM subscription WHERE id = $1", [.id(id)]
    ) { row in try row.integer() }
    guard let number else { return nil }
    let last = try await newestSequence(of: subscription.organisation)
    var (start, noticedAfter) = (last + 1, Timestamp(microseconds: .min))
    switch since {
    case .sequence(let sequence): start = sequence
    case .time(let time):
      noticedAfter = time
      if let first = try await firstEvent(of: subscription.organisation, at: time) { start = first }
    }
    return ReplayStretch(
      subscription: number, organisation: subscription.organisation,
      selection: subscription.terms.selection, after: max(1, start) - 1, last: last,
      noticedAfter: noticedAfter)
  }

  func events(of replay: ReplayStretch<String>, after: Int64, limit: Int) async throws
    -> [StoredEvent]
  {
    try await all(
      Self.selectEvent + Self.feed
        + """
        AND event.sequence <= $5 AND event.at >= $6 ORDER BY event.sequence LIMIT $7
        """,
      [
        .text(replay.organisation), .integer(after), .texts(replay.selection.types),
        .ids(replay.selection.heatPumps), .integer(replay.last), .time(replay.noticedAfter),
        .count(limit),
      ]
    ) { row in try row.loggedEvent() }
  }

  /// Queues events for a subscription, whatever became of their deliveries before.
  ///
  /// - Returns: how many were queued.
  func requeue(_ events: [Int64], for number: Int64, at now: Timestamp) async throws -> Int {
    // Events that are being removed at the moment are left out, and those that are left stay.
    let kept = send(
      "SELECT sequence FROM event WHERE sequence = ANY ($1) ORDER BY sequence FOR KEY SHARE",
      [.integers(events)])
    let known = try await all(
      Self.selectDelivery
        + """
        AND delivery.subscription = $1 AND delivery.event = ANY ($2)
        ORDER BY delivery.event FOR NO KEY UPDATE OF delivery
        """,
      [.integer(number), .integers(events)]
    ) { row in try row.delivery() }
    var count = 0
    for var delivery in known where delivery.state != .pending && delivery.replay(at: now) {
      update(delivery, of: number)
      count += 1
    }
    let missing = Set(try await kept.rows().all { row in try row.integer() })
      .subtracting(known.map(\.sequence))
    guard !missing.isEmpty else { return count }
    return try await count
      + run(
        """
        INSERT INTO delivery (
          subscription, event, state, due_at, fence, queued_at, changed_at, tries,
          attempt_count, attempts)
        SELECT subscription.number, new.event, 'pending', $3, 0, $3, $3, 0, 0, ''
        FROM unnest($2::bigint[]) AS new (event)
        JOIN subscription ON subscription.number = $1
        WHERE subscription.state <> 'deleted'
        FOR KEY SHARE OF subscription
        """,
        [.integer(number), .integers(missing.sorted()), .time(now)])
  }

  /// The number of the first event of an organisation that was noticed then or later.
  private func firstEvent(of organisation: String, at time: Timestamp) async throws -> Int64? {
    try await first(
      """
      SELECT sequence FROM event
      WHERE organisation = (SELECT number FROM event_organisation WHERE name = $1) AND at >= $2
      ORDER BY sequence LIMIT 1
      """,
      [.text(organisation), .time(time)]
    ) { row in try row.integer() }
  }
}
