import GRDB
import GatewayCore
public import Storage

extension SQLiteStorage {
  /// Reads the whole file: its pages and indices, references between tables, and the audit chain.
  ///
  /// It takes seconds per gigabyte, and writing goes on meanwhile.
  ///
  /// - Returns: what is wrong, in words; empty if all is well.
  /// - Throws: ``StorageFault`` if that cannot be found out.
  public func integrityCheck() async throws(StorageFault) -> [String] {
    try await read { tables in
      var findings = try tables.all("PRAGMA integrity_check(100)") { try $0.text() }
      if findings == ["ok"] { findings = [] }
      findings += try tables.all("PRAGMA foreign_key_check") { row in
        "a row of \(try row.text()) refers to one that is missing"
      }
      return findings + (try tables.auditFaults())
    }
  }

  /// Measures file and content; cheap, however long the history is.
  ///
  /// - Throws: ``StorageFault``.
  public func measures() async throws(StorageFault) -> StorageMeasures {
    try await connection { database in
      let tables = Tables(database)
      var measures = try tables.waiting()
      try tables.measureDeliveries(&measures)
      measures.jobs = try tables.openJobs()
      measures.databaseBytes = try Files.status(of: self.path)?.size ?? 0
      measures.logBytes = try Files.status(of: self.path + "-wal")?.size ?? 0
      return measures
    }
  }

  /// Writes a copy of the database, as it is at one moment, to a new file. Writing goes on
  /// meanwhile.
  ///
  /// - Parameter path: the new file; it appears when it is complete.
  /// - Throws: ``StorageFault``: `unavailable` if it exists already or cannot be written.
  public func backup(to path: String) async throws(StorageFault) {
    try await connection { try $0.copy(to: path) }
  }
}

extension Tables {
  // The planner does not know how short the partial indices are.
  fileprivate func waiting() throws -> StorageMeasures {
    var measures = StorageMeasures()
    let open = try all(
      """
      SELECT state, count(*), min(accepted_at) FROM operation INDEXED BY operation_open
      WHERE state IN ('queued', 'sent') GROUP BY state
      """
    ) { row in (try row.name(OperationState.self), Int(try row.integer()), try row.time()) }
    for (state, count, oldest) in open {
      measures.operations[state] = count
      measures.oldestOpen = min(measures.oldestOpen ?? oldest, oldest)
    }
    measures.operations[.accepted] = try first(
      """
      SELECT count(*) FROM operation INDEXED BY operation_accepted WHERE state = 'accepted'
      """
    ) { row in Int(try row.integer()) }
    return measures
  }

  // Few subscriptions, and of deliveries just those that wait.
  fileprivate func measureDeliveries(_ measures: inout StorageMeasures) throws {
    let states = try all(
      "SELECT state, count(*) FROM subscription WHERE state <> 'deleted' GROUP BY state"
    ) { row in (try row.text(), Int(try row.integer())) }
    measures.subscriptions = Dictionary(uniqueKeysWithValues: states)
    let waiting = try all(
      """
      SELECT count(*), min(queued_at) FROM subscription
      JOIN delivery INDEXED BY delivery_due ON delivery.subscription = subscription.number
      WHERE subscription.state = 'active' AND delivery.state = 'pending'
      """
    ) { row in (Int(try row.integer()), try row.optionalTime()) }
    (measures.pendingDeliveries, measures.oldestDelivery) = waiting.first ?? (0, nil)
  }

  fileprivate func openJobs() throws -> [JobState: Int] {
    let states = try all(
      """
      SELECT state, count(*) FROM job INDEXED BY job_open
      WHERE state IN ('queued', 'running', 'reverting') GROUP BY state
      """
    ) { row in (try row.name(JobState.self), Int(try row.integer())) }
    return Dictionary(states) { first, _ in first }
  }

  // Record by record, since the trail may be larger than memory.
  fileprivate func auditFaults() throws -> [String] {
    var last: AuditRecord?
    // Somebody may have put a record in front of the first one.
    var position = Int64.min
    while true {
      let records = try auditTrail(after: position, limit: 500)
      guard let newest = records.last else { return [] }
      for record in records {
        if let fault = AuditChain.fault(in: record, after: last) {
          return ["audit record \(record.sequence): \(fault)"]
        }
        last = record
      }
      position = newest.sequence
    }
  }
}
