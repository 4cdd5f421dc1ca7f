import GatewayCore
import Storage
import TestSupport
import Testing

@testable import PostgresStorage
@testable import StorageConformance

/// Goal: operators and auditors read a schema that a gateway has made, and make none.
@Suite struct ReaderTests {
  @Test func `what a gateway stored is read`() async throws {
    let settings = try await freshSettings()
    let storage = try await PostgresStorage.open(settings)
    for number in 1...3 {
      try await storage.conclude(
        [], at: Samples.time(), lease: nil,
        audit: [Samples.entry(number, at: Int64(number) * 100)])
    }
    let reader = try await PostgresReader.open(settings)
    let newest = try await reader.auditTrail(
      before: nil, of: Samples.heatPump().id, since: Samples.time(200), limit: 10)
    #expect(newest.map(\.sequence) == [3, 2])
    #expect(try await reader.auditTrail(after: 1, limit: 1).map(\.sequence) == [2])
    let others = try await reader.auditTrail(
      before: nil, of: Samples.id(2, 9), since: nil, limit: 10)
    #expect(others.isEmpty)
    #expect(try await reader.hookEvent(Samples.id(5, 1)) == nil)
    await reader.close()
    await storage.close()
  }

  @Test func `a schema that no gateway has made is not made`() async throws {
    let settings = try await freshSettings()
    await #expect(
      throws: StorageFault.damaged("there is no schema \(settings.schema) of a gateway's")
    ) {
      try await PostgresReader.open(settings)
    }
    let found = try await numbers(
      settings, "SELECT count(*) FROM pg_namespace WHERE nspname = '\(settings.schema)'")
    #expect(found == [0])
  }
}
