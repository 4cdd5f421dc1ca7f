import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: an auditor can read the trail, trust it, and take it away, while the gateway works.
/// Method: writes through the real gateway, forgery with SQLite itself, the commands as processes.
@Suite(.enabled(if: !TestStorage.isPostgres, "about a file"))
struct AuditCommandTests {
  @Test func `an intact trail is told from the running gateway's file, by either option`()
    async throws
  {
    try await withTrail { stage, database, config in
      for number in 1...3 { try await stage.write(number) }
      let before = database.names
      for options in [["--database", database.path], ["--config", config]] {
        let check = try await run(["audit", "verify"] + options)
        #expect(check.ending == .exited(0), "\(check.errors)")
        let line = try #require(check.output.first)
        #expect(line.hasPrefix("3 records, chain intact, last hash "))
        let hash = try #require(line.split(separator: " ").last)
        #expect(hash.count == 64)
        // A hash that was noted is found again.
        let known = try await run(["audit", "verify", "--known-hash", String(hash)] + options)
        #expect(known.ending == .exited(0))
      }
      #expect(database.names == before)
      try await stage.write(4)
      let check = try await run(["audit", "verify", "--database", database.path])
      #expect(check.output.first?.hasPrefix("4 records, chain intact") == true)
    }
  }

  @Test(arguments: [
    (
      "UPDATE audit SET changes = CAST(replace(CAST(changes AS TEXT), 'name-2', 'name-x') AS BLOB) "
        + "WHERE sequence = 2",
      "audit record 2: its content was changed"
    ),
    ("UPDATE audit SET origin_name = 'full'", "audit record 1: its content was changed"),
    ("DELETE FROM audit WHERE sequence = 2", "audit record 3: a record is missing before it"),
    ("DELETE FROM audit WHERE sequence = 1", "audit record 2: a record is missing before it"),
    (
      "UPDATE audit SET state = 'dreamt' WHERE sequence = 3",
      "audit record 3: state holds what no release has written"
    ),
    (
      "INSERT INTO audit SELECT 0, at, organisation, user, heat_pump, operation, origin_kind, "
        + "origin_name, origin_occasion, state, changes, previous, hash FROM audit LIMIT 1",
      "audit record 0: a record is missing before it"
    ),
    (
      "UPDATE audit SET previous = zeroblob(32) WHERE sequence = 2",
      "audit record 2: it does not follow the record before it"
    ),
  ])
  func `a forged trail ends with 65, and the record is named`(
    forgery: String, finding: String
  ) async throws {
    try await withTrail { stage, database, _ in
      for number in 1...3 { try await stage.write(number) }
      try DatabaseEditor(path: database.path).forge(forgery)
      let check = try await run(["audit", "verify", "--database", database.path])
      #expect(check.ending == .exited(65))
      #expect(check.output.first?.hasSuffix(finding) == true, "\(check.output)")
    }
  }

  @Test func `records that were cut off are missed by who noted a hash`() async throws {
    try await withTrail { stage, database, _ in
      for number in 1...3 { try await stage.write(number) }
      let options = ["--database", database.path]
      let line = try await run(["audit", "verify"] + options).output.first
      let hash = try #require(line?.split(separator: " ").last)
      try DatabaseEditor(path: database.path).forge("DELETE FROM audit WHERE sequence = 3")
      #expect(try await run(["audit", "verify"] + options).ending == .exited(0))
      let check = try await run(["audit", "verify", "--known-hash", String(hash)] + options)
      #expect(check.ending == .exited(65))
      #expect(check.output.first?.hasPrefix("2 records, chain intact, but none") == true)
    }
  }

  @Test func `records are listed, the newest first, for people and for programs`() async throws {
    try await withTrail { stage, database, config in
      for number in 1...3 { try await stage.write(number) }
      _ = try await stage.portal.patch(stage.path(2), patch("/pause/active", true))
      let all = ["audit", "list", "--config", config]
      let text = try await run(all)
      #expect(text.ending == .exited(0))
      #expect(text.output.map { $0.split(separator: " ").first } == ["4", "3", "2", "1"])
      let line = try #require(text.output.dropFirst().first)
      #expect(line.contains(" accepted acme/\(PoderoSimulator.heatPumpID(1)) app portal ("))
      #expect(line.hasSuffix(#"/heating_policy/name "name-2" -> "name-3""#), "\(line)")

      let records = try await list(all + ["-n", "2"])
      #expect(records.map { $0["sequence"]?.integer } == [4, 3])
      #expect(records[1]["hash"] == records[0]["previous"])
      #expect(records[0].at(pointer: "/changes/0/pointer")?.string == "/pause/active")
      let owner = stage.simulator.owner(of: PoderoSimulator.heatPumpID(2))
      #expect(records[0]["user_id"]?.string == owner?.description)
      let pumps = [
        ("smith-home", [3, 2, 1]), (PoderoSimulator.heatPumpID(2).description, [4]),
        (PoderoSimulator.heatPumpID(3).description, []),
      ]
      for (heatPump, expected) in pumps {
        let numbers = try await list(all + ["--heat-pump", heatPump])
          .map { $0["sequence"]?.integer }
        #expect(numbers == expected)
      }
      let third = try #require(records[1]["at"]?.string)
      for (since, expected) in [(third, 2), ("PT1H", 4), ("2999-01-01T00:00:00Z", 0)] {
        #expect(try await list(all + ["--since", since]).count == expected, "\(since)")
      }
    }
  }

  @Test func `personal data are not in the trail, whatever became of the write`() async throws {
    try await withTrail { stage, database, _ in
      let secret = "canary: the key is under the mat"
      let owner = try await stage.full.get(stage.path(1))
      let email = try #require(owner.at("/owner/email")?.string)
      let written = try await stage.full.patch(stage.path(1), patch("/comment", .string(secret)))
      #expect(written.at("/comment")?.string == secret)
      stage.simulator.setFault(SimulatorFault(.status(422), call: .update))
      let refused = try await stage.full.patch(
        stage.path(1), patch("/comment", .string(secret + "!")))
      #expect(refused.status == 422 || refused.status == 502)
      stage.simulator.clearFaults()
      let records = try await list(["audit", "list", "--database", database.path])
      #expect(records.count == 2)
      #expect(records[1].at(pointer: "/changes/0/pointer")?.string == "/comment")
      #expect(records[1].at(pointer: "/changes/0/changed")?.bool == true)
      let trail = records.map(\.text).joined()
      for word in ["canary", email, "example.com"] { #expect(!trail.contains(word), "\(word)") }
    }
  }

  @Test func `a copy is made while the gateway writes, replaces nothing, and can be started from`()
    async throws
  {
    let folder = try TemporaryFolder()
    let copy = folder.path + "/copy?of 100%.db"
    let id = Locked<String?>(nil)
    try await withTrail { stage, database, config in
      id.withLock { $0 = nil }
      let operation = try await stage.write(1)
      id.withLock { $0 = operation }
      #expect(try await run(["backup", copy, "--config", config]).ending == .exited(0))
      try await stage.write(2)
      let again = try await run(["backup", copy, "--database", database.path])
      #expect(again.ending == .exited(73))
      #expect(again.errors.first == "\(copy) exists already")
      let lost = try await run(["backup", "/nonexistent/copy.db", "--database", database.path])
      #expect(lost.ending == .exited(73))
    }
    let check = try await run(["audit", "verify", "--database", copy])
    #expect(check.output.first?.hasPrefix("1 records, chain intact") == true, "\(check.errors)")
    // Nothing is left beside a file that nobody has open.
    #expect(folderNames(folder.path) == ["copy?of 100%.db"])
    try await withStage(gateway: { setup in
      setup.more["storage"] = ["sqlite": ["path": .string(copy)]]
    }) { stage in
      let operation = try await stage.portal.get(
        "/v1/operations/\(id.withLock { $0 } ?? "none")")
      #expect(operation.status == 200)
    }
  }

  @Test func `what cannot be read ends with its own exit code`() async throws {
    let folder = try TemporaryFolder()
    let garbage = try folder.write(String(repeating: "garbage ", count: 1000), to: "garbage.db")
    let wrong = try folder.write("listen: {port: x}\n", to: "wrong.yaml")
    let other = folder.path + "/other.db"
    try DatabaseEditor(path: other).run("CREATE TABLE t (a)")
    for (options, code, words) in [
      (["--database", folder.path + "/none.db"], 66, "there is no such file"),
      (["--database", folder.path], 65, "it is not a file"),
      (["--database", garbage], 65, "file is not a database"),
      (["--database", other], 65, "it is the database of another program"),
      (["--config", wrong], 78, "listen.port"), ([], 64, "--config or --database"),
      (["--config", wrong, "--database", other], 64, "--config or --database"),
    ] as [([String], Int32, String)] {
      for command in [["audit", "verify"], ["audit", "list"], ["backup", folder.path + "/b.db"]] {
        let process = try await run(command + options)
        #expect(process.ending == .exited(code), "\(command) \(options)")
        #expect(process.errors.joined().contains(words), "\(process.errors)")
      }
    }
    for words in [
      ["audit", "verify", "--known-hash", "abc"], ["audit", "list", "--since", "yesterday"],
      ["audit", "list", "-n", "0"], ["audit", "list", "--heat-pump", "smith-home"],
    ] {
      let process = try await run(words + ["--database", other])
      #expect(process.ending == .exited(64), "\(words)")
    }
    #expect(folderNames(folder.path).filter { $0.hasPrefix("b.db") } == [])
  }

  // MARK: Support

  /// Where the gateway's database lies.
  private struct Database: Sendable {
    let folder: TemporaryFolder
    var path: String { folder.path + "/gateway.db" }
    var names: [String] { folderNames(folder.path) }
  }

  private func withTrail(
    _ body: @Sendable (Stage, Database, _ config: String) async throws -> Void
  ) async throws {
    let database = Database(folder: try TemporaryFolder())
    let settings = try TemporaryFolder()
    let config = Locked("")
    try await withStage(gateway: { setup in
      setup.more["storage"] = ["sqlite": ["path": .string(database.path)]]
      let text = setup.configuration(folder: settings.path).prettyText
      let file = try? settings.write(text, to: "gateway.yaml")
      config.withLock { $0 = file ?? "" }
    }) { stage in
      try await body(stage, database, config.withLock { $0 })
    }
  }

  private func list(_ words: [String]) async throws -> [JSONValue] {
    let process = try await run(words + ["--json"])
    #expect(process.ending == .exited(0), "\(process.errors)")
    let records = logLines(process.output)
    #expect(records.count == process.output.count)
    return records
  }

  // Without the secrets' environment: an auditor has none.
  private func run(_ words: [String]) async throws -> ChildProcess {
    let process = try ChildProcess([try BuiltProduct.path("podero-gateway")] + words)
    _ = try await process.wait()
    return process
  }
}

extension Stage {
  /// Names the first heat pump's heating policy.
  ///
  /// - Returns: the operation's id.
  @discardableResult
  fileprivate func write(_ number: Int) async throws -> String {
    let answer = try await portal.patch(
      path(1), patch("/heating_policy/name", .string("name-\(number)")))
    #expect(answer.status == 200, "\(answer.text)")
    return answer.at("/write/operation_id")?.string ?? ""
  }
}

/// The names in a folder, sorted.
func folderNames(_ path: String) -> [String] {
  guard let directory = opendir(path) else { return [] }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}
