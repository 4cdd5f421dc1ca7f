import GatewayCore
import Storage

extension Tables {
  /// Looks at `limit` operations behind a number, and forgets those that ended before `before`.
  ///
  /// The order of acceptance stands in for that of their ends, which has no index, since each
  /// write would pay for it: the search ends where nothing was accepted before `before`.
  ///
  /// - Returns: how many went, and the last that was looked at; `nil` if there is nothing more.
  func pruneOperations(
    after: Int64, before: Timestamp, limit: Int
  ) throws -> (count: Int, last: Int64?) {
    let seen = try first(
      """
      SELECT max(sequence), min(accepted_at) < ?3 FROM (
        SELECT sequence, accepted_at FROM operation WHERE sequence > ?1 ORDER BY sequence LIMIT ?2)
      """,
      [after, limit, before.microseconds]
    ) { row in (last: try row.optionalInteger(), hasOld: try row.optionalInteger() == 1) }
    guard let last = seen?.last, seen?.hasOld == true else { return (0, nil) }
    let count = try run(
      """
      DELETE FROM operation
      WHERE sequence > ?1 AND sequence <= ?2
        AND state NOT IN ('queued', 'sent') AND changed_at < ?3
        AND NOT EXISTS (
          SELECT 1 FROM hook_event WHERE hook_event.sequence = operation.hook_event)
        AND (origin_kind <> 'job' OR NOT EXISTS (
          SELECT 1 FROM job_member
          WHERE job_member.operation = operation.id OR job_member.undo = operation.id))
      """,
      [after, last, before.microseconds])
    return (count, last)
  }

  /// Forgets at most `limit` rows that are older than `before`.
  ///
  /// - Returns: how many went.
  func prune(_ kind: Prunable, before: Timestamp, limit: Int) throws -> Int {
    try run(Self.statement(for: kind), [before.microseconds, limit])
  }

  private static func statement(for kind: Prunable) -> String {
    switch kind {
    case .keys:
      """
      DELETE FROM idempotency_key WHERE number IN (
        SELECT number FROM idempotency_key WHERE made_at < ? LIMIT ?)
      """
    case .settings:
      """
      DELETE FROM settings WHERE (heat_pump, tag) IN (
        SELECT heat_pump, tag FROM settings WHERE seen_at < ? LIMIT ?)
      """
    }
  }

  /// Forgets at most `limit` events, and their bodies.
  ///
  /// The order of acceptance stands in for the order of arrival, which has no index: the search
  /// ends at the first event that is young enough.
  ///
  /// - Returns: how many went.
  func pruneHookEvents(before: Timestamp, limit: Int) throws -> Int {
    try run(
      """
      DELETE FROM hook_event WHERE sequence IN (
        SELECT hook_event.sequence
        FROM hook_event LEFT JOIN operation ON operation.id = hook_event.operation
        WHERE hook_event.sequence < coalesce(
            (SELECT sequence FROM hook_event WHERE received_at >= ? ORDER BY sequence LIMIT 1),
            \(Int64.max))
          AND coalesce(operation.state, '') NOT IN ('queued', 'sent')
        ORDER BY hook_event.sequence LIMIT ?)
      """,
      [before.microseconds, limit])
  }

  /// The newest event whose body goes, with all older ones, if so many bytes are kept.
  func newestBody(beyond bytes: Int) throws -> Int64? {
    try first(
      """
      SELECT event FROM (
        SELECT event, sum(length(body)) OVER (ORDER BY event DESC ROWS UNBOUNDED PRECEDING) AS total
        FROM hook_event_body)
      WHERE total > ? LIMIT 1
      """,
      [max(0, bytes)]
    ) { row in try row.integer() }
  }

  /// Forgets at most `limit` bodies of this event and older ones.
  ///
  /// - Returns: how many went.
  func pruneBodies(upTo event: Int64, limit: Int) throws -> Int {
    try run(
      """
      DELETE FROM hook_event_body WHERE event IN (
        SELECT event FROM hook_event_body WHERE event <= ? LIMIT ?)
      """,
      [event, limit])
  }
}
