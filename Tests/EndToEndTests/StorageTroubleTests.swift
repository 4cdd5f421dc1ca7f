import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: while the disk takes nothing, writes are refused and all else goes on; nothing that was
/// confirmed is lost, and nobody has to restart anything.
/// Method: the real gateway on a disk that fills up or is taken away, and given back.
@Suite(.enabled(if: !TestStorage.isPostgres, "about a file"))
struct StorageTroubleTests {
  /// Ways to keep a running gateway from writing.
  enum Trouble: String, CaseIterable, Sendable {
    /// The system lets no file grow beyond a size that is reached after some writes. Part of a
    /// write gets through.
    case filesMayNotGrow
    /// The disk is full after some writes.
    case diskFull
    /// No byte can be written, as on a disk that went read-only.
    case nothingCanBeWritten
    /// The folder is somewhere else.
    case folderMoved

    static let possible = allCases.filter { $0 != .diskFull || SmallDisk.isPossible }
  }

  @Test(arguments: Trouble.possible)
  func `writes are refused while the disk takes none, and go on by themselves afterwards`(
    trouble: Trouble
  ) async throws {
    let disk = try Disk(for: trouble)
    let confirmed = Locked<[String]>([])
    try await withStage(gateway: disk.configure) { stage in
      var writes = Writes()
      #expect(try await writes.next(stage).status == 200)
      try await disk.start(trouble, stage.gateway)
      let refused = try await writes.untilRefused(stage)
      #expect(refused.headers["retry-after"] == "5")
      #expect(refused.text.contains("disk") == false)

      // All else goes on.
      #expect(try await stage.portal.get(stage.path(1)).status == 200)
      let last = try #require(writes.confirmed.last)
      #expect(try await stage.portal.get("/v1/operations/\(last)").status == 200)
      #expect(try await stage.metric("storage_commit_failures_total") ?? 0 > 0)
      // A small change of the gateway's own may still find room, so it takes a few writes more.
      var isKnown = false
      for _ in 0..<50 where !isKnown {
        _ = try await writes.untilRefused(stage)
        let ready = try await stage.app(nil).get("/readyz")
        #expect(ready.status == 200)
        let status = try await stage.operator.get("/admin/status")
        let fault = status.at("/storage/fault")?.string
        isKnown =
          try await stage.metric("storage_writable") == 0
          && ready.at("/storage")?.string == "unavailable"
          && fault?.hasPrefix("storage unavailable: ") == true
      }
      #expect(isKnown)
      let sent = stage.updateCount
      for _ in 0..<3 {
        #expect(try await writes.next(stage).verdict == "503 storage-unavailable")
      }
      #expect(stage.updateCount == sent)

      try await disk.end(trouble, stage.gateway)
      try await eventually("a storage that is noticed") {
        try await stage.app(nil).get("/readyz").at("/storage")?.string == "ok"
      }
      #expect(try await writes.next(stage).status == 200)
      try await writes.checkEnds(stage)
      confirmed.withLock { [writes] in $0 = writes.confirmed }
    }
    #expect(try DatabaseEditor(path: disk.database).integrity() == ["ok"])
    try await check(disk, has: confirmed.withLock { $0 })
  }

  @Test(arguments: [Trouble.filesMayNotGrow, .nothingCanBeWritten])
  func `a gateway that cannot write still stops in order, and loses nothing`(
    trouble: Trouble
  ) async throws {
    let disk = try Disk(for: trouble)
    let confirmed = Locked<[String]>([])
    try await withStage(gateway: disk.configure) { stage in
      var writes = Writes()
      _ = try await writes.next(stage)
      try await disk.start(trouble, stage.gateway)
      _ = try await writes.untilRefused(stage)
      #expect(try await stage.gateway.terminate() == .exited(0))
      confirmed.withLock { [writes] in $0 = writes.confirmed }
    }
    try await check(disk, has: confirmed.withLock { $0 })
  }

  @Test func `a write beyond a limit is an error of the write, and not the end`() async throws {
    try await withStage { stage in
      let status = String(
        decoding: readFile("/proc/\(stage.gateway.id)/status") ?? [], as: UTF8.self)
      let line = status.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }
      let ignored = try #require(
        line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) })
      for signal in [SIGXFSZ, SIGPIPE] { #expect(ignored >> UInt64(signal - 1) & 1 == 1) }
    }
  }

  @Test func `a folder that turns read-only does not stop a gateway that runs`() async throws {
    let disk = try Disk(for: .folderMoved)
    try await withStage(gateway: { setup in
      disk.configure(&setup)
      setup.wrapper = Self.withoutPrivileges
    }) { stage in
      var writes = Writes()
      #expect(try await writes.next(stage).status == 200)
      #expect(chmod(disk.folder, 0o500) == 0)
      for _ in 0..<3 { #expect(try await writes.next(stage).status == 200) }
      #expect(try await stage.app(nil).get("/readyz").at("/storage")?.string == "ok")
      #expect(chmod(disk.folder, 0o700) == 0)
      try await writes.checkEnds(stage)
    }
    #expect(try DatabaseEditor(path: disk.database).integrity() == ["ok"])
  }

  // MARK: Starting

  /// What can be wrong with a folder, how to put it right, and what the gateway says.
  struct Obstacle: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let words: String
    let make: @Sendable (_ folder: String) throws -> Void
    let remove: @Sendable (_ folder: String) throws -> Void

    static func rights(
      _ name: String, from normal: mode_t, to narrow: mode_t, _ words: String,
      of target: @escaping @Sendable (_ folder: String) -> String
    ) -> Obstacle {
      Obstacle(
        testDescription: name, words: words, make: { try change(target($0), narrow) },
        remove: { try change(target($0), normal) })
    }

    private static func change(_ path: String, _ rights: mode_t) throws {
      guard chmod(path, rights) == 0 else { throw ScriptedServerFault(call: path, code: errno) }
    }

    static let all = [
      rights("read-only folder", from: 0o700, to: 0o500, "/data: Permission denied") { $0 },
      rights("hidden folder", from: 0o700, to: 0, "gateway.db: Permission denied") { $0 },
      rights("read-only file", from: 0o600, to: 0o400, "gateway.db: Permission denied") {
        $0 + "/gateway.db"
      },
      rights("read-only parent", from: 0o700, to: 0o500, "cannot make the folder") {
        String($0.dropLast("/data".utf8.count))
      },
      Obstacle(
        testDescription: "emptied file", words: "it is empty",
        make: { guard truncate($0 + "/gateway.db", 0) == 0 else { return } },
        remove: { unlink($0 + "/gateway.db") }),
      Obstacle(
        testDescription: "a file in the folder's place", words: "Not a directory",
        make: { try move($0, $0 + ".away", leaving: $0) },
        remove: {
          unlink($0); try move($0 + ".away", $0)
        }),
    ]

    private static func move(_ source: String, _ target: String, leaving: String? = nil) throws {
      guard rename(source, target) == 0 else {
        throw ScriptedServerFault(call: source, code: errno)
      }
      if let leaving { close(open(leaving, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)) }
    }
  }

  @Test(arguments: Obstacle.all)
  func `a folder that cannot be used ends the start with 71 and says why`(
    obstacle: Obstacle
  ) async throws {
    let disk = try Disk(for: .folderMoved)
    let simulator = try await PoderoSimulator.start(SimulatorSettings())
    var setup = GatewaySetup(origin: simulator.origin)
    disk.configure(&setup)
    setup.wrapper = Self.withoutPrivileges
    if obstacle.testDescription != "read-only parent" {
      #expect(try await GatewayProcess.start(setup).terminate() == .exited(0))
    }
    try obstacle.make(disk.folder)
    do {
      let gateway = try await GatewayProcess.start(setup)
      Issue.record("it started")
      _ = try await gateway.terminate()
    } catch let ended as GatewayEnded {
      #expect(ended.ending == .exited(71))
      let line = logLines(ended.log).last { $0["level"]?.string == "critical" }
      #expect(line?["message"]?.string == "cannot start")
      let fault = line?["fault"]?.string ?? ""
      #expect(fault.contains(disk.database) && fault.contains(obstacle.words), "\(fault)")
    }
    try obstacle.remove(disk.folder)
    #expect(try await GatewayProcess.start(setup).terminate() == .exited(0))
    await simulator.stop()
  }

  // MARK: Support

  /// The superuser may write anywhere, so it has to give that up for what is about rights.
  private static let withoutPrivileges =
    geteuid() == 0
    ? [
      "/usr/bin/setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps",
      "-dac_override,-dac_read_search",
    ] : []

  /// A gateway that is started on the same file knows all that was confirmed, and its trail is
  /// whole.
  private func check(_ disk: Disk, has confirmed: [String]) async throws {
    #expect(!confirmed.isEmpty)
    try await withStage(gateway: disk.configure) { stage in
      for id in confirmed {
        let operation = try await stage.portal.get("/v1/operations/\(id)")
        #expect(operation.status == 200, "\(id)")
      }
    }
    let verify = try ChildProcess([
      try BuiltProduct.path("podero-gateway"), "audit", "verify", "--database", disk.database,
    ])
    #expect(try await verify.wait() == .exited(0), "\(verify.output) \(verify.errors)")
  }
}

/// Where the gateway's database lies, and the trouble that can be made there.
private struct Disk: Sendable {
  let folder: String
  var database: String { folder + "/gateway.db" }
  private let parent: TemporaryFolder
  private let small: SmallDisk?

  init(for trouble: StorageTroubleTests.Trouble) throws {
    parent = try TemporaryFolder()
    small = trouble == .diskFull ? try SmallDisk(megabytes: 16) : nil
    folder = small?.file("data") ?? parent.path + "/data"
    // Room to be given back, and enough of it for all that comes then.
    if let small { try grow(small.file("ballast"), to: 16_200_000) }
  }

  func configure(_ setup: inout GatewaySetup) {
    setup.more["storage"] = ["sqlite": ["path": .string(database)]]
    setup.setTimeouts(total: "PT2S")
  }

  func start(
    _ trouble: StorageTroubleTests.Trouble, _ gateway: GatewayProcess
  ) async throws {
    switch trouble {
    case .filesMayNotGrow: try await limit(gateway, to: "\(size(database + "-wal") + 70_000)")
    case .diskFull: break
    case .nothingCanBeWritten: try await limit(gateway, to: "0")
    case .folderMoved: try move(folder, folder + ".away")
    }
  }

  func end(_ trouble: StorageTroubleTests.Trouble, _ gateway: GatewayProcess) async throws {
    switch trouble {
    case .filesMayNotGrow, .nothingCanBeWritten: try await limit(gateway, to: "unlimited")
    case .diskFull: if let small { unlink(small.file("ballast")) }
    case .folderMoved: try move(folder + ".away", folder)
    }
  }

  // The soft limit only, which may be raised again without privileges.
  private func limit(_ gateway: GatewayProcess, to size: String) async throws {
    let process = try ChildProcess(
      ["/usr/bin/prlimit", "--pid", "\(gateway.id)", "--fsize=\(size):"])
    #expect(try await process.wait() == .exited(0), "\(process.errors)")
  }

  private func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  private func move(_ source: String, _ target: String) throws {
    guard rename(source, target) == 0 else { throw ScriptedServerFault(call: source, code: errno) }
  }

  private func grow(_ path: String, to size: Int) throws {
    let descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    let code = posix_fallocate(descriptor, 0, size)
    guard code == 0 else { throw ScriptedServerFault(call: path, code: code) }
  }
}

/// An answer that nobody waited for.
private struct Unexpected: Error {
  let answer: String
}

/// Writes of one heat pump, each with a name of its own, and what their callers were told.
private struct Writes: Sendable {
  private var count = 0
  private(set) var confirmed: [String] = []
  private var undecided: [String] = []
  private var refusedNames: [String] = []

  mutating func next(_ stage: Stage) async throws -> Answer {
    count += 1
    let name = "write-\(count)-of-them"
    let answer = try await stage.portal.patch(
      stage.path(1), patch("/heating_policy/name", .string(name)))
    if answer.status == 200 {
      confirmed.append(try #require(answer.at("/write/operation_id")?.string))
    } else if let id = answer.at("/operation_id")?.string {
      undecided.append(id)
    } else {
      refusedNames.append(name)
    }
    return answer
  }

  /// Writes until one is refused since it cannot be stored. Those that were stored and then met
  /// the trouble may end without an outcome.
  mutating func untilRefused(_ stage: Stage) async throws -> Answer {
    for _ in 0..<200 {
      let answer = try await next(stage)
      switch answer.verdict {
      case "200 -", "504 outcome-unknown", "504 upstream-timeout": continue
      case "503 storage-unavailable": return answer
      default: throw Unexpected(answer: answer.raw)
      }
    }
    throw Unexpected(answer: "200 writes without a refusal")
  }

  /// What was confirmed was carried out and is recorded; what was refused never went upstream; and
  /// what was neither comes to an end.
  func checkEnds(_ stage: Stage) async throws {
    for id in confirmed {
      try await eventually("the record of \(id)") {
        let state = try await stage.portal.get("/v1/operations/\(id)").at("/state")?.string
        return state.map(["accepted", "verified", "superseded"].contains) ?? false
      }
    }
    for id in undecided {
      try await eventually("the end of \(id)") {
        let state = try await stage.portal.get("/v1/operations/\(id)").at("/state")?.string
        return state != "queued" && state != "sent"
      }
    }
    let sent = stage.simulator.updates().map(\.text).joined()
    for name in refusedNames { #expect(!sent.contains(name), "\(name)") }
    #expect(sent.contains("write-\(count)-of-them"))
  }
}
