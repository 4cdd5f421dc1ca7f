import GatewayCore
import Storage

extension Tables {
  /// What may be forgotten once it is old enough.
  enum Prunable: CaseIterable {
    case operations
    case keys
    case settings
  }

  /// Forgets at most `limit` rows that are older than `before`.
  ///
  /// - Returns: how many went.
  func prune(_ kind: Prunable, before: Timestamp, limit: Int) throws -> Int {
    try run(Self.statement(for: kind), [before.microseconds, limit])
  }

  private static func statement(for kind: Prunable) -> String {
    switch kind {
    case .operations:
      """
      DELETE FROM operation WHERE sequence IN (
        SELECT sequence FROM operation
        WHERE state NOT IN ('queued', 'sent') AND changed_at < ? LIMIT ?)
      """
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
}
