import GatewayCore
import PostgresStorage
import Storage
import StorageConformance
import TestSupport
import Testing

/// Goal: the storage on a server keeps every promise, and keeps what it was given.
/// Method: the suite that all storages pass, each case in a schema of its own.
@Suite struct PostgresConformanceTests {
  @Test(arguments: ConformanceCase.all)
  func `it keeps the promise`(promise: ConformanceCase) async throws {
    let settings = try await freshSettings()
    try await promise.run { try await PostgresStorage.open(settings) }
  }

  @Test(arguments: DurabilityCase.all)
  func `what survives`(content: DurabilityCase) async throws {
    let settings = try await freshSettings()
    try await content.run {
      try await PostgresStorage.open(settings)
    } _: { storage in
      await storage.close()
      return try await PostgresStorage.open(settings)
    }
  }
}
