import GatewayCore
import Storage
import TestSupport
import Testing

@testable import PostgresStorage
@testable import StorageConformance

/// Goal: with several gateways at once, a reader of the log misses nothing, and the trail is one
/// chain.
/// Method: storages of their own on one schema append at the same time, and readers follow by
/// number.
@Suite struct OrderTests {
  @Test func `a reader that follows by number has seen all events in the end`() async throws {
    let settings = try await freshSettings()
    let storages = [
      try await PostgresStorage.open(settings), try await PostgresStorage.open(settings),
    ]
    let count = 150
    let isOver = Locked(false)
    let reader = Task {
      var (seen, last): ([Int64], Int64) = ([], 0)
      while true {
        let wasOver = isOver.withLock { $0 }
        let events = try await storages[0].loggedEvents(
          of: "north", after: last, .everything, limit: 1000)
        seen += events.map(\.sequence)
        last = events.last?.sequence ?? last
        if wasOver, events.isEmpty { return seen }
      }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...count {
        group.addTask {
          let event = Samples.happening(number)
          try await storages[number % 2].append(EventBatch(events: [event]))
        }
      }
      try await group.waitForAll()
    }
    isOver.withLock { $0 = true }
    #expect(try await reader.value == (1...Int64(count)).map { $0 })
    for storage in storages { await storage.close() }
  }

  @Test func `two gateways write one audit chain`() async throws {
    let settings = try await freshSettings()
    let storages = [
      try await PostgresStorage.open(settings), try await PostgresStorage.open(settings),
    ]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...100 {
        group.addTask {
          try await storages[number % 2].conclude(
            [], at: Samples.time(), lease: nil, audit: [Samples.entry(number)])
        }
      }
      try await group.waitForAll()
    }
    let trail = try await storages[0].auditTrail(after: 0, limit: 1000)
    #expect(trail.count == 100)
    var last: AuditRecord?
    for record in trail {
      #expect(AuditChain.fault(in: record, after: last) == nil)
      last = record
    }
    for storage in storages { await storage.close() }
  }

  @Test func `what lies in the tables is measured`() async throws {
    let storage = try await PostgresStorage.open(try await freshSettings())
    _ = try await storage.accept(Samples.operation(1), key: nil, lane: Samples.request())
    try await storage.subscribe(1)
    try await storage.append(Samples.happenings(1...3))
    let measures = try await storage.measures()
    #expect(measures.databaseBytes > 10_000 && measures.logBytes == nil)
    #expect(measures.operations == [.queued: 1, .accepted: 0])
    #expect(measures.oldestOpen == Samples.operation(1).acceptedAt)
    #expect(measures.pendingDeliveries == 3 && measures.subscriptions == ["active": 1])
    await storage.close()
  }

  @Test func `the trail cannot be changed`() async throws {
    let settings = try await freshSettings()
    let storage = try await PostgresStorage.open(settings)
    try await storage.conclude([], at: Samples.time(), lease: nil, audit: [Samples.entry(1)])
    for statement in ["UPDATE audit SET at = 0", "DELETE FROM audit", "TRUNCATE audit"] {
      await #expect(throws: StorageFault.self) {
        try await storage.write { session in _ = try await session.send(statement).rows() }
      }
    }
    await storage.close()
  }

  @Test func `of two gateways each takes other deliveries, and neither waits`() async throws {
    let settings = try await freshSettings()
    let first = try await PostgresStorage.open(settings)
    let second = try await PostgresStorage.open(settings)
    try await first.subscribe(1)
    try await first.append(Samples.happenings(1...20))
    async let some = first.claimDeliveries(Samples.claim(1, limit: 10))
    async let others = second.claimDeliveries(Samples.claim(2, limit: 10))
    let taken = try await (some + others).map(\.event.sequence)
    #expect(Set(taken).count == taken.count)
    let rest = try await first.claimDeliveries(Samples.claim(1, limit: 20))
    #expect((taken + rest.map(\.event.sequence)).sorted() == (1...20).map { Int64($0) })
    await first.close()
    await second.close()
  }
}
