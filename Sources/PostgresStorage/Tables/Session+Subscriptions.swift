import GatewayCore
import Storage

extension Session {
  func createSubscription(
    _ new: NewSubscription, limit: Int
  ) async throws -> StoredSubscription? {
    makeOrganisations([new.organisation])
    // Locked, so that of two at once not both are the last one that there may be.
    let number = try await first(
      "SELECT number FROM event_organisation WHERE name = $1 FOR NO KEY UPDATE",
      [.text(new.organisation)]
    ) { row in try row.integer() }
    guard let number else { throw LostRace() }
    guard try await subscriptionCount(of: new.organisation, app: new.app) < limit else {
      return nil
    }
    let stored = StoredSubscription(creating: new)
    send(
      """
      INSERT INTO subscription (
        url, types, heat_pumps, state, reason, is_cloud_events, secrets, description, changed_at,
        failing_since, warned_at_percent, version, organisation, app, id, created_at, turn
      ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0)
      """,
      Self.changing(stored) + [
        .integer(number), .text(new.app), .id(new.id), .time(new.createdAt),
      ])
    tell(.listening)
    return stored
  }

  func subscription(_ id: ResourceID) async throws -> StoredSubscription? {
    try await first(Self.selectSubscription + "AND subscription.id = $1", [.id(id)]) { row in
      try row.subscription().subscription
    }
  }

  func subscriptions(_ numbers: Set<Int64>) async throws -> [Int64: StoredSubscription] {
    let rows = try await all(
      Self.selectSubscription + "AND subscription.number = ANY ($1)",
      [.integers(numbers.sorted())]
    ) { row in try row.subscription() }
    return Dictionary(rows.map { ($0.number, $0.subscription) }) { first, _ in first }
  }

  func subscriptions(
    of organisation: String, app: String?, after: ResourceID?, limit: Int
  ) async throws -> [StoredSubscription] {
    try await all(
      Self.selectSubscription
        + """
        AND event_organisation.name = $1 AND app = coalesce($2, app)
        AND ($3 IS NULL OR subscription.id > $3)
        ORDER BY subscription.id LIMIT $4
        """,
      [.text(organisation), .text(app), .id(after), .count(limit)]
    ) { row in try row.subscription().subscription }
  }

  func subscriptionCount(of organisation: String, app: String) async throws -> Int {
    let count = try await first(
      """
      SELECT count(*) FROM subscription
      WHERE organisation = (SELECT number FROM event_organisation WHERE name = $1) AND app = $2
        AND state <> 'deleted'
      """,
      [.text(organisation), .text(app)]
    ) { row in try row.integer() }
    return Int(count ?? 0)
  }

  func updateSubscription(
    _ id: ResourceID, _ terms: SubscriptionTerms, version: Int64, at now: Timestamp
  ) async throws -> StoredSubscription? {
    let known = try await first(
      Self.selectSubscription + "AND subscription.id = $1 FOR NO KEY UPDATE OF subscription",
      [.id(id)]
    ) { row in try row.subscription() }
    guard var known else { return nil }
    try known.subscription.update(terms, version: version, at: now)
    update(known.subscription, known.number)
    return known.subscription
  }

  /// Takes in what a delivery has shown.
  func take(_ news: SubscriptionNews, of number: Int64, at now: Timestamp) async throws {
    let known = try await first(
      Self.selectSubscription + "AND subscription.number = $1 FOR NO KEY UPDATE OF subscription",
      [.integer(number)]
    ) { row in try row.subscription().subscription }
    guard var subscription = known, subscription.take(news, at: now) else { return }
    update(subscription, number)
  }

  func hideSubscription(_ id: ResourceID) async throws -> Bool {
    tell(.listening)
    return try await run(
      """
      UPDATE subscription SET state = 'deleted', secrets = ''
      WHERE id = $1 AND state <> 'deleted'
      """,
      [.id(id)]) > 0
  }

  /// Removes deliveries of subscriptions that are gone, and in the end those.
  ///
  /// - Returns: whether there may be more.
  func removeHidden(limit: Int) async throws -> Bool {
    // Another gateway may be at it.
    let number = try await first(
      "SELECT number FROM subscription WHERE state = 'deleted' LIMIT 1 FOR UPDATE SKIP LOCKED"
    ) { row in try row.integer() }
    guard let number else { return false }
    let count = try await run(
      """
      DELETE FROM delivery WHERE subscription = $1 AND event IN (
        SELECT event FROM delivery WHERE subscription = $1 LIMIT $2)
      """,
      [.integer(number), .count(limit)])
    if count < limit {
      send("DELETE FROM subscription WHERE number = $1", [.integer(number)])
    }
    return true
  }

  // The order is the one in which `ColumnReading.subscription()` reads.
  private static let selectSubscription = """
    SELECT subscription.number, subscription.id, event_organisation.name, app, created_at, url,
      types, heat_pumps, state, reason, is_cloud_events, secrets, description, changed_at,
      failing_since, warned_at_percent, version
    FROM subscription
    JOIN event_organisation ON event_organisation.number = subscription.organisation
    WHERE state <> 'deleted'\u{20}
    """

  private func update(_ subscription: StoredSubscription, _ number: Int64) {
    tell(.listening)
    send(
      """
      UPDATE subscription SET url = $1, types = $2, heat_pumps = $3, state = $4, reason = $5,
        is_cloud_events = $6, secrets = $7, description = $8, changed_at = $9,
        failing_since = $10, warned_at_percent = $11, version = $12
      WHERE number = $13
      """,
      Self.changing(subscription) + [.integer(number)])
  }

  private static func changing(_ subscription: StoredSubscription) -> [PostgresValue] {
    let terms = subscription.terms
    return [
      .text(terms.url), .bytes(terms.selection.types.map { Texts.names($0) }),
      .bytes(terms.selection.heatPumps.map { Octets.of($0) }), .text(terms.state.name),
      .text(terms.state.reason), .flag(terms.isCloudEvents), .bytes(Texts.secrets(terms.secrets)),
      .text(terms.description), .time(subscription.changedAt), .time(subscription.failingSince),
      .count(subscription.warnedAtPercent), .integer(subscription.version),
    ]
  }
}
