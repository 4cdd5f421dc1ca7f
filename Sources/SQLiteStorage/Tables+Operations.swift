import GRDB
import GatewayCore
import Storage

extension Tables {
  func accept(
    _ operation: NewOperation, key: IdempotencyKey?, lane request: LaneRequest,
    departing: Departure? = nil
  ) throws -> Acceptance {
    if let key, let record = try keyRecord(key) { return record.acceptance(of: key) }
    let (number, state) = try madeLane(of: operation.heatPump)
    let lease = try claimLane(number, state, operation.heatPump, request)
    var stored = StoredOperation(accepting: operation, sequence: 0)
    if let departing, departing.happens(with: lease) { try stored.send(departing.attempt) }
    try insert(&stored, key: key, heatPump: number)
    if let key { try insert(key, for: operation) }
    return .accepted(stored, lease: lease)
  }

  func markSent(_ ids: [ResourceID], _ attempt: SendAttempt, lease: LaneLease) throws {
    guard let number = try number(of: lease.heatPump) else { throw StorageFault.leaseLost }
    let attempts = Octets.of([attempt])
    for id in ids {
      let changed = try run(
        Self.send, [attempt.at.microseconds, attempts, id, number, lease.fence])
      if changed == 1 { continue }
      try checkLease(lease)
      throw StorageFault.outdated
    }
  }

  // `StoredOperation.send(_:)`, in the lane of the one who has it.
  private static let send = KeptStatement(
    """
    UPDATE operation SET state = 'sent', changed_at = ?1,
      attempts = CAST(attempts || ?2 AS BLOB)
    WHERE id = ?3 AND heat_pump = ?4 AND state IN ('queued', 'sent') AND EXISTS (
      SELECT 1 FROM heat_pump
      WHERE number = ?4 AND lane_owner IS NOT NULL AND lane_fence = ?5)
    """)

  func conclude(
    _ conclusions: [Conclusion], at now: Timestamp, lease: LaneLease?, audit: [AuditEntry]
  ) throws {
    let number = try lease.map { try checkLease($0) }
    for conclusion in conclusions {
      if try !concludeUnseen(conclusion, at: now, of: number) {
        guard var operation = try operation(conclusion.operationID),
          lease == nil || lease?.heatPump == operation.request.heatPump
        else { throw StorageFault.outdated }
        try operation.conclude(conclusion, at: now)
        try update(operation)
      }
      try settleKey(of: conclusion.operationID, conclusion.key)
    }
    try append(audit)
  }

  // `StoredOperation.conclude(_:at:)` without a look at the row, where no more is to be known of it
  // than the statement can ask: none of its fields has been overtaken before, as is usual.
  private func concludeUnseen(
    _ conclusion: Conclusion, at now: Timestamp, of heatPump: Int64?
  ) throws -> Bool {
    guard conclusion.notBefore == nil else { return false }
    return try run(
      Self.conclude,
      [
        conclusion.state.rawValue, now.microseconds,
        Texts.superseded(conclusion.supersededFields), conclusion.outcome,
        conclusion.operationID, heatPump,
      ]) == 1
  }

  // A list of three would be put into a table of its own each time; one of two is not.
  private static let conclude = KeptStatement(
    """
    UPDATE operation SET state = ?1, changed_at = ?2, superseded = ?3, outcome = ?4
    WHERE id = ?5 AND (state IN ('queued', 'sent') OR state = 'accepted')
      AND superseded = x'' AND (?6 IS NULL OR heat_pump = ?6)
    """)

  func cancel(_ id: ResourceID, at now: Timestamp, audit: AuditEntry) throws -> Cancellation {
    guard var operation = try operation(id) else { return .notFound }
    guard operation.cancel(at: now) else { return .tooLate(operation) }
    try update(operation)
    try settleKey(of: id, .release)
    try append([audit])
    return .cancelled(operation)
  }

  func operation(_ id: ResourceID) throws -> StoredOperation? {
    try first(Self.select + "WHERE operation.id = ?", [id]) { row in
      try row.operation()
    }
  }

  func openOperations(of heatPump: HeatPumpReference) throws -> [StoredOperation] {
    guard let number = try number(of: heatPump) else { return [] }
    return try all(
      Self.select
        + """
        WHERE operation.heat_pump = ? AND state IN ('queued', 'sent') ORDER BY operation.sequence
        """,
      [number]
    ) { row in try row.operation() }
  }

  func operations(
    of heatPump: HeatPumpReference, before: Int64?, limit: Int
  ) throws -> [StoredOperation] {
    guard let number = try number(of: heatPump) else { return [] }
    // Each of the two has an index; the newest of both are the newest of all.
    let found = try ["IN", "NOT IN"].flatMap { isAmong in
      try all(
        Self.select
          + """
          WHERE operation.heat_pump = ? AND operation.sequence < ?
            AND state \(isAmong) ('queued', 'sent')
          ORDER BY operation.sequence DESC LIMIT ?
          """,
        [number, before ?? .max, max(0, limit)]
      ) { row in try row.operation() }
    }
    return Array(found.sorted { $0.sequence > $1.sequence }.prefix(max(0, limit)))
  }

  func acceptedOperations(of organisation: String) throws -> [StoredOperation] {
    try all(
      Self.select
        + "WHERE state = 'accepted' AND organisation = ? ORDER BY operation.sequence",
      [organisation]
    ) { row in try row.operation() }
  }

  func acceptedOperations(of heatPump: HeatPumpReference) throws -> [StoredOperation] {
    guard let number = try number(of: heatPump) else { return [] }
    return try all(
      Self.select
        + """
        WHERE operation.heat_pump = ? AND state = 'accepted' AND state NOT IN ('queued', 'sent')
        ORDER BY operation.sequence
        """,
      [number]
    ) { row in try row.operation() }
  }

  // The order is the one in which `ColumnReading.operation()` reads.
  static let operationColumns = """
    operation.id, heat_pump.organisation, heat_pump.user, heat_pump.id, origin_kind, origin_name,
      origin_occasion, patch, precondition, accepted_at, expires_at, retries, not_before,
      traceparent, operation.sequence, operation.state, attempts, changed_at, superseded, outcome
    """

  private static let select = """
    SELECT \(operationColumns)
    FROM operation JOIN heat_pump ON heat_pump.number = operation.heat_pump\u{20}
    """

  /// Inserts an operation that has just been accepted, and gives it its row's number.
  ///
  /// - Parameters:
  ///   - number: the heat pump's.
  ///   - hookEvent: the number of the event that it was made of, if it was.
  func insert(
    _ stored: inout StoredOperation, key: IdempotencyKey?, heatPump number: Int64,
    hookEvent: Int64? = nil
  ) throws {
    let operation = stored.request
    try run(
      Self.insertOperation,
      [
        operation.id, number, stored.state.rawValue, stored.changedAt.microseconds,
        operation.acceptedAt.microseconds, operation.expiresAt.microseconds,
        operation.notBefore.microseconds, operation.retries, operation.origin.kind.rawValue,
        operation.origin.name, operation.origin.occasion, key?.app, key?.key, operation.patch,
        operation.precondition.map(Octets.of), Octets.of(stored.attempts), hookEvent,
        operation.traceparent,
      ])
    stored.sequence = lastNumber
  }

  private static let insertOperation = KeptStatement(
    """
    INSERT INTO operation (
      id, heat_pump, state, changed_at, accepted_at, expires_at, not_before, retries,
      origin_kind, origin_name, origin_occasion, key_app, key_name, patch, precondition,
      attempts, superseded, outcome, hook_event, traceparent
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'', x'', ?, ?)
    """)

  private func update(_ operation: StoredOperation) throws {
    try run(
      """
      UPDATE operation SET state = ?, changed_at = ?, not_before = ?, attempts = ?,
        superseded = ?, outcome = ?
      WHERE sequence = ?
      """,
      [
        operation.state.rawValue, operation.changedAt.microseconds,
        operation.request.notBefore.microseconds, Octets.of(operation.attempts),
        Texts.superseded(operation.supersededFields), operation.outcome,
        operation.sequence,
      ])
  }
}
