import GatewayCore
import Glibc
import Storage
import Testing

@testable import SQLiteStorage

/// Goal: a file that is not wholly ours is refused in clear words, and never written to.
/// Method: files of each kind, made by hand or by spoiling a good one.
@Suite struct OpeningTests {
  @Test func `missing folders and the file are made for the owner alone`() async throws {
    let folder = try TemporaryFolder()
    let storage = try await SQLiteStorage.open(path: folder.file("a/b/gateway.db"))
    #expect(mode(of: folder.file("a")) == 0o700)
    #expect(mode(of: folder.file("a/b")) == 0o700)
    for suffix in ["", "-wal", "-shm"] {
      #expect(mode(of: folder.file("a/b/gateway.db" + suffix)) == 0o600, "\(suffix)")
    }
    await storage.close()
  }

  @Test func `closing leaves all in one file, and so does making it`() async throws {
    let folder = try TemporaryFolder()
    let storage = try await SQLiteStorage.open(path: folder.file("gateway.db"))
    #expect(folder.names == ["gateway.db", "gateway.db-shm", "gateway.db-wal"])
    await storage.close()
    #expect(folder.names == ["gateway.db"])
    let again = try await SQLiteStorage.open(path: folder.file("gateway.db"))
    _ = try await again.accept(operation(1), key: nil, lane: request)
    // A reader, which keeps the log in its place, but not its content.
    #expect(try await again.operation(operation(1).id) != nil)
    await again.close()
    #expect(try Files.status(of: folder.file("gateway.db-wal"))?.size ?? 0 == 0)
    #expect(rename(folder.file("gateway.db"), folder.file("moved.db")) == 0)
    let moved = try await SQLiteStorage.open(path: folder.file("moved.db"))
    #expect(try await moved.operation(operation(1).id) != nil)
    await moved.close()
  }

  @Test func `what a crash left of an unfinished file is no obstacle`() async throws {
    let folder = try TemporaryFolder()
    for name in ["gateway.db.new", "gateway.db.new-wal", "gateway.db.new-journal"] {
      try write("rubbish", to: folder.file(name))
    }
    try await withOpen(folder.file("gateway.db")) { try await $0.check() }
    #expect(folder.names == ["gateway.db"])
  }

  @Test func `every commit waits for the disk, in WAL mode`() async throws {
    try await withStorage { storage in
      let settings = try await storage.write { tables in
        [
          try tables.first("PRAGMA synchronous") { try "\($0.integer())" },
          try tables.first("PRAGMA journal_mode") { try $0.text() },
          try tables.first("PRAGMA foreign_keys") { try "\($0.integer())" },
        ]
      }
      #expect(settings == ["2", "wal", "1"])
    }
  }

  @Test(arguments: [
    ("", "it is empty"),
    ("short", "not a database"),
    (String(repeating: "This is a letter to somebody. ", count: 200), "not a database"),
    ("SQLite format 3\0" + String(repeating: "\u{1}", count: 5000), ""),
  ])
  func `a file that is no database is refused and left alone`(
    content: String, words: String
  ) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    try write(content, to: path)
    let fault = await openingFault(path)
    guard case .damaged(let reason) = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(reason.contains(words) && reason.contains(path), "\(reason)")
    #expect(try Files.status(of: path)?.size == Int64(content.utf8.count))
  }

  @Test func `a folder in its place is refused`() async throws {
    let folder = try TemporaryFolder()
    #expect(await openingFault(folder.path) == .damaged("\(folder.path): it is not a file"))
  }

  @Test func `a log without its database is refused, since it holds what is missing`()
    async throws
  {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    try write("log", to: path + "-wal")
    #expect(
      await openingFault(path)
        == .damaged("\(path): it is missing, but its write-ahead log is there"))
  }

  @Test(arguments: [
    ("INSERT INTO grdb_migrations VALUES ('2 from the future')", "made by a newer version"),
    ("PRAGMA application_id = 7", "the database of another program"),
  ])
  func `a database that is not this release's is refused`(
    change: String, words: String
  ) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    try await withOpen(path) { storage in
      _ = try await storage.write { try $0.run(change) }
    }
    guard case .damaged(let reason) = await openingFault(path) else {
      Issue.record("it was opened")
      return
    }
    #expect(reason.contains(words))
  }

  @Test func `a spoiled page is found, and reading it is an error and no crash`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    try await withOpen(path) { try await $0.check() }
    let emptySize = Int(try #require(try Files.status(of: path)).size)
    try await withOpen(path) { storage in
      for number in 1...200 {
        _ = try await storage.accept(operation(number), key: nil, lane: request)
      }
      #expect(try await storage.integrityCheck() == [])
    }
    let size = Int(try #require(try Files.status(of: path)).size)
    // From behind the schema on.
    for offset in stride(from: emptySize, to: size, by: 4096) {
      try write(String(repeating: "\u{7F}", count: 64), to: path, at: offset)
    }
    try await withOpen(path) { storage in
      let findings = try? await storage.integrityCheck()
      #expect(findings != [])
      guard
        case .damaged = await #expect(
          throws: StorageFault.self,
          performing: {
            for number in 1...200 { _ = try await storage.operation(operation(number).id) }
            _ = try await storage.openOperations(of: heatPump)
          })
      else {
        Issue.record("it was read")
        return
      }
    }
  }

  @Test func `a value of the wrong kind is damage and no crash`() async throws {
    try await withStorage { storage in
      for (number, change) in ["state = 'confused'", "attempts = x'00'", "superseded = x'7b'"]
        .enumerated()
      {
        _ = try await storage.accept(operation(number), key: nil, lane: request)
        _ = try await storage.write { tables in
          try tables.run(
            "UPDATE operation SET \(change) WHERE sequence = \(number + 1)")
        }
        let column = try #require(change.split(separator: " ").first)
        await #expect(throws: StorageFault.damaged("\(column) holds what no release has written")) {
          try await storage.operation(operation(number).id)
        }
      }
    }
  }
}
