import GatewayCore
import Glibc
import Storage
import TestSupport
import Testing

@testable import SQLiteStorage

/// Goal: trouble with the disk is an error in words for as long as it lasts, and nothing is lost.
/// Method: the trouble itself: a disk without room, a lock, a removed file, a read-only folder.
@Suite struct TroubleTests {
  @Test func `a database that may not grow refuses writes, still reads, and recovers`()
    async throws
  {
    try await withStorage { storage in
      _ = try await storage.accept(operation(0), key: nil, lane: request)
      let limit = try await storage.write { tables in
        try tables.first("PRAGMA max_page_count = 60") { try $0.integer() }
      }
      #expect(limit == 60)
      let accepted = try await fill(storage)
      #expect(accepted < 2000)
      #expect(try await storage.openOperations(of: heatPump).count == accepted + 1)
      _ = try await storage.write { tables in
        try tables.first("PRAGMA max_page_count = 100000") { try $0.integer() }
      }
      _ = try await storage.accept(operation(9999), key: nil, lane: request)
      #expect(try await storage.integrityCheck() == [])
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a disk"))
  func `a full disk refuses writes, still reads, and recovers when there is room again`()
    async throws
  {
    let disk = try SmallDisk()
    let storage = try await SQLiteStorage.open(path: disk.file("gateway.db"))
    try write(String(repeating: "x", count: 200_000), to: disk.file("ballast"))
    let accepted = try await fill(storage)
    #expect(accepted < 2000)
    #expect(storage.statistics.failedCommits > 0)
    #expect(storage.statistics.presentFault != nil)
    #expect(try await storage.openOperations(of: heatPump).count == accepted)
    Files.remove(disk.file("ballast"))
    try await storage.check()
    #expect(storage.statistics.presentFault == nil)
    #expect(storage.statistics.lastFault != nil)
    _ = try await storage.accept(operation(9999), key: nil, lane: request)
    #expect(try await storage.integrityCheck() == [])
    await storage.close()
    let again = try await SQLiteStorage.open(path: disk.file("gateway.db"))
    #expect(try await again.openOperations(of: heatPump).count == accepted + 1)
    await again.close()
  }

  @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a disk"))
  func `a read-only disk is reported when the file is opened or made`() async throws {
    let disk = try SmallDisk()
    try await withOpen(disk.file("gateway.db")) { try await $0.check() }
    try disk.setReadOnly(true)
    for name in ["gateway.db", "other.db", "folder/other.db"] {
      guard case .unavailable(let words) = await openingFault(disk.file(name)) else {
        Issue.record("\(name) was opened")
        continue
      }
      #expect(words.contains(disk.file(name)))
    }
    try disk.setReadOnly(false)
    try await withOpen(disk.file("gateway.db")) { try await $0.check() }
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may write anywhere"))
  func `a read-only folder or file is reported when it is opened`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    try await withOpen(path) { try await $0.check() }
    for (target, rights) in [(path, mode_t(0o400)), (folder.path, 0o500)] {
      let before = try #require(mode(of: target))
      #expect(chmod(target, rights) == 0)
      guard case .unavailable = await openingFault(path) else {
        Issue.record("it was opened")
        continue
      }
      #expect(chmod(target, before) == 0)
    }
    try await withOpen(path) { try await $0.check() }
  }

  @Test func `another's lock is waited for, then reported, and later writing goes on`()
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    let other = try await SQLiteStorage.open(path: path)
    let storage = try await SQLiteStorage.open(path: path, busyTimeout: .milliseconds(20))
    let gate = Gate()
    async let held: Void = other.write { tables in
      try tables.check()
      gate.pass()
    }
    await gate.arrival()
    let call = await #expect(throws: StorageFault.self) {
      try await storage.accept(operation(1), key: nil, lane: request)
    }
    #expect(call == .unavailable("database is locked (SQLite code 5)"))
    // Reading goes on meanwhile.
    #expect(try await storage.openOperations(of: heatPump) == [])
    gate.open()
    try await held
    _ = try await storage.accept(operation(1), key: nil, lane: request)
    #expect(try await other.openOperations(of: heatPump).count == 1)
    await storage.close()
    await other.close()
  }

  @Test func `a file that was removed takes no writes until it is back`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    try await withOpen(path) { storage in
      _ = try await storage.accept(operation(1), key: nil, lane: request)
      for replacement in [nil, "another file"] {
        #expect(rename(path, path + ".away") == 0)
        if let replacement { try write(replacement, to: path) }
        let fault = await #expect(throws: StorageFault.self) { try await storage.check() }
        #expect(String(describing: fault).contains("removed or replaced"))
        #expect(rename(path + ".away", path) == 0)
        try await storage.check()
      }
      #expect(try await storage.openOperations(of: heatPump).count == 1)
    }
  }

  /// Accepts operations until there is no more room.
  ///
  /// - Returns: how many there was room for.
  private func fill(_ storage: SQLiteStorage) async throws -> Int {
    for number in 1...2000 {
      do throws(StorageFault) {
        _ = try await storage.accept(operation(number), key: nil, lane: request)
      } catch {
        guard case .unavailable(let words) = error else { throw error }
        #expect(words.contains("full") || words.contains("disk"), "\(words)")
        // It stays so, and each call says so.
        await #expect(throws: error) {
          try await storage.accept(operation(number), key: nil, lane: request)
        }
        return number - 1
      }
    }
    return 2000
  }
}
