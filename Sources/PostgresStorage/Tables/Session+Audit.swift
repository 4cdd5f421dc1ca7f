import GatewayCore
import Storage

extension Session {
  /// Adds to the end of the trail. It is the last thing that a transaction does, since nobody else
  /// can add to it until that ends.
  func append(_ entries: [AuditEntry]) async throws {
    guard !entries.isEmpty else { return }
    // The look comes behind the lock, so that it sees what the one before has added.
    send("SELECT value FROM counter WHERE name = 'audit' FOR NO KEY UPDATE")
    var last = try await first(Self.selectAudit + "ORDER BY sequence DESC LIMIT 1") { row in
      try row.auditRecord()
    }
    for entry in entries {
      let record = AuditChain.record(entry, after: last)
      insert(record)
      last = record
    }
  }

  func auditTrail(after: Int64, limit: Int) async throws -> [AuditRecord] {
    try await all(
      Self.selectAudit + "WHERE sequence > $1 ORDER BY sequence LIMIT $2",
      [.integer(after), .count(limit)]
    ) { row in try row.auditRecord() }
  }

  func auditTrail(
    before: Int64?, of heatPump: ResourceID?, since: Timestamp?, limit: Int
  ) async throws -> [AuditRecord] {
    try await all(
      Self.selectAudit
        + """
        WHERE sequence < $1 AND at >= $2 AND ($3 IS NULL OR heat_pump = $3)
        ORDER BY sequence DESC LIMIT $4
        """,
      [
        .integer(before ?? .max), .integer(since?.microseconds ?? .min), .id(heatPump),
        .count(limit),
      ]
    ) { row in try row.auditRecord() }
  }

  // The order is the one in which `ColumnReading.auditRecord()` reads.
  private static let selectAudit = """
    SELECT sequence, at, organisation, user_id, heat_pump, operation, origin_kind, origin_name,
      origin_occasion, state, changes, previous, hash
    FROM audit\u{20}
    """

  private func insert(_ record: AuditRecord) {
    let entry = record.entry
    send(
      """
      INSERT INTO audit (
        sequence, at, organisation, user_id, heat_pump, operation, origin_kind, origin_name,
        origin_occasion, state, changes, previous, hash
      ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
      """,
      [
        .integer(record.sequence), .time(entry.at), .text(entry.heatPump.organisation),
        .id(entry.heatPump.user), .id(entry.heatPump.id), .id(entry.operationID),
        .text(entry.origin.kind.rawValue), .text(entry.origin.name),
        .text(entry.origin.occasion), .text(entry.state.rawValue), .bytes(entry.changes),
        .bytes(record.previous), .bytes(record.hash),
      ])
  }
}
