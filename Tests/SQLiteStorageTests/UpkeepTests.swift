import GatewayCore
import Storage
import Testing

@testable import SQLiteStorage

/// Goal: the audit trail cannot be rewritten unnoticed, and a copy of the database is a whole one.
/// Method: forgery through the storage's own connection; copies opened like any other file.
@Suite struct UpkeepTests {
  @Test(arguments: ["UPDATE audit SET state = 'verified'", "DELETE FROM audit"])
  func `the trail is append-only`(forgery: String) async throws {
    try await withStorage { storage in
      try await storage.conclude([], at: noon, lease: nil, audit: [entry(1), entry(2)])
      let fault = await #expect(throws: StorageFault.self) {
        try await storage.write { _ = try $0.run(forgery) }
      }
      #expect(String(describing: fault).contains("the audit trail is append-only"))
      #expect(
        try await storage.auditTrail(after: 0, limit: 9).map(\.entry) == [entry(1), entry(2)])
    }
  }

  @Test(arguments: [
    (
      "UPDATE audit SET changes = x'' WHERE sequence = 2", "audit record 2: its content was changed"
    ),
    ("DELETE FROM audit WHERE sequence = 2", "audit record 3: a record is missing before it"),
  ])
  func `a trail that was forged all the same is found out`(
    forgery: String, finding: String
  ) async throws {
    try await withStorage { storage in
      try await storage.conclude(
        [], at: noon, lease: nil, audit: (1...1200).map(entry))
      #expect(try await storage.integrityCheck() == [])
      try await storage.write { tables in
        try tables.run("DROP TRIGGER audit_is_not_changed")
        try tables.run("DROP TRIGGER audit_is_not_deleted")
        _ = try tables.run(forgery)
      }
      #expect(try await storage.integrityCheck() == [finding])
    }
  }

  @Test func `a copy holds everything, is the owner's alone, and replaces nothing`() async throws {
    let folder = try TemporaryFolder()
    let copy = folder.file("copy.db")
    try await withStorage { storage in
      for number in 1...300 {
        _ = try await storage.accept(operation(number), key: nil, lane: request)
      }
      try await storage.backup(to: copy)
      _ = try await storage.accept(operation(301), key: nil, lane: request)
      await #expect(throws: StorageFault.unavailable("\(copy) exists already")) {
        try await storage.backup(to: copy)
      }
    }
    #expect(mode(of: copy) == 0o600)
    #expect(folder.names == ["copy.db"])
    try await withOpen(copy) { storage in
      let open = try await storage.openOperations(of: heatPump)
      #expect(open.count == 300)
      #expect(try await storage.integrityCheck() == [])
    }
  }

  @Test func `what waits is counted, and so are the bytes`() async throws {
    try await withStorage { storage in
      #expect(try await storage.measures().oldestOpen == nil)
      for number in 1...4 {
        var operation = operation(number)
        operation.acceptedAt = noon + .seconds(number)
        _ = try await storage.accept(operation, key: nil, lane: request)
      }
      let lease = LaneLease(heatPump: heatPump, fence: 1, until: request.until)
      try await storage.markSent(
        [operation(2).id, operation(3).id], SendAttempt(at: noon, body: 1), lease: lease)
      try await storage.conclude(
        [
          Conclusion(operationID: operation(1).id, state: .failed),
          Conclusion(operationID: operation(3).id, state: .accepted),
        ], at: noon, lease: lease, audit: [])
      let measures = try await storage.measures()
      #expect(measures.operations == [.queued: 1, .sent: 1, .accepted: 1])
      #expect(measures.oldestOpen == noon + .seconds(2))
      #expect(measures.databaseBytes > 10_000 && (measures.logBytes ?? 0) > 10_000)
    }
  }

  @Test func `the frozen statements name all states that are open`() {
    let open = OperationState.allCases.filter(\.isOpen).map(\.rawValue)
    #expect(open == ["queued", "sent"])
  }

  @Test func `what waits is found by an index, however long the history is`() async throws {
    try await withStorage { storage in
      let plans = try await storage.read { tables in
        try [
          "SELECT * FROM operation WHERE heat_pump = 1 AND state IN ('queued', 'sent')",
          "SELECT heat_pump, min(sequence) FROM operation WHERE state IN ('queued', 'sent') "
            + "GROUP BY heat_pump",
          "SELECT * FROM operation WHERE state = 'accepted'",
          "SELECT * FROM operation WHERE heat_pump = 1 AND sequence < 9 "
            + "AND state IN ('queued', 'sent') ORDER BY sequence DESC",
          "SELECT * FROM operation WHERE heat_pump = 1 AND sequence < 9 "
            + "AND state NOT IN ('queued', 'sent') ORDER BY sequence DESC",
          "SELECT * FROM operation WHERE heat_pump = 1 AND state = 'accepted' "
            + "AND state NOT IN ('queued', 'sent') ORDER BY sequence",
        ].map { query in
          try tables.all("EXPLAIN QUERY PLAN " + query) { row in
            for _ in 0..<3 { _ = try row.integer() }
            return try row.text()
          }.joined(separator: "; ")
        }
      }
      let indices = [
        "operation_open", "operation_open", "operation_accepted", "operation_open",
        "operation_history", "operation_history",
      ]
      for (plan, index) in zip(plans, indices) {
        #expect(plan.contains("INDEX \(index)"), "\(plan)")
      }
    }
  }
}
