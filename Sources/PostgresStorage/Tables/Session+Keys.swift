import GatewayCore
import Storage

extension Session {
  /// Takes a key, unless it is taken: then the answer says that nothing was changed.
  func take(_ key: IdempotencyKey, for operation: NewOperation) -> PostgresAnswer {
    send(
      """
      INSERT INTO idempotency_key (app, name, fingerprint, operation, made_at)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (app, name) DO NOTHING
      """,
      [
        .text(key.app), .text(key.key), .bytes(key.fingerprint), .id(operation.id),
        .time(operation.acceptedAt),
      ])
  }

  /// What is stored under a key's app and name.
  func keyRecord(_ key: IdempotencyKey) async throws -> KeyRecord? {
    try await first(
      """
      SELECT fingerprint, operation, made_at, status, headers, body FROM idempotency_key
      WHERE app = $1 AND name = $2
      """,
      [.text(key.app), .text(key.key)]
    ) { row in try row.keyRecord() }
  }

  /// Settles the key that led to an operation. A key that was pruned, and used again for another
  /// operation, is that one's.
  func settleKey(of id: ResourceID, _ fate: Conclusion.KeyFate) {
    let isItsOwn = """
      WHERE operation = $1
        AND (app, name) = (SELECT key_app, key_name FROM operation WHERE id = $1)
      """
    switch fate {
    case .keep: break
    case .answer(let answer):
      send(
        "UPDATE idempotency_key SET status = $2, headers = $3, body = $4 " + isItsOwn,
        [
          .id(id), .integer(Int64(answer.status)), .bytes(Texts.headers(answer.headers)),
          .bytes(answer.body),
        ])
    case .release:
      send("DELETE FROM idempotency_key " + isItsOwn, [.id(id)])
    }
  }
}
