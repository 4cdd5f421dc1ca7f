import GatewayCore
import Glibc
import TestSupport
import Testing

/// The real executable with a configuration of its own, listening.
final class GatewayProcess: Sendable {
  /// The port for apps.
  let port: UInt16
  /// The port for operators.
  let adminPort: UInt16
  /// All of its answers to the tests' clients so far.
  let transcript = Locked<[String]>([])
  private let setup: GatewaySetup
  private let process: ChildProcess
  private let folder: TemporaryFolder
  private let arguments: [UInt8]
  private let isSearched = Locked(false)

  private init(
    _ setup: GatewaySetup, _ process: ChildProcess, _ folder: TemporaryFolder,
    _ ports: (UInt16, UInt16)
  ) {
    self.setup = setup
    self.process = process
    self.folder = folder
    (port, adminPort) = ports
    arguments = readFile("/proc/\(process.id)/cmdline") ?? []
  }

  /// Starts `podero-gateway serve` and waits for its line "listening".
  ///
  /// - Throws: ``GatewayEnded`` if it ends instead.
  static func start(_ setup: GatewaySetup) async throws -> GatewayProcess {
    let (process, folder) = try await spawn(setup)
    let line = try await eventualValue("line \"listening\"", within: .seconds(60)) {
      if let ending = process.ending { throw GatewayEnded(ending: ending, log: process.errors) }
      return logLines(process.errors).first { $0["message"]?.string == "listening" }
    }
    guard let port = portNumber(line, "port"), let adminPort = portNumber(line, "admin_port") else {
      throw GatewayEnded(ending: nil, log: process.errors)
    }
    return GatewayProcess(setup, process, folder, (port, adminPort))
  }

  /// Starts it and waits for nothing; it has no ports that anybody knows.
  static func launch(_ setup: GatewaySetup) async throws -> GatewayProcess {
    let (process, folder) = try await spawn(setup)
    return GatewayProcess(setup, process, folder, (0, 0))
  }

  private static func spawn(
    _ setup: GatewaySetup
  ) async throws -> (ChildProcess, TemporaryFolder) {
    let folder = try TemporaryFolder()
    for (name, text) in setup.files { try folder.write(text, to: name) }
    let file = try folder.write(
      setup.configurationText(folder: folder.path), to: "gateway.yaml")
    let program =
      try setup.products.map { $0 + "/podero-gateway" } ?? BuiltProduct.path("podero-gateway")
    let process = try ChildProcess(
      setup.wrapper + [program, "serve", "--config", file],
      environment: setup.environment.merging(try await TestStorage.environment()) { own, _ in own })
    return (process, folder)
  }

  /// The folder of its files.
  var folderPath: String { folder.path }

  /// Its configuration file.
  var configurationPath: String { folder.path + "/gateway.yaml" }

  /// Writes another configuration in the place of its file, as an editor or a deployment would: the
  /// file is a whole one at any moment. It does not tell the gateway.
  ///
  /// - Throws: ``ScriptedServerFault`` if it cannot be written.
  func write(_ setup: GatewaySetup) throws {
    try replace("gateway.yaml", by: setup.configurationText(folder: folder.path))
  }

  /// Writes another file in the place of one in its folder.
  ///
  /// - Throws: ``ScriptedServerFault`` if it cannot be written.
  func replace(_ name: String, by text: String) throws {
    let file = try folder.write(text, to: name + ".new")
    guard rename(file, folder.path + "/" + name) == 0 else {
      throw ScriptedServerFault(call: "rename", code: errno)
    }
  }

  /// The process id.
  var id: Int32 { process.id }

  /// All that it has written so far, as it came.
  var rawLog: [String] { process.errors + process.output }

  /// The log's lines so far.
  var log: [JSONValue] { logLines(process.errors) }

  /// How it ended, if it has.
  var ending: ChildProcess.Ending? { process.ending }

  /// Waits for a line of the log.
  ///
  /// - Throws: ``NeverHappened``.
  @discardableResult
  func waitForLine(
    _ what: String, where matches: @escaping @Sendable (JSONValue) -> Bool
  ) async throws -> JSONValue {
    try await eventualValue("log line \(what)") { self.log.first(where: matches) }
  }

  /// Sends a signal.
  func signal(_ number: Int32) { process.signal(number) }

  /// Waits for the end, and looks for secrets in what it leaves.
  ///
  /// - Throws: ``NeverHappened``.
  func wait() async throws -> ChildProcess.Ending {
    let ending = try await process.wait()
    let isFirst = isSearched.withLock { isSearched in
      defer { isSearched = true }
      return !isSearched
    }
    if isFirst { try await searchForLeaks() }
    return ending
  }

  /// Ends it as an operator would.
  ///
  /// - Throws: ``NeverHappened`` if it does not end.
  func terminate() async throws -> ChildProcess.Ending {
    if ending == nil, adminPort != 0 {
      // For the search only; not every test leaves a gateway that answers.
      let admin = HTTPClient(port: adminPort, key: .operator, transcript: transcript)
      for page in ["/metrics", "/admin/status"] { _ = try? await admin.get(page) }
    }
    signal(SIGTERM)
    return try await wait()
  }

  private func searchForLeaks() async throws {
    let said = try TemporaryFolder()
    let answers = try said.write(transcript.withLock { $0 }.joined(separator: "\n"), to: "answers")
    let kept = [
      try said.write(rawLog.joined(separator: "\n"), to: "log"),
      try said.write(String(decoding: arguments, as: UTF8.self), to: "arguments"),
    ]
    let database = setup.database(in: folder.path)
    let leaks = try await LeakSearch(setup).leaks(
      inKept: kept + [database, database + "-wal"], told: answers)
    #expect(leaks == [])
  }
}

/// A gateway that ended when it should have started.
struct GatewayEnded: Error, CustomStringConvertible {
  let ending: ChildProcess.Ending?
  let log: [String]

  var description: String {
    "the gateway ended: \(ending.map { "\($0)" } ?? "no ports")\n" + log.joined(separator: "\n")
  }
}

/// The lines that are JSON objects.
func logLines(_ lines: [String]) -> [JSONValue] {
  lines.compactMap { try? JSONValue(parsing: Array($0.utf8)) }
}

// Metadata are written as text.
private func portNumber(_ line: JSONValue, _ name: String) -> UInt16? {
  line[name]?.string.flatMap { UInt16($0) }
}
