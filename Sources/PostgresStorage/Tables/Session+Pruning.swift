import GatewayCore
import Storage

extension Session {
  /// Forgets some operations; what another gateway is about to forget is left to it.
  ///
  /// - Returns: how many went.
  func pruneOperations(before: Timestamp, limit: Int) async throws -> Int {
    try await run(
      """
      DELETE FROM operation WHERE sequence IN (
        SELECT sequence FROM operation
        WHERE state NOT IN ('queued', 'sent') AND changed_at < $1
          AND NOT EXISTS (
            SELECT 1 FROM hook_event WHERE hook_event.sequence = operation.hook_event)
          AND (origin_kind <> 'job' OR NOT EXISTS (
            SELECT 1 FROM job_member
            WHERE job_member.operation = operation.id OR job_member.undo = operation.id))
        LIMIT $2 FOR UPDATE SKIP LOCKED)
      """,
      [.time(before), .count(limit)])
  }

  /// Forgets some rows; what another gateway is about to forget is left to it.
  ///
  /// - Returns: how many went.
  func prune(_ kind: Prunable, before: Timestamp, limit: Int) async throws -> Int {
    try await run(Self.statement(for: kind), [.time(before), .count(limit)])
  }

  private static func statement(for kind: Prunable) -> String {
    switch kind {
    case .keys:
      """
      DELETE FROM idempotency_key WHERE (app, name) IN (
        SELECT app, name FROM idempotency_key WHERE made_at < $1
        LIMIT $2 FOR UPDATE SKIP LOCKED)
      """
    case .settings:
      """
      DELETE FROM settings WHERE (heat_pump, tag) IN (
        SELECT heat_pump, tag FROM settings WHERE seen_at < $1
        LIMIT $2 FOR UPDATE SKIP LOCKED)
      """
    }
  }

  func pruneHookEvents(before: Timestamp, limit: Int) async throws -> Int {
    try await run(
      """
      DELETE FROM hook_event WHERE sequence IN (
        SELECT hook_event.sequence
        FROM hook_event LEFT JOIN operation ON operation.id = hook_event.operation
        WHERE hook_event.sequence < coalesce(
            (SELECT sequence FROM hook_event WHERE received_at >= $1 ORDER BY sequence LIMIT 1),
            \(Int64.max))
          AND coalesce(operation.state, '') NOT IN ('queued', 'sent')
        ORDER BY hook_event.sequence LIMIT $2
        FOR UPDATE OF hook_event SKIP LOCKED)
      """,
      [.time(before), .count(limit)])
  }

  /// The newest event whose body is beyond what all newer bodies may have together.
  func newestBody(beyond bytes: Int) async throws -> Int64? {
    try await first(
      """
      SELECT event FROM (
        SELECT event, sum(length(body)) OVER (ORDER BY event DESC ROWS UNBOUNDED PRECEDING) AS total
        FROM hook_event_body) AS newest
      WHERE total > $1 ORDER BY event DESC LIMIT 1
      """,
      [.count(bytes)]
    ) { row in try row.integer() }
  }

  func pruneBodies(upTo event: Int64, limit: Int) async throws -> Int {
    try await run(
      """
      DELETE FROM hook_event_body WHERE event IN (
        SELECT event FROM hook_event_body WHERE event <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
      """,
      [.integer(event), .count(limit)])
  }
}
