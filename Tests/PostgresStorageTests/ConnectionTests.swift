import GatewayCore
import Reactor
import Storage
import TestSupport
import Testing

@testable import PostgresStorage

/// Goal: statements go out in rounds, answers come back to whoever asked, and every failure is told
/// as what it is, without a word of the URL.
/// Method: connections to the run's own server, and to places where there is none.
@Suite struct ConnectionTests {
  @Test func `values of every kind come back as they went`() async throws {
    let id = ResourceID(high: 1 << 63, low: 7)
    try await onConnection(try await freshSettings()) { connection in
      let rows = try await connection.send(
        "SELECT $1::bigint, $2::text, $3::bytea, $4::uuid, $5::boolean, $6::bigint, $7::bigint[]",
        [
          .integer(.min), .text("ä\u{0}"), .bytes([0, 255]), .id(id), .flag(true), .integer(nil),
          .integers([1, nil]),
        ]
      ).rows()
      var row = PostgresColumns(try #require(rows.rows.first), names: rows.names)
      #expect(try row.integer() == .min)
      // A text of PostgreSQL's has no U+0000.
      #expect(try row.text() == "ä\u{FFFD}")
      #expect(try row.bytes() == [0, 255])
      #expect(try row.id() == id)
      #expect(try row.flag())
      #expect(try row.optionalInteger() == nil)
      try row.skip()
      #expect(throws: StorageFault.self) { try row.skip() }
      let lists = try await connection.send(
        "SELECT unnest($1::bytea[]), unnest($2::boolean[])",
        [.byteStrings([[], [1, 2]]), .flags([true, false])]
      ).rows().all { row in (try row.bytes(), try row.flag()) }
      #expect(lists.map(\.0) == [[], [1, 2]] && lists.map(\.1) == [true, false])
      let ids = try await connection.send("SELECT $1::uuid = ANY ($2)", [.id(id), .ids([id])])
        .rows().all { try $0.flag() }
      #expect(ids == [true])
    }
  }

  @Test func `what is refused takes the rest of its round along, and nothing else`() async throws {
    try await onConnection(try await freshSettings()) { connection in
      let before = connection.send("SELECT 1::bigint")
      let bad = connection.send("SELECT 1 / $1::bigint", [.integer(0)])
      let after = connection.send("SELECT 2::bigint")
      let rows = try await before.rows().rows
      #expect(rows.count == 1)
      for answer in [bad, after] {
        await #expect(throws: PostgresFault.refused(code: "22012", words: "division by zero")) {
          try await answer.rows()
        }
      }
      let again = try await connection.send("SELECT 2::bigint").rows().rows
      #expect(again.count == 1)
      #expect(connection.isGood && connection.isBetweenRounds)
    }
  }

  @Test func `a statement that cannot be prepared is not taken for prepared`() async throws {
    try await onConnection(try await freshSettings()) { connection in
      for _ in 0..<2 {
        await #expect(throws: PostgresFault.self) {
          try await connection.send("SELECT nothing FROM nowhere").rows()
        }
      }
      for _ in 0..<2 { _ = try await connection.send("SELECT 1::bigint").rows() }
    }
  }

  @Test func `a long answer and a long question fit`() async throws {
    try await onConnection(try await freshSettings()) { connection in
      let bytes = [UInt8](repeating: 7, count: 3_000_000)
      let answers = (0..<4).map { _ in connection.send("SELECT $1::bytea", [.bytes(bytes)]) }
      for answer in answers {
        let returned = try await answer.rows().first { try $0.bytes() }
        #expect(returned == bytes)
      }
    }
  }

  @Test func `a statement's time is the server's to end`() async throws {
    var settings = try await freshSettings()
    settings.statementTime = .milliseconds(50)
    try await onConnection(settings) { connection in
      let fault = await #expect(throws: PostgresFault.self) {
        try await connection.send("SELECT pg_sleep(60)").rows()
      }
      guard case .refused("57014", _) = fault else {
        Issue.record("\(String(describing: fault))")
        return
      }
      // That ends a session in case its client has stopped, and here the statement alone.
      #expect(connection.isGood)
    }
  }

  @Test func `a connection that the server ends fails what is under way`() async throws {
    let settings = try await freshSettings()
    try await onReactor { reactor in
      let connection = try await settings.connect(on: reactor)
      let killer = try await settings.connect(on: reactor)
      let id = try await connection.send("SELECT pg_backend_pid()::bigint").rows()
        .first { try $0.integer() }
      let waiting = connection.send("SELECT pg_sleep(60)")
      connection.endRound()
      _ = try await killer.send("SELECT pg_terminate_backend($1::bigint::int)", [.integer(id)])
        .rows()
      await #expect(throws: PostgresFault.self) { try await waiting.rows() }
      #expect(!connection.isGood)
      await #expect(throws: PostgresFault.self) { try await connection.send("SELECT 1").rows() }
      killer.close()
    }
  }

  @Test(arguments: [
    "postgresql://carol:s3cret@127.0.0.1:1/ledger",
    "postgresql://carol:s3cret@/ledger?host=/nowhere",
    "host=127.0.0.1 port=1 user=carol password=s3cret dbname=ledger",
    "postgresql://carol:s3cret@host.invalid/ledger", "postgresql://carol:s3cret@[::1/ledger",
  ])
  func `no message names what the URL names`(url: String) async throws {
    let settings = PostgresSettings(url: Secret(url))
    let fault = await #expect(throws: PostgresFault.self) {
      try await onReactor { reactor in _ = try await settings.connect(on: reactor) }
    }
    let words = "\(try #require(fault).storageFault)"
    for secret in ["carol", "s3cret", "ledger", "127.0.0.1", "nowhere", "host.invalid"] {
      #expect(!words.contains(secret), "\(words)")
    }
  }

  @Test func `nor do the words of a server that lets nobody in`() async throws {
    let server = try await PostgresServer.shared
    let url = "postgresql:///postgres?host=\(server.folder)&user=mallory"
    let fault = await #expect(throws: PostgresFault.self) {
      try await onReactor { reactor in
        _ = try await PostgresSettings(url: Secret(url)).connect(on: reactor)
      }
    }
    let words = "\(try #require(fault).storageFault)"
    #expect(words.contains("does not exist") && !words.contains("mallory"), "\(words)")
  }
}
