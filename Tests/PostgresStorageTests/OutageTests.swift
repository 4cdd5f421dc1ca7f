import GatewayCore
import Storage
import TestSupport
import Testing

@testable import PostgresStorage

/// Goal: a server that goes is told as unavailable at once, and its return is noticed by itself.
/// Method: a server of the test's own, stopped and started.
@Suite struct OutageTests {
  @Test func `calls fail while the server is away, and work again when it is back`() async throws {
    let server = try await PostgresServer()
    let storage = try await PostgresStorage.open(freshSettings(on: server))
    try await storage.check()
    try await server.stop()
    let clock = SystemClock()
    let before = clock.monotonic
    for _ in 0..<20 {
      await #expect(throws: StorageFault.self) { try await storage.check() }
      await #expect(throws: StorageFault.self) {
        try await storage.auditTrail(after: 0, limit: 1)
      }
    }
    // Forty calls that each waited would take minutes; a busy machine takes seconds.
    #expect(clock.monotonic - before < .seconds(30))
    #expect(storage.statistics.presentFault != nil)
    try await server.start()
    try await eventually("a write") { (try? await storage.check()) != nil }
    #expect(storage.statistics.presentFault == nil)
    await storage.close()
    try await server.stop()
  }

  @Test func `a restart between two calls is not noticed`() async throws {
    let server = try await PostgresServer()
    let storage = try await PostgresStorage.open(freshSettings(on: server))
    try await server.stop()
    try await server.start()
    try await storage.check()
    await storage.close()
    try await server.stop()
  }

  @Test func `a server that comes later gets its tables then`() async throws {
    let server = try await PostgresServer()
    try await server.stop()
    let settings = freshSettings(on: server)
    await #expect(throws: StorageFault.self) { try await PostgresStorage.open(settings) }
    let storage = try await PostgresStorage.open(settings, mayBeAway: true)
    await #expect(throws: StorageFault.self) { try await storage.check() }
    try await server.start()
    try await eventually("a write") { (try? await storage.check()) != nil }
    await storage.close()
    try await server.stop()
  }

  @Test func `a commit whose answer is lost is not taken for one that failed`() async throws {
    // The connection ends after the commit was sent: what was asked for may have happened, so it
    // must not be done again.
    let settings = try await freshSettings()
    let storage = try await PostgresStorage.open(settings)
    let runs = Locked(0)
    await #expect(throws: StorageFault.self) {
      try await storage.write { session in
        runs.withLock { $0 += 1 }
        session.send("UPDATE health SET checks = 100 WHERE number = 1")
        session.sendCommit()
        session.connection.endRound()
        session.connection.close()
      }
    }
    #expect(runs.withLock { $0 } == 1)
    await storage.close()
  }
}
