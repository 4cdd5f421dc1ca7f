import GatewayCore
import Storage
import TestSupport
import Testing

@testable import PostgresStorage
@testable import StorageConformance

/// Goal: a commit whose answer was lost with its connection is told as what became of it.
/// Method: connections that are closed just then; another one, the line for news, outlives them.
@Suite struct LostAnswerTests {
  @Test func `one that was committed is done, and not done again`() async throws {
    try await withStorage { storage in
      let runs = Locked(0)
      let value = try await storage.write { session in
        runs.withLock { $0 += 1 }
        try await session.run("UPDATE health SET checks = 100 WHERE number = 1")
        session.sendCommit()
        session.connection.endRound()
        session.connection.close()
        return 7
      }
      #expect(value == 7 && runs.withLock { $0 } == 1)
      let checks = try await storage.read { session in
        try await session.first("SELECT checks FROM health") { row in try row.integer() }
      }
      #expect(checks == 100)
    }
  }

  @Test func `one that was not is done again`() async throws {
    try await withStorage { storage in
      let runs = Locked(0)
      try await storage.write { session in
        let run = runs.withLock { runs in
          runs += 1
          return runs
        }
        try await session.run("UPDATE health SET checks = checks + 1 WHERE number = 1")
        guard run == 1 else { return }
        // Never leaves, since the round is not ended.
        session.sendCommit()
        session.connection.close()
      }
      #expect(runs.withLock { $0 } == 2)
    }
  }

  @Test func `a change that was accepted is found with its lane`() async throws {
    try await withStorage { storage in
      let operation = Samples.operation(1)
      let lost = try await storage.write { session -> Acceptance in
        _ = try await session.accept(operation, key: nil, lane: Samples.request())
        session.connection.endRound()
        session.connection.close()
        throw PostgresFault.lost("just now")
      } orReadAgain: {
        try await $0.accepted(operation.id, lane: Samples.request())
      }
      #expect(lost.operation?.request == operation)
      let lease = try #require(lost.lease)
      #expect(lease.fence == 1)
      _ = try await storage.renewLane(lease, until: Samples.time(90))
    }
  }

  private func withStorage(_ body: (PostgresStorage) async throws -> Void) async throws {
    let storage = try await PostgresStorage.open(try await freshSettings())
    let isHeard = Locked(false)
    await storage.follow { _ in isHeard.withLock { $0 = true } }
    try await eventually("a line") { isHeard.withLock { $0 } }
    try await body(storage)
    await storage.close()
  }
}
