import GatewayCore
import Storage

extension Tables {
  /// The numbers of all organisations.
  func eventOrganisations() throws -> [Int64] {
    try all("SELECT number FROM event_organisation") { row in try row.integer() }
  }

  func eventBounds(of organisation: Int64, _ retention: EventRetention) throws -> EventBounds {
    let end = try newestEvent(of: organisation) + 1
    let young = try firstEvent(of: organisation, at: retention.before) ?? end
    let counted = try newestEvent(of: organisation, beyond: retention.events) ?? 0
    let weighed = try newestEvent(of: organisation, beyondBytes: retention.bytes) ?? 0
    return EventBounds(
      events: min(end, max(young, counted + 1, weighed + 1)),
      deliveries: try firstEvent(of: organisation, at: retention.deliveriesBefore) ?? end)
  }

  /// The first event in the order of the log that was noticed then or later.
  func firstEvent(of organisation: Int64, at time: Timestamp) throws -> Int64? {
    try first(Self.firstEvent, [organisation, time.microseconds]) { row in try row.integer() }
  }

  /// Takes events out of the feed, and forgets those that nobody waits for with their deliveries.
  ///
  /// - Parameters:
  ///   - after: how far the last step came.
  ///   - limit: how many events are looked at.
  func pruneEvents(
    of organisation: Int64, after: Int64, below bound: Int64, openBefore: Timestamp, limit: Int
  ) throws -> PruningStep {
    let events = try all(Self.prunable, [organisation, after, bound, limit]) { row in
      (sequence: try row.integer(), at: try row.time())
    }
    guard let last = events.last?.sequence else {
      return PruningStep(last: nil, pruning: EventPruning())
    }
    try run(
      "UPDATE event_organisation SET pruned = max(pruned, ?) WHERE number = ?",
      [last, organisation])
    let open = Set(
      try all(Self.openEvents, [organisation, after, last]) { row in try row.integer() })
    let gone = events.filter { $0.at < openBefore || !open.contains($0.sequence) }
    let list = Texts.numbers(gone.map(\.sequence))
    var pruning = EventPruning()
    for subscription in try subscriptionNumbers(of: organisation) {
      pruning.deliveries += try run(
        """
        DELETE FROM delivery
        WHERE subscription = ? AND event IN (SELECT value FROM json_each(?))
        """,
        [subscription, list])
    }
    pruning.events = try run(
      "DELETE FROM event WHERE sequence IN (SELECT value FROM json_each(?))", [list])
    return PruningStep(last: last, pruning: pruning)
  }

  /// Forgets deliveries of a subscription that ended long ago.
  func pruneDeliveries(
    of subscription: Int64, after: Int64, below bound: Int64, before: Timestamp, limit: Int
  ) throws -> PruningStep {
    let deliveries = try all(
      """
      SELECT event, state <> 'pending' AND changed_at < ? FROM delivery
      WHERE subscription = ? AND event > ? AND event < ? ORDER BY event LIMIT ?
      """,
      [before.microseconds, subscription, after, bound, limit]
    ) { row in (event: try row.integer(), isGone: try row.integer() != 0) }
    let gone = deliveries.filter(\.isGone).map(\.event)
    let count = try run(
      "DELETE FROM delivery WHERE subscription = ? AND event IN (SELECT value FROM json_each(?))",
      [subscription, Texts.numbers(gone)])
    return PruningStep(
      last: deliveries.last?.event, pruning: EventPruning(deliveries: count))
  }

  static let firstEvent = """
    SELECT sequence FROM event WHERE organisation = ? AND at >= ? ORDER BY sequence LIMIT 1
    """

  static let prunable = """
    SELECT sequence, at FROM event
    WHERE organisation = ? AND sequence > ? AND sequence < ? ORDER BY sequence LIMIT ?
    """

  // Events of a stretch that somebody waits for.
  static let openEvents = """
    SELECT delivery.event
    FROM subscription CROSS JOIN delivery ON delivery.subscription = subscription.number
    WHERE subscription.organisation = ? AND delivery.event > ? AND delivery.event <= ?
      AND subscription.state <> 'deleted' AND delivery.state = 'pending'
    """

  private func newestEvent(of organisation: Int64, beyond count: Int) throws -> Int64? {
    try first(
      """
      SELECT sequence FROM event WHERE organisation = ?
      ORDER BY sequence DESC LIMIT 1 OFFSET ?
      """,
      [organisation, max(0, count)]
    ) { row in try row.integer() }
  }

  private func newestEvent(of organisation: Int64, beyondBytes bytes: Int) throws -> Int64? {
    try first(Self.beyondBytes, [organisation, max(0, bytes)]) { row in try row.integer() }
  }

  static let beyondBytes = """
    SELECT sequence FROM (
      SELECT sequence, sum(size) OVER (ORDER BY sequence DESC ROWS UNBOUNDED PRECEDING) AS total
      FROM event WHERE organisation = ?)
    WHERE total > ? LIMIT 1
    """
}
