import GatewayCore
import Storage
import StorageConformance
import Testing

/// Goal: the storage in memory keeps every promise that one on disk keeps.
/// Method: the suite that all storages pass.
@Suite struct InMemoryStorageTests {
  @Test(arguments: ConformanceCase.all)
  func `it keeps the promise`(promise: ConformanceCase) async throws {
    try await promise.run { InMemoryStorage() }
  }

  @Test func `it fails on demand and recovers`() async throws {
    let storage = InMemoryStorage()
    try await storage.check()
    storage.fail(with: .unavailable("disk full"))
    await #expect(throws: StorageFault.unavailable("disk full")) { try await storage.check() }
    await #expect(throws: StorageFault.unavailable("disk full")) {
      try await storage.acceptedOperations(of: "north")
    }
    storage.fail(with: nil)
    try await storage.check()
  }
}
