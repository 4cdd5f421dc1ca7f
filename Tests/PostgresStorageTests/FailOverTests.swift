import GatewayCore
import Storage
import TestSupport
import Testing

@testable import PostgresStorage
@testable import StorageConformance

/// Goal: when a server dies and its replica takes over, nothing that was acknowledged is lost, and
/// nobody restarts anything.
/// Method: a primary and a synchronous replica of the test's own; writers go on while the one is
/// killed and the other promoted.
@Suite struct FailOverTests {
  @Test func `what was acknowledged is on the replica that takes over`() async throws {
    let primary = try await PostgresServer()
    let replica = try await PostgresServer(replicaOf: primary)
    var settings = freshSettings(on: primary)
    settings.url = Secret(
      "postgresql:///postgres?host=\(primary.folder),\(replica.folder)&user=gateway")
    settings.connectTime = .seconds(2)
    settings.statementTime = .seconds(2)
    let storage = try await PostgresStorage.open(settings)
    let acknowledged = Locked<[ResourceID]>([])
    let isOver = Locked(false)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask {
          var number = writer * 100_000
          while !isOver.withLock({ $0 }) {
            number += 1
            let operation = Samples.operation(number, on: Samples.heatPump(writer))
            let acceptance = try? await storage.accept(
              operation, key: nil, lane: Samples.request(at: Int64(number)))
            guard acceptance != nil else { continue }
            acknowledged.withLock { $0.append(operation.id) }
          }
        }
      }
      let count: @Sendable () -> Int = { acknowledged.withLock { $0.count } }
      try await eventually("some writes") { count() > 100 }
      try await primary.kill()
      let before = count()
      try await replica.promote()
      try await eventually("writes to the other", within: .seconds(60)) { count() > before + 100 }
      isOver.withLock { $0 = true }
      try await group.waitForAll()
    }
    var missing: [ResourceID] = []
    for id in acknowledged.withLock({ $0 }) {
      if try await storage.operation(id) == nil { missing.append(id) }
    }
    #expect(missing.isEmpty, "\(missing.count) of \(acknowledged.withLock { $0.count })")
    await storage.close()
    try await replica.stop()
  }
}
