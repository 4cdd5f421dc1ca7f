import GRDB
import GatewayCore
import Storage
import Testing

@testable import SQLiteStorage

/// Goal: files of the first release take events, and events are found and told apart by indices.
/// Method: a file made by the first migration alone; query plans; statistics of the writer.
@Suite struct HookEventTests {
  @Test func `a file of the first release keeps its content and takes events`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    try makeFirstRelease(path)
    try await withOpen(path) { storage in
      #expect(try await storage.integrityCheck() == [])
      let open = try await storage.openOperations(of: heatPump)
      #expect(open.map(\.request) == [operation(1)])
      let acceptance = try await storage.accept(event(2), lane: request)
      #expect(acceptance.lease?.fence == 1)
      #expect(try await storage.openOperations(of: heatPump).count == 2)
      #expect(try await storage.prune(operations: noon, keys: noon, settings: noon) == 1)
      let left = try await storage.operations(of: heatPump, before: nil, limit: 9)
      #expect(left.map(\.request.id) == [2, 1].map { operation($0).id })
      #expect(try await storage.integrityCheck() == [])
    }
  }

  @Test func `many events share a commit with one another and with operations`() async throws {
    try await withStorage { storage in
      let before = storage.statistics
      let gate = Gate()
      async let held: Void = storage.write { _ in gate.pass() }
      await gate.arrival()
      let events = (1...100).map { number in
        Task { try await storage.accept(event(number), lane: request) }
      }
      // The id of the last event's operation: of the two, one is refused, alone.
      let rival = Task { try await storage.accept(operation(101), key: nil, lane: request) }
      await gathered(101, in: storage)
      let taken = Task { try await storage.accept(event(101), lane: request) }
      await gathered(102, in: storage)
      gate.open()
      try await held
      for event in events { _ = try await event.value }
      _ = try await rival.value
      await #expect(throws: StorageFault.self) { try await taken.value }
      #expect(storage.statistics.commits - before.commits == 2)
      #expect(try await storage.openOperations(of: heatPump).count == 101)
      #expect(try await storage.hookEvent(event(101).id) == nil)
    }
  }

  @Test func `every list of a state is read from an index, in its order`() async throws {
    try await withStorage { storage in
      for state in HookEventState.allCases where state != .accepted {
        let indices = state.operationStates.map { _ in "operation_hook_event" }
        let own =
          switch state {
          case .ignored: ["hook_event_ignored"]
          case .dead: ["hook_event_refused"]
          case .accepted, .applied, .merged, .expired: [String]()
          }
        let sources = HookEventSource.all(of: state)
        #expect(sources.count == indices.count + own.count)
        for (source, index) in zip(sources, indices + own) {
          let plan = try await plan(
            "SELECT 1 " + Tables.clause(source)
              + "AND \(source.order) < 9 ORDER BY \(source.order) DESC LIMIT 9", storage)
          #expect(plan.contains("INDEX \(index) "), "\(plan)")
          #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
        }
      }
      let source = try #require(HookEventSource.all(of: .accepted).first)
      let open = try await plan("SELECT 1 " + Tables.clause(source), storage)
      #expect(open.contains("INDEX operation_open"), "\(open)")
    }
  }

  @Test func `an event whose operation is missing is damage and no crash`() async throws {
    try await withStorage { storage in
      _ = try await storage.accept(event(1), lane: request)
      _ = try await storage.write { try $0.run("DELETE FROM operation") }
      await #expect(throws: StorageFault.damaged("id holds what no release has written")) {
        try await storage.hookEvent(event(1).id)
      }
    }
  }

  private func plan(_ query: String, _ storage: SQLiteStorage) async throws -> String {
    try await storage.read { tables in
      try tables.all("EXPLAIN QUERY PLAN " + query) { row in
        for _ in 0..<3 { _ = try row.integer() }
        return try row.text()
      }.joined(separator: "; ")
    }
  }

  /// A file as the first release left it: with two operations, of which one has ended.
  private func makeFirstRelease(_ path: String) throws {
    let queue = try DatabaseQueue(path: path)
    try Schema.migrator.migrate(queue, upTo: "1 operations, answers, audit")
    try queue.write { database in
      try Tables(database).run(
        """
        INSERT INTO heat_pump (organisation, user, id, lane_fence, lane_until)
        VALUES (?, ?, ?, 0, 0)
        """,
        [heatPump.organisation, heatPump.user, heatPump.id])
      for (number, state, time) in [(1, "queued", noon), (0, "failed", noon - .seconds(1))] {
        let operation = operation(number)
        try Tables(database).run(
          """
          INSERT INTO operation (
            id, heat_pump, state, changed_at, accepted_at, expires_at, not_before, retries,
            origin_kind, origin_name, origin_occasion, patch, attempts, superseded, outcome
          ) VALUES (?, 1, ?, ?, ?, ?, ?, 0, 'app', 'comfort', ?, ?, x'', x'', x'')
          """,
          [
            operation.id, state, time.microseconds, time.microseconds,
            operation.expiresAt.microseconds, noon.microseconds, "\(number)", operation.patch,
          ])
      }
    }
    try queue.close()
  }
}

private func event(_ number: Int) -> NewHookEvent {
  var operation = operation(number)
  operation.origin = OperationOrigin(kind: .hook, name: "ring", occasion: "\(number)")
  return NewHookEvent(
    id: ResourceID(high: 5, low: UInt64(number)), organisation: "north", hook: "ring",
    key: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32), receivedAt: noon,
    body: Array("{}".utf8), decision: .operation(operation, rule: "nobody-home"))
}

extension HookEventAcceptance {
  fileprivate var lease: LaneLease? {
    guard case .accepted(_, let lease) = self else { return nil }
    return lease
  }
}
