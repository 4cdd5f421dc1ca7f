import GatewayCore
import Glibc
import Storage
import Testing

@testable import SQLiteStorage

/// Goal: whoever only reads a database sees what is durable, and changes and leaves nothing.
/// Method: readers beside an open storage, on a file that nobody has open, and on what a crash
/// left.
@Suite struct ReaderTests {
  @Test func `a reader beside a gateway sees what is durable at that moment`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    try await withOpen(path) { storage in
      try await storage.conclude([], at: noon, lease: nil, audit: [entry(1)])
      let reader = try await SQLiteReader.open(path: path)
      #expect(try await reader.auditTrail(after: 0, limit: 9).map(\.entry) == [entry(1)])
      try await storage.conclude([], at: noon, lease: nil, audit: [entry(2)])
      #expect(try await reader.auditTrail(after: 1, limit: 9).map(\.entry) == [entry(2)])
      try await reader.close()
      try await storage.check()
    }
  }

  @Test(arguments: ["gateway.db", "100% ours? #1.db"])
  func `a file that nobody has open is read without a trace`(name: String) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file(name)
    try await withOpen(path) { storage in
      try await storage.conclude([], at: noon, lease: nil, audit: [entry(1), entry(2)])
    }
    #expect(folder.names == [name])
    let reader = try await SQLiteReader.open(path: path)
    #expect(try await reader.auditTrail(after: 0, limit: 9).count == 2)
    #expect(folder.names == [name])
    try await reader.close()
    #expect(folder.names == [name])
  }

  @Test func `who read a file that a gateway opened meanwhile is told so`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    try await withOpen(path) { try await $0.check() }
    let reader = try await SQLiteReader.open(path: path)
    try await withOpen(path) { storage in
      try await storage.check()
      let fault = await #expect(throws: StorageFault.self) { try await reader.close() }
      #expect(String(describing: fault).contains("a gateway has opened it meanwhile"))
    }
  }

  @Test func `what a crash left in the write-ahead log is read, too`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    let crashed = folder.file("crashed.db")
    try await withOpen(path) { storage in
      try await storage.conclude([], at: noon, lease: nil, audit: [entry(1)])
      for suffix in ["", "-wal"] { try copy(path + suffix, to: crashed + suffix) }
    }
    let reader = try await SQLiteReader.open(path: crashed)
    #expect(try await reader.auditTrail(after: 0, limit: 9).map(\.entry) == [entry(1)])
    try await reader.close()
  }

  @Test func `the newest come first, page by page, and only those asked for`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    let other = HeatPumpReference(
      organisation: "north", user: heatPump.user, id: ResourceID(high: 2, low: 2))
    try await withOpen(path) { storage in
      let entries = (1...6).map { number in
        var entry = entry(number)
        entry.at = noon + .seconds(number)
        if number.isMultiple(of: 2) { entry.heatPump = other }
        return entry
      }
      try await storage.conclude([], at: noon, lease: nil, audit: entries)
    }
    let reader = try await SQLiteReader.open(path: path)
    func numbers(
      before: Int64? = nil, of heatPump: ResourceID? = nil, since: Timestamp? = nil,
      limit: Int = 9
    ) async throws -> [Int64] {
      try await reader.auditTrail(before: before, of: heatPump, since: since, limit: limit)
        .map(\.sequence)
    }
    #expect(try await numbers(limit: 2) == [6, 5])
    #expect(try await numbers(before: 5, limit: 2) == [4, 3])
    #expect(try await numbers(of: other.id) == [6, 4, 2])
    #expect(try await numbers(of: other.id, since: noon + .seconds(4)) == [6, 4])
    #expect(try await numbers(since: noon + .seconds(6)) == [6])
    #expect(try await numbers(limit: 0) == [])
    try await reader.close()
  }

  private func copy(_ source: String, to target: String) throws {
    let (from, to) = (
      open(source, O_RDONLY | O_CLOEXEC), open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
    )
    defer { for descriptor in [from, to] { close(descriptor) } }
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(from, &chunk, chunk.count)
      guard count >= 0 else { throw TemporaryFolder.Failure(code: errno) }
      if count == 0 { return }
      guard Glibc.write(to, chunk, count) == count else {
        throw TemporaryFolder.Failure(code: errno)
      }
    }
  }
}
