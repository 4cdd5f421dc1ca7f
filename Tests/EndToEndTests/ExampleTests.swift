import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: the examples do what they say.
/// Method: each runs as its reader would run it, before a gateway and the simulator; what it
/// prints, and what came upstream, is checked.
@Suite struct ExampleTests {
  @Test(
    .enabled(if: ExampleLanguage.areAllHere, "needs bash, curl, openssl, python3 and node"),
    arguments: ExampleLanguage.all)
  func `an app reads, writes, runs a job and hears of it`(language: ExampleLanguage) async throws {
    try await withExamples { stage in
      let read = try await run(language, "read", stage)
      #expect(
        read.output[0].wholeMatch(of: /hot water: 48(\.0)? °C, seen by .* at 20\d\d-.*/) != nil)
      #expect(
        read.output.dropFirst() == ["the reading is live, the upstream ok", "asked again: 304"])

      let write = try await run(language, "write", stage, ["51.5"])
      #expect(write.output[0].wholeMatch(of: /operation: [0-9a-f-]{36}/) != nil)
      #expect(["state: accepted", "state: verified"].contains(write.output[1]))
      #expect(stage.lastUpdate(1)?["dhw_standard_temperature"] == decimal("51.5"))

      let job = try await run(language, "demand-response", stage, ["PT1S"])
      #expect(job.output.first == "dry run: 0 unchanged, 0 refused")
      #expect(job.output.contains("job: finished"))
      #expect(job.output.last?.wholeMatch(of: /smith-home.*applied.*applied/) != nil)
      let paused = stage.simulator.updates().compactMap {
        (try? JSONValue(parsing: $0.body))?["is_pause_power_active"]?.bool
      }
      #expect(paused == [true, false])

      let events = try await run(language, "follow-events", stage, language.followArguments)
      let types = events.output.compactMap { $0.split(separator: " ").dropFirst().first }
      #expect(types.contains("job.progress"), "\(events.output)")
      #expect(types.contains("heat_pump.settings_changed"), "\(events.output)")
    }
  }

  @Test(
    .enabled(if: ExampleLanguage.areAllHere, "needs bash, curl, openssl, python3 and node"),
    arguments: ExampleLanguage.all.filter(\.hasReceiver))
  func `a receiver verifies what the gateway delivers`(language: ExampleLanguage) async throws {
    try await withExamples { stage in
      let received = try await run(language, "receive-webhook", stage)
      #expect(received.output.contains("test: delivered"))
      #expect(received.output.contains("genuine: gateway.subscription_test"))
      #expect(received.output.last?.lowercased() == "a forged one is taken: false")
      #expect(try await stage.portal.get("/v1/subscriptions").at("/items") == [])
    }
  }

  @Test(
    .enabled(if: ExampleLanguage.areAllHere, "needs bash, curl, openssl, python3 and node"),
    arguments: ExampleLanguage.all.filter { !$0.hasReceiver })
  func `a delivery that was kept is verified, and nothing like it`(
    language: ExampleLanguage
  ) async throws {
    try await withExamples { stage in
      let receiver = try Receiver { _, _ in .answer("204 No Content") }
      defer { receiver.stop() }
      let made = try await stage.portal.post(
        "/v1/subscriptions",
        ["url": .string(receiver.url), "event_types": ["*"], "heat_pumps": ["*"]])
      let secret = try #require(made.at("/secret")?.string)
      receiver.trust(secret)
      let id = try #require(made.at("/id")?.string)
      let test = try await stage.portal.post("/v1/subscriptions/\(id)/test")
      #expect(test.at("/outcome") == "delivered")
      let message = try #require(receiver.messages.first)
      let folder = try TemporaryFolder()
      let text = String(decoding: message.raw, as: UTF8.self)
      let kept = try folder.write(text, to: "body")
      let forged = try folder.write(text + " ", to: "forged")
      let headers = [
        "SECRET": secret, "WEBHOOK_ID": message.id, "WEBHOOK_TIMESTAMP": message.timestamp,
        "WEBHOOK_SIGNATURE": "v1,AAAA \(message.signature)",
      ]
      let genuine = try await run(
        language, "verify-webhook", stage, environment: headers, input: kept)
      #expect(genuine.output == ["genuine: \(message.id)"])
      let other = try await run(
        language, "verify-webhook", stage, environment: headers, input: forged, ending: 1)
      #expect(other.output == [])
      let old = headers.merging(["WEBHOOK_TIMESTAMP": "1700000000"]) { _, new in new }
      #expect(
        try await run(language, "verify-webhook", stage, environment: old, input: kept, ending: 1)
          .output == [])
    }
  }

  @Test(
    .enabled(if: ExampleLanguage.areAllHere, "needs bash, curl, openssl, python3 and node"),
    arguments: ExampleLanguage.all)
  func `a key that is not known is a problem that says so, and is not shown`(
    language: ExampleLanguage
  ) async throws {
    try await withExamples { stage in
      let refused = try await run(
        language, "read", stage, environment: ["KEY": "pgw_nobodys"], ending: nil)
      #expect(refused.ending != .exited(0))
      let said = refused.output + refused.errors
      #expect(said.contains { $0.contains("/problems/unauthenticated") }, "\(said)")
      #expect(!said.contains { $0.contains("pgw_nobodys") }, "\(said)")
    }
  }

  // MARK: Help

  private func withExamples(_ body: @Sendable (Stage) async throws -> Void) async throws {
    try await withStage(
      gateway: { setup in
        setup.scopes["portal"] = ["events:read", "jobs:write", "subscriptions:write"]
        setup.more["webhooks_out"] = ["allow": ["127.0.0.0/8"], "timeout": "PT5S"]
      }, body)
  }

  /// Runs an example to its end.
  ///
  /// - Parameters:
  ///   - input: the file that it reads as its standard input.
  ///   - ending: the exit code that it has to have; `nil` for whatever.
  private func run(
    _ language: ExampleLanguage, _ example: String, _ stage: Stage, _ arguments: [String] = [],
    environment: [String: String] = [:], input: String = "/dev/null", ending: Int32? = 0
  ) async throws -> (output: [String], errors: [String], ending: ChildProcess.Ending) {
    let folder = try TemporaryFolder()
    let own = [
      "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": folder.path,
      "PLACE": folder.path + "/place", "GATEWAY": "http://127.0.0.1:\(stage.gateway.port)",
      "KEY": TestKey.portal.key,
    ]
    let words = try language.words(example) + arguments
    let process = try ChildProcess(
      ["/bin/sh", "-c", #"exec "$@" <"$0""#, input] + words,
      environment: own.merging(environment) { _, new in new })
    let result = try await process.wait()
    if let ending {
      #expect(result == .exited(ending), "\(example): \(process.output) \(process.errors)")
    }
    return (process.output, process.errors, result)
  }
}

/// A language that there are examples in.
struct ExampleLanguage: Sendable, CustomTestStringConvertible {
  let name: String
  /// What runs a file of it; `nil` for what was compiled with the tests.
  let interpreter: String?
  /// The file of an example, or the word that names it.
  let file: @Sendable (String) -> String
  /// Whether it receives deliveries itself, or verifies those that others have received.
  let hasReceiver: Bool
  /// What `follow-events` gets, so that it comes to an end.
  let followArguments: [String]

  var testDescription: String { name }

  static let all = [
    ExampleLanguage(
      name: "curl", interpreter: "/bin/bash", file: { "\($0).sh" }, hasReceiver: false,
      followArguments: []),
    ExampleLanguage(
      name: "python", interpreter: "/usr/bin/python3",
      file: { $0.replacing("-", with: "_") + ".py" }, hasReceiver: true,
      followArguments: ["0", "3"]),
    ExampleLanguage(
      name: "javascript", interpreter: "/usr/bin/node", file: { "\($0).mjs" }, hasReceiver: true,
      followArguments: ["0", "3"]),
    ExampleLanguage(
      name: "swift", interpreter: nil, file: { $0 }, hasReceiver: false,
      followArguments: ["0", "3"]),
  ]

  /// Whether this machine can run them.
  static let areAllHere = (all.compactMap(\.interpreter) + ["/usr/bin/curl", "/usr/bin/openssl"])
    .allSatisfy { access($0, X_OK) == 0 }

  /// The words of the command that runs an example.
  func words(_ example: String) throws -> [String] {
    guard let interpreter else {
      return [try BuiltProduct.path("heat-pump-examples"), file(example)]
    }
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return [interpreter, "/\(root)/examples/\(name)/\(file(example))"]
  }
}
