import Configuration
import Foundation
import GatewayCore
import HeatPumpService
import HeatPumps
import Logging
import TestSupport
import Testing

@testable import Gateway

/// Goal: a configuration becomes callers with just the rights that it names.
/// Method: the example file, and starts that must fail.
@Suite(.serialized) struct CompositionTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private var example: Result<LoadedConfiguration, ConfigurationReport> {
    get throws {
      let file = root.appending(path: "config/gateway.example.yaml")
      return GatewayConfiguration.load(
        text: try String(contentsOf: file, encoding: .utf8), now: ManualClock().wall,
        checkSecret: { _ in nil })
    }
  }

  @Test func `apps get what the file gives them`() throws {
    var configuration = try example.get().configuration
    let hashes = ["one", "two", "three"].map { key in
      KeyHash(hexadecimal: KeyMaker.hash(of: key))
    }
    configuration.apps[0].keys = [AppKey(hash: try #require(hashes[0]))]
    configuration.apps[0].keys.append(AppKey(hash: try #require(hashes[1])))
    configuration.apps[1].keys = [AppKey(hash: try #require(hashes[2]))]
    let (clock, log) = (ManualClock(), LogRecorder())
    let service = GatewayFixture.service(
      .init(name: "acme", index: 0), clock, log, FakeTransport())
    let ring = Callers.keyRing(
      configuration, Callers.apps(configuration, [service], clock))
    func owner(_ key: String) -> App? {
      ring.owner(of: KeyDigest(hashing: key.utf8.span), at: clock.wall)
    }
    let portal = try #require(owner("one"))
    #expect(owner("two") === portal)
    #expect(portal.name == "customer-portal")
    #expect(portal.scopes == [.heatPumpsRead, .heatPumpsWrite])
    #expect(portal.writeRules.fieldPolicy?.count == 3)
    #expect(portal.writeRules.guardRails["/pause/until"]?.maximumAhead == .seconds(43200))
    #expect(portal.limiter != nil)
    let reporting = try #require(owner("three"))
    #expect(!reporting.writeRules.mayWrite && !reporting.seesPersonalData)
    let known = configuration.heatPumps[0]
    #expect(reporting.maySee(.init(user: known.userID, id: known.heatPumpID)))
    #expect(!reporting.maySee(.init(user: known.userID, id: unknownPump)))
  }

  @Test func `a file that is not there, or no file, is said to be so`() {
    for path in ["/nonexistent/gateway.yaml", "/"] {
      #expect(throws: ConfigurationFile.Fault.self) { try ConfigurationFile.load(path: path) }
    }
  }

  @Test func `all problems of a file come together`() throws {
    let file = FileManager.default.temporaryDirectory.appending(
      path: "gateway-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try "listen: {port: x}\nnothing: 1\n".write(to: file, atomically: true, encoding: .utf8)
    do {
      _ = try ConfigurationFile.load(path: file.path)
      Issue.record("taken")
    } catch .invalid(let report) {
      #expect(report.errors.count >= 2)
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func `a secret that is not there is named by its place`() throws {
    let file = FileManager.default.temporaryDirectory.appending(
      path: "gateway-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    let text = """
      organisations:
        - name: acme
          id: 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a11
          api_base: https://upstream.example/api/
          token_url: https://upstream.example/token/
          client_id: {env: GATEWAY_TESTS_NEVER_SET}
          client_secret: {file: /nonexistent/secret}
      """
    try text.write(to: file, atomically: true, encoding: .utf8)
    do {
      _ = try ConfigurationFile.load(path: file.path)
      Issue.record("taken")
    } catch .invalid(let report) {
      #expect(
        report.errors.map(\.message) == [
          "missing secret: env GATEWAY_TESTS_NEVER_SET is missing",
          "missing secret: file /nonexistent/secret is missing",
        ])
    } catch {
      Issue.record("\(error)")
    }
  }

  // MARK: Starting

  // A thread of the runtime that a reactor brings about has its name for a moment, hence a set.
  private var threads: Set<String> {
    let tasks = "/proc/self/task"
    let ids = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    let names = ids.compactMap {
      try? String(contentsOfFile: "\(tasks)/\($0)/comm", encoding: .utf8)
    }
    return Set(names.filter { $0.hasPrefix("reactor-") })
  }

  private var configuration: GatewayConfiguration {
    var configuration = GatewayConfiguration()
    configuration.listen.port = 0
    configuration.listen.threads = 2
    configuration.admin.port = 0
    return configuration
  }

  @Test func `a gateway starts, and stops without leaving a thread`() async throws {
    let log = LogRecorder()
    let gateway = try await GatewayApplication.start(configuration, logger: log.logger)
    #expect(threads.count == 2)
    await gateway.stop()
    try await eventually("no thread of a reactor") { threads.isEmpty }
    #expect(log.text.contains("listening") && log.text.contains("stopped"))
  }

  @Test func `a port that is taken ends the start, and nothing is left`() async throws {
    let server = try ScriptedServer(script: { _ in [] })
    defer { server.stop() }
    for keyPath in [\GatewayConfiguration.admin.port, \GatewayConfiguration.listen.port] {
      var configuration = configuration
      configuration[keyPath: keyPath] = Int(server.port)
      await #expect(throws: GatewayApplication.StartFault.self) {
        try await GatewayApplication.start(configuration, logger: LogRecorder().logger)
      }
      #expect(threads.isEmpty)
    }
  }

  @Test func `what the listener lacks files for ends the start`() async throws {
    var withTLS = configuration
    withTLS.listen.tls = TLSConfiguration(certificate: "c", key: "k")
    await #expect(throws: GatewayApplication.StartFault.self) {
      try await GatewayApplication.start(withTLS, logger: LogRecorder().logger)
    }
    #expect(threads.isEmpty)
  }
}
