import GRDB
import GatewayCore
import Storage

extension Tables {
  /// A subscription's number with what it wants.
  typealias NumberedSelection = (number: Int64, selection: EventSelection)

  func createSubscription(_ new: NewSubscription, limit: Int) throws -> StoredSubscription? {
    guard try subscriptionCount(of: new.organisation, app: new.app) < limit else { return nil }
    let stored = StoredSubscription(creating: new)
    try run(
      """
      INSERT INTO subscription (
        organisation, app, id, created_at, turn, url, types, heat_pumps, state, reason,
        is_cloud_events, secrets, description, changed_at, failing_since, warned_at_percent,
        version
      ) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        try madeOrganisation(new.organisation), new.app, new.id,
        new.createdAt.microseconds,
      ] + Self.changing(stored))
    return stored
  }

  func subscription(_ id: ResourceID) throws -> StoredSubscription? {
    try numberedSubscription(id)?.subscription
  }

  func numberedSubscription(
    _ id: ResourceID
  ) throws -> (number: Int64, subscription: StoredSubscription)? {
    try first(Self.selectSubscription + "AND subscription.id = ?", [id]) { row in
      try row.subscription()
    }
  }

  func subscription(_ number: Int64) throws -> StoredSubscription? {
    try first(Self.selectSubscription + "AND subscription.number = ?", [number]) { row in
      try row.subscription().subscription
    }
  }

  func subscriptions(
    of organisation: String, app: String?, after: ResourceID?, limit: Int
  ) throws -> [StoredSubscription] {
    try all(
      Self.selectSubscription
        + """
        AND event_organisation.name = ? AND app = coalesce(?, app) AND subscription.id > ?
        ORDER BY subscription.id LIMIT ?
        """,
      [organisation, app, after.map { Octets.of($0) } ?? [], max(0, limit)]
    ) { row in try row.subscription().subscription }
  }

  func subscriptionCount(of organisation: String, app: String) throws -> Int {
    let count = try first(
      """
      SELECT count(*) FROM subscription
      WHERE organisation = (SELECT number FROM event_organisation WHERE name = ?) AND app = ?
        AND state <> 'deleted'
      """,
      [organisation, app]
    ) { row in try row.integer() }
    return Int(count ?? 0)
  }

  func updateSubscription(
    _ id: ResourceID, _ terms: SubscriptionTerms, version: Int64, at now: Timestamp
  ) throws -> StoredSubscription? {
    guard var known = try numberedSubscription(id) else { return nil }
    try known.subscription.update(terms, version: version, at: now)
    try update(known.subscription, known.number)
    return known.subscription
  }

  /// Takes in what a delivery has shown.
  func take(_ news: SubscriptionNews, of number: Int64, at now: Timestamp) throws {
    guard var subscription = try subscription(number), subscription.take(news, at: now) else {
      return
    }
    try update(subscription, number)
  }

  /// Hides a subscription from everybody, and forgets its secrets.
  func hideSubscription(_ id: ResourceID) throws -> Bool {
    try run(
      """
      UPDATE subscription SET state = 'deleted', secrets = x''
      WHERE id = ? AND state <> 'deleted'
      """,
      [id]) > 0
  }

  /// Removes at most `limit` deliveries of a hidden subscription, and then itself.
  ///
  /// - Returns: whether there may be more to do.
  func removeHidden(limit: Int) throws -> Bool {
    let number = try first("SELECT number FROM subscription WHERE state = 'deleted' LIMIT 1") {
      row in try row.integer()
    }
    guard let number else { return false }
    let count = try run(
      """
      DELETE FROM delivery WHERE subscription = ?1 AND event IN (
        SELECT event FROM delivery WHERE subscription = ?1 LIMIT ?2)
      """,
      [number, limit])
    if count < limit { try run("DELETE FROM subscription WHERE number = ?", [number]) }
    return true
  }

  /// What an organisation's active subscriptions want.
  func activeSelections(of organisation: Int64) throws -> [NumberedSelection] {
    try all(
      """
      SELECT number, types, heat_pumps FROM subscription
      WHERE organisation = ? AND state = 'active'
      """,
      [organisation]
    ) { row in (try row.integer(), try row.selection()) }
  }

  /// The numbers of an organisation's subscriptions, hidden ones too.
  func subscriptionNumbers(of organisation: Int64) throws -> [Int64] {
    try all("SELECT number FROM subscription WHERE organisation = ?", [organisation]) { row in
      try row.integer()
    }
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

  private func update(_ subscription: StoredSubscription, _ number: Int64) throws {
    try run(
      """
      UPDATE subscription SET url = ?, types = ?, heat_pumps = ?, state = ?, reason = ?,
        is_cloud_events = ?, secrets = ?, description = ?, changed_at = ?, failing_since = ?,
        warned_at_percent = ?, version = ?
      WHERE number = ?
      """,
      Self.changing(subscription) + [number])
  }

  private static func changing(
    _ subscription: StoredSubscription
  ) -> [(any StatementArgument)?] {
    let terms = subscription.terms
    return [
      terms.url, terms.selection.types.map { Texts.names($0) },
      terms.selection.heatPumps.map { Octets.of($0) },
      terms.state.name, terms.state.reason, terms.isCloudEvents,
      Texts.secrets(terms.secrets), terms.description,
      subscription.changedAt.microseconds, subscription.failingSince?.microseconds,
      subscription.warnedAtPercent, subscription.version,
    ]
  }
}
