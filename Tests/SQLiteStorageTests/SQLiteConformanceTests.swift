import GatewayCore
import SQLiteStorage
import Storage
import StorageConformance
import Testing

/// Goal: the storage in a file keeps every promise, and keeps what it was given.
/// Method: the suite that all storages pass, each case in a folder of its own.
@Suite struct SQLiteConformanceTests {
  @Test(arguments: ConformanceCase.all)
  func `it keeps the promise`(promise: ConformanceCase) async throws {
    let folder = try TemporaryFolder()
    try await promise.run { try await SQLiteStorage.open(path: folder.file("gateway.db")) }
  }

  @Test(arguments: DurabilityCase.all)
  func `what survives`(content: DurabilityCase) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    try await content.run {
      try await SQLiteStorage.open(path: path)
    } _: { storage in
      await storage.close()
      return try await SQLiteStorage.open(path: path)
    }
  }
}
