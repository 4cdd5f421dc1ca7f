import GatewayCore
import Storage
import TestSupport
import Testing

@testable import PostgresStorage

/// Goal: a few connections serve everybody, in the order in which they came.
/// Method: transactions that hold their connections until the test lets go.
@Suite struct PoolTests {
  @Test func `no more connections are made than there may be, and all calls get one`()
    async throws
  {
    var settings = try await freshSettings()
    settings.connections = 3
    let name = settings.schema
    settings.url = Secret(
      "postgresql:///postgres?host=\(try await PostgresServer.shared.folder)&user=gateway"
        + "&application_name=\(name)")
    let storage = try await PostgresStorage.open(settings)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<100 { group.addTask { try await storage.check() } }
      try await group.waitForAll()
    }
    let open = try await numbers(
      try await freshSettings(),
      "SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(name)'")
    #expect(open == [3])
    #expect(storage.statistics.commits == 101)
    await storage.close()
  }

  @Test func `whoever finds none free in time is told so`() async throws {
    var settings = try await freshSettings()
    settings.connections = 1
    settings.waitTime = .milliseconds(50)
    let storage = try await PostgresStorage.open(settings)
    let gate = Waiter<Void>()
    let clock = SystemClock()
    let holding = Task {
      try await storage.write { session in
        _ = try await session.send("SELECT 1::bigint").rows()
        _ = try? await gate.value(until: .distantFuture, clock: clock)
      }
    }
    try await eventually("no connection") {
      do {
        try await storage.check()
        return false
      } catch StorageFault.unavailable(let words) {
        return words == "no connection was free within PT0.05S"
      }
    }
    gate.resume(())
    try await holding.value
    try await storage.check()
    await storage.close()
  }

  @Test func `what lost a race is done again`() async throws {
    let storage = try await PostgresStorage.open(try await freshSettings())
    let runs = Locked(0)
    try await storage.write { session in
      let run = runs.withLock { runs in
        runs += 1
        return runs
      }
      _ = try await session.send("UPDATE health SET checks = checks + 1 WHERE number = 1").rows()
      if run == 1 { throw PostgresFault.refused(code: "40001", words: "could not serialize") }
      if run == 2 { throw LostRace() }
    }
    #expect(runs.withLock { $0 } == 3)
    await storage.close()
  }

  @Test func `closing waits for what is under way`() async throws {
    let storage = try await PostgresStorage.open(try await freshSettings())
    let writing = Task { try await storage.check() }
    try await writing.value
    await storage.close()
    await #expect(throws: StorageFault.unavailable("closed")) { try await storage.check() }
    await storage.close()
  }
}
