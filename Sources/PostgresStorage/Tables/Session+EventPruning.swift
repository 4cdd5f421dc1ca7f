import GatewayCore
import Storage

extension Session {
  func eventOrganisations() async throws -> [Int64] {
    try await all("SELECT number FROM event_organisation ORDER BY number") { row in
      try row.integer()
    }
  }

  func eventBounds(
    of organisation: Int64, _ retention: EventRetention
  ) async throws -> EventBounds {
    let number = PostgresValue.integer(organisation)
    let asked = [
      send("SELECT max(sequence) FROM event WHERE organisation = $1", [number]),
      send(Self.firstEvent, [number, .time(retention.before)]),
      send(Self.beyondCount, [number, .count(retention.events)]),
      send(Self.beyondBytes, [number, .count(retention.bytes)]),
      send(Self.firstEvent, [number, .time(retention.deliveriesBefore)]),
    ]
    var found: [Int64?] = []
    for answer in asked {
      found.append(try await answer.rows().first { row in try row.optionalInteger() } ?? nil)
    }
    let end = (found[0] ?? 0) + 1
    return EventBounds(
      events: min(end, max(found[1] ?? end, (found[2] ?? 0) + 1, (found[3] ?? 0) + 1)),
      deliveries: found[4] ?? end)
  }

  func pruneEvents(
    of organisation: Int64, after: Int64, below bound: Int64, openBefore: Timestamp, limit: Int
  ) async throws -> PruningStep {
    // Locked first, so that nobody queues one of them between the look and the end.
    let events = try await all(
      """
      SELECT sequence, at FROM event
      WHERE organisation = $1 AND sequence > $2 AND sequence < $3 ORDER BY sequence LIMIT $4
      FOR UPDATE
      """,
      [.integer(organisation), .integer(after), .integer(bound), .count(limit)]
    ) { row in (sequence: try row.integer(), at: try row.time()) }
    guard let last = events.last?.sequence else {
      return PruningStep(last: nil, pruning: EventPruning())
    }
    send(
      "UPDATE event_organisation SET pruned = greatest(pruned, $1) WHERE number = $2",
      [.integer(last), .integer(organisation)])
    let open = Set(
      try await all(
        """
        SELECT delivery.event
        FROM subscription JOIN delivery ON delivery.subscription = subscription.number
        WHERE subscription.organisation = $1 AND delivery.event > $2 AND delivery.event <= $3
          AND subscription.state <> 'deleted' AND delivery.state = 'pending'
        """,
        [.integer(organisation), .integer(after), .integer(last)]
      ) { row in try row.integer() })
    let gone = events.filter { $0.at < openBefore || !open.contains($0.sequence) }.map(\.sequence)
    var pruning = EventPruning()
    let removing = send(
      """
      DELETE FROM delivery WHERE event = ANY ($1) AND subscription IN (
        SELECT number FROM subscription WHERE organisation = $2)
      """,
      [.integers(gone), .integer(organisation)])
    pruning.events = try await run("DELETE FROM event WHERE sequence = ANY ($1)", [.integers(gone)])
    pruning.deliveries = try await removing.rows().affected
    return PruningStep(last: last, pruning: pruning)
  }

  func subscriptionNumbers(of organisation: Int64) async throws -> [Int64] {
    try await all(
      "SELECT number FROM subscription WHERE organisation = $1 ORDER BY number",
      [.integer(organisation)]
    ) { row in try row.integer() }
  }

  func pruneDeliveries(
    of subscription: Int64, after: Int64, below bound: Int64, before: Timestamp, limit: Int
  ) async throws -> PruningStep {
    let deliveries = try await all(
      """
      SELECT event, state <> 'pending' AND changed_at < $1 FROM delivery
      WHERE subscription = $2 AND event > $3 AND event < $4 ORDER BY event LIMIT $5
      """,
      [
        .time(before), .integer(subscription), .integer(after), .integer(bound), .count(limit),
      ]
    ) { row in (event: try row.integer(), isGone: try row.flag()) }
    let gone = deliveries.filter(\.isGone).map(\.event)
    // Looked at again, since one may have been replayed meanwhile.
    let count = try await run(
      """
      DELETE FROM delivery
      WHERE subscription = $1 AND event = ANY ($2) AND state <> 'pending' AND changed_at < $3
      """,
      [.integer(subscription), .integers(gone), .time(before)])
    return PruningStep(last: deliveries.last?.event, pruning: EventPruning(deliveries: count))
  }

  private static let firstEvent = """
    SELECT sequence FROM event WHERE organisation = $1 AND at >= $2 ORDER BY sequence LIMIT 1
    """

  private static let beyondCount = """
    SELECT sequence FROM event WHERE organisation = $1
    ORDER BY sequence DESC LIMIT 1 OFFSET $2
    """

  private static let beyondBytes = """
    SELECT sequence FROM (
      SELECT sequence, sum(size) OVER (ORDER BY sequence DESC ROWS UNBOUNDED PRECEDING) AS total
      FROM event WHERE organisation = $1) AS newest
    WHERE total > $2 ORDER BY sequence DESC LIMIT 1
    """
}
