import GatewayCore
import Storage

extension Tables {
  /// Appends entries; each follows the record that is the last one at that moment.
  func append(_ entries: [AuditEntry]) throws {
    guard !entries.isEmpty else { return }
    var last =
      try first(Self.newest) { row in
        (sequence: try row.integer(), hash: try row.bytes())
      } ?? (sequence: 0, hash: AuditChain.start)
    for entry in entries {
      let record = AuditChain.record(entry, after: last.sequence, previous: last.hash)
      try insert(record)
      last = (record.sequence, record.hash)
    }
  }

  func auditTrail(after: Int64, limit: Int) throws -> [AuditRecord] {
    try all(
      Self.select + "WHERE sequence > ? ORDER BY sequence LIMIT ?", [after, max(0, limit)]
    ) { row in try row.auditRecord() }
  }

  func auditTrail(
    before: Int64?, of heatPump: ResourceID?, since: Timestamp?, limit: Int
  ) throws -> [AuditRecord] {
    try all(
      Self.select
        + """
        WHERE sequence < ?1 AND at >= ?2 AND (?3 IS NULL OR heat_pump = ?3)
        ORDER BY sequence DESC LIMIT ?4
        """,
      [
        before ?? .max, since?.microseconds ?? .min, heatPump, max(0, limit),
      ]
    ) { row in try row.auditRecord() }
  }

  private static let select = """
    SELECT sequence, at, organisation, user, heat_pump, operation, origin_kind, origin_name,
      origin_occasion, state, changes, previous, hash
    FROM audit\u{20}
    """

  private func insert(_ record: AuditRecord) throws {
    let entry = record.entry
    try run(
      Self.insertRecord,
      [
        record.sequence, entry.at.microseconds, entry.heatPump.organisation,
        entry.heatPump.user, entry.heatPump.id, entry.operationID,
        entry.origin.kind.rawValue, entry.origin.name, entry.origin.occasion,
        entry.state.rawValue, entry.changes, record.previous,
        record.hash,
      ])
  }

  private static let newest = KeptStatement(
    "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")

  private static let insertRecord = KeptStatement(
    "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
}
