import GatewayCore
import Storage

extension Tables {
  /// What is stored under a key's app and name.
  func keyRecord(_ key: IdempotencyKey) throws -> KeyRecord? {
    try first(Self.findKey, [key.app, key.key]) { row in try row.keyRecord() }
  }

  func insert(_ key: IdempotencyKey, for operation: NewOperation) throws {
    try run(
      """
      INSERT INTO idempotency_key (app, name, fingerprint, operation, made_at)
      VALUES (?, ?, ?, ?, ?)
      """,
      [
        key.app, key.key, key.fingerprint, operation.id,
        operation.acceptedAt.microseconds,
      ])
  }

  /// Settles the key that led to an operation. A key that was pruned, and used again for another
  /// operation, is that one's.
  func settleKey(of id: ResourceID, _ fate: Conclusion.KeyFate) throws {
    let isItsOwn = """
      WHERE operation = ?1
        AND (app, name) = (SELECT key_app, key_name FROM operation WHERE id = ?1)
      """
    switch fate {
    case .keep: break
    case .answer(let answer):
      try run(
        "UPDATE idempotency_key SET status = ?2, headers = ?3, body = ?4 " + isItsOwn,
        [
          id, answer.status, Texts.headers(answer.headers),
          answer.body,
        ])
    case .release:
      try run("DELETE FROM idempotency_key " + isItsOwn, [id])
    }
  }

  private static let findKey = KeptStatement(
    """
    SELECT fingerprint, operation, made_at, status, headers, body FROM idempotency_key
    WHERE app = ? AND name = ?
    """)
}
