import GRDB
import GatewayCore
import Storage
import Testing

@testable import SQLiteStorage

/// Goal: files of the release before take events out, and a long log slows nobody down.
/// Method: a file made by the first two migrations; query plans; statistics of the writer.
@Suite struct EventsOutTests {
  @Test func `a file of the release before keeps its content and takes events out`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    try makeSecondRelease(path)
    try await withOpen(path) { storage in
      #expect(try await storage.integrityCheck() == [])
      _ = try await storage.createSubscription(subscription(1), limit: 1)
      try await storage.append(batch(1...3))
      #expect(try await storage.claimDeliveries(claim(9)).count == 3)
      #expect(try await storage.detector(of: heatPump)?.version == 1)
      #expect(try await storage.claimLane(heatPump, request)?.fence == 7)
      #expect(try await storage.integrityCheck() == [])
    }
  }

  @Test func `batches share commits, and one that fails harms no other`() async throws {
    try await withStorage { storage in
      _ = try await storage.createSubscription(subscription(1), limit: 1)
      let before = storage.statistics
      let gate = Gate()
      async let held: Void = storage.write { _ in gate.pass() }
      await gate.arrival()
      let appends = (0..<50).map { number in
        Task { try await storage.append(batch(number * 10...number * 10 + 9)) }
      }
      await gathered(50, in: storage)
      let taken = Task { try await storage.append(batch(495...505)) }
      await gathered(51, in: storage)
      gate.open()
      try await held
      for append in appends { #expect(try await append.value.count == 10) }
      await #expect(throws: StorageFault.self) { try await taken.value }
      #expect(storage.statistics.commits - before.commits == 2)
      #expect(try await storage.newestSequence(of: "north") == 500)
      #expect(try await storage.claimDeliveries(claim(999)).count == 500)
    }
  }

  @Test(arguments: [
    (Tables.waiting, ["delivery_due"]), (Tables.due, ["INDEX delivery_due"]),
    (Tables.listed, ["delivery USING PRIMARY KEY"]),
    (Tables.selectEvent + Tables.feed + "ORDER BY event.sequence LIMIT ?5", ["event_feed"]),
    (Tables.replayed, ["event_feed"]), (Tables.firstEvent, ["COVERING INDEX event_feed"]),
    (Tables.prunable, ["COVERING INDEX event_feed"]),
    (Tables.beyondBytes, ["COVERING INDEX event_feed"]),
    (Tables.openEvents, ["subscription_owner", "delivery USING PRIMARY KEY"]),
  ])
  func `what is asked for often is read from an index, in its order`(
    query: String, indices: [String]
  ) async throws {
    try await withStorage { storage in
      // Arguments do not change a plan: there is no statistics table.
      let plan = try await storage.read { tables in
        try tables.all(
          "EXPLAIN QUERY PLAN " + query, [Int64?](repeating: nil, count: arguments(of: query))
        ) { row in
          for _ in 0..<3 { _ = try row.integer() }
          return try row.text()
        }.joined(separator: "; ")
      }
      for index in indices { #expect(plan.contains(index), "\(plan)") }
      #expect(!plan.contains("SCAN delivery") && !plan.contains("SCAN event;"), "\(plan)")
      if query != Tables.waiting { #expect(!plan.contains("TEMP B-TREE"), "\(plan)") }
    }
  }

  @Test func `deliveries that a crash left of a deleted subscription go with the next pruning`()
    async throws
  {
    try await withStorage { storage in
      _ = try await storage.createSubscription(subscription(1), limit: 1)
      try await storage.append(batch(1...700))
      _ = try await storage.write { try $0.hideSubscription(subscription(1).id) }
      #expect(try await storage.claimDeliveries(claim(9)) == [])
      #expect(try await storage.subscription(subscription(1).id) == nil)
      try await storage.pruneEvents(retention)
      let left = try await storage.read { tables in
        try ["delivery", "subscription"].map { table in
          try tables.first("SELECT count(*) FROM \(table)") { try $0.integer() }
        }
      }
      #expect(left == [0, 0])
      #expect(try await storage.newestSequence(of: "north") == 700)
    }
  }

  @Test(arguments: [
    ("UPDATE subscription SET reason = ''", "state holds what no release has written"),
    ("UPDATE subscription SET secrets = x'7B7D'", "secrets holds what no release has written"),
    ("UPDATE subscription SET heat_pumps = x'00'", "heat_pumps holds what no release has written"),
    ("UPDATE delivery SET attempts = x'5B315D'", "attempts holds what no release has written"),
    ("DELETE FROM event", "a delivery has lost its event or subscription"),
  ])
  func `what nobody has written is damage and no crash`(
    change: String, words: String
  ) async throws {
    try await withStorage { storage in
      _ = try await storage.createSubscription(subscription(1), limit: 1)
      try await storage.append(batch(1...1))
      _ = try await storage.write { try $0.run(change) }
      await #expect(throws: StorageFault.damaged(words)) {
        try await storage.claimDeliveries(claim(9))
      }
    }
  }

  /// A file as the first two migrations leave it, with a heat pump whose lane was used.
  private func makeSecondRelease(_ path: String) throws {
    let queue = try DatabaseQueue(path: path)
    try Schema.migrator.migrate(queue, upTo: "2 hook events")
    _ = try queue.write { database in
      try Tables(database).run(
        """
        INSERT INTO heat_pump (organisation, user, id, lane_fence, lane_until)
        VALUES (?, ?, ?, 6, 0)
        """,
        [heatPump.organisation, heatPump.user, heatPump.id])
    }
    try queue.close()
  }

  private func arguments(of query: String) -> Int {
    let numbered = (1...9).filter { query.contains("?\($0)") }.max()
    return numbered ?? query.count { $0 == "?" }
  }

  private let retention = EventRetention(
    before: noon, openBefore: noon, deliveriesBefore: noon)

  private func claim(_ limit: Int) -> DeliveryRequest {
    DeliveryRequest(
      owner: ResourceID(high: 4, low: 1), now: noon, until: noon + .seconds(60), limit: limit,
      perSubscription: limit)
  }

  private func subscription(_ number: Int) -> NewSubscription {
    NewSubscription(
      id: ResourceID(high: 7, low: UInt64(number)), organisation: "north", app: "comfort",
      terms: SubscriptionTerms(
        url: "https://receiver.example/", selection: .everything, secrets: []),
      createdAt: noon)
  }

  private func batch(_ numbers: ClosedRange<Int>) -> EventBatch {
    EventBatch(
      events: numbers.map { number in
        NewEvent(
          id: ResourceID(high: 6, low: UInt64(number)), organisation: "north", heatPump: heatPump,
          type: "heat_pump.state_changed", at: noon, isPersonal: false, body: Array("{}".utf8))
      }, detectors: [DetectorChange(heatPump: heatPump, state: [1])])
  }
}
