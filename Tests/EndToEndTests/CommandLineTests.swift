import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: the executables can be called as the documentation says.
/// Method: the built products, run as processes; exit codes and output are read.
@Suite struct CommandLineTests {
  private static let badFile = """
    listen: {port: 99999, colour: red}
    organisations:
      - name: acme
        id: not-a-uuid
        client_id: {env: E2E_UNSET_VARIABLE}
        client_secret: hunter2-inline
        write_mode: sideways
    apps:
      - name: portal
        organisation: nobody
        keys: [{sha256: short}]
        scopes: [heat-pumps:fly]
    """

  @Test func `check-config lists all problems with their lines and ends with 78`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.badFile, to: "bad.yaml")
    for words in [["check-config", file], ["serve", "--config", file]] {
      let process = try await run(words)
      #expect(process.ending == .exited(78))
      let lines = process.errors
      for place in [
        "listen.port", "colour", "organisations[0].id",
        "organisations[0].client_id: missing secret",
        "organisations[0].client_secret", "organisations[0].write_mode", "apps[0].organisation",
        "apps[0].keys[0].sha256", "apps[0].scopes[0]",
      ] {
        let line = lines.first { $0.contains(place) }
        #expect(line?.hasPrefix(file + ":") == true, "\(place): \(lines)")
      }
      #expect(!lines.joined().contains("hunter2"))
    }
    let missing = try await run(["check-config", folder.path + "/none.yaml"])
    #expect(missing.ending == .exited(78))
    let setup = GatewaySetup(origin: "http://127.0.0.1:1")
    let good = try folder.write(setup.configuration(folder: folder.path).text, to: "good.yaml")
    let checked = try await run(
      ["check-config", good],
      environment: setup.environment.merging(try await TestStorage.environment()) { own, _ in own })
    #expect(checked.ending == .exited(0))
    #expect(checked.output.first == good + ": OK")
    let bare = try await run(["check-config", good])
    #expect(bare.ending == .exited(78))
    #expect(bare.errors.joined().contains("organisations[0].client_secret: missing secret"))
  }

  @Test func `new-key makes a key and the hash that admits it`() async throws {
    var keys: Set<String> = []
    var last: (key: String, hash: String) = ("", "")
    for _ in 0..<3 {
      let process = try await run(["new-key"])
      #expect(process.ending == .exited(0))
      let output = process.output
      let key = String(output[0].split(separator: " ").last ?? "")
      let hash = String(output[1].split(separator: " ").last ?? "")
      #expect(key.hasPrefix("pgw_") && key.utf8.count == 47)
      #expect(hash.utf8.count == 64)
      keys.insert(key)
      last = (key, hash)
    }
    #expect(keys.count == 3)
    let (key, hash) = last
    try await withStage(gateway: { setup in
      setup.more["apps"] = [
        [
          "name": "new", "organisation": "acme", "keys": [["sha256": .string(hash)]],
          "scopes": ["heat-pumps:read"], "users": ["*"], "heat_pumps": ["*"],
        ]
      ]
    }) { stage in
      let client = stage.app(nil)
      let answer = try await client.get("/v1/heat-pumps/smith-home", ["X-API-Key": key])
      #expect(answer.status == 200)
    }
  }

  @Test func `version prints itself`() async throws {
    let process = try await run(["version"])
    #expect(process.ending == .exited(0))
    #expect(process.output.first?.hasPrefix("podero-gateway 0.") == true)
  }

  @Test func `memory comes from mimalloc`() async throws {
    let process = try await run(["version"], environment: ["MIMALLOC_SHOW_STATS": "1"])
    #expect(process.errors.contains { $0.hasPrefix("heap stats") }, "\(process.errors)")
  }

  @Test func `a wrong command line is told apart from a wrong configuration`() async throws {
    for words in [["serve"], ["fly"], ["check-config"]] {
      #expect(try await run(words).ending == .exited(64))
    }
  }

  @Test(arguments: ["listen", "admin"])
  func `a port that is taken ends with 71 and a clear line`(section: String) async throws {
    try await withStage { stage in
      for port in [stage.simulator.port, Int(stage.gateway.port), Int(stage.gateway.adminPort)] {
        var setup = GatewaySetup(origin: stage.simulator.origin)
        setup.more["listen"] = ["port": 0]
        setup.more["admin"] = ["port": 0]
        setup.more[section] = ["port": .number(ExactDecimal(port))]
        do {
          let second = try await GatewayProcess.start(setup)
          Issue.record("\(section) shares port \(port)")
          _ = try await second.terminate()
        } catch let ended as GatewayEnded {
          #expect(ended.ending == .exited(71))
          let line = logLines(ended.log).last { $0["level"]?.string == "critical" }
          #expect(line?["message"]?.string == "cannot start")
          #expect(line?["fault"]?.string?.contains("\(port)") == true, "\(ended.log)")
        }
      }
    }
  }

  @Test func `both executables work together`() async throws {
    let simulator = try ChildProcess(
      [try BuiltProduct.path("podero-simulator"), "--port", "0"],
      environment: ["PODERO_SIMULATOR_CLIENT_SECRET": "demo-secret"])
    let line = try await eventualValue("simulator", within: .seconds(60)) {
      simulator.output.first { $0.contains("listening on") }
    }
    let origin = try #require(line.split(separator: " ").first { $0.hasPrefix("http://") })
    let gateway = try await GatewayProcess.start(GatewaySetup(origin: String(origin)))
    let client = HTTPClient(port: gateway.port, key: .portal, transcript: Locked([]))
    #expect(try await client.get("/v1/heat-pumps/smith-home").status == 200)
    let write = try await client.patch("/v1/heat-pumps/smith-home", patch("/pause/active", true))
    #expect(write.at("/write/status")?.string == "applied")
    let port = try #require(origin.split(separator: ":").last.flatMap { UInt16($0) })
    let control = HTTPClient(port: port, key: nil, transcript: Locked([]))
    let stats = try await control.get("/control/stats")
    #expect(stats.at("/requests/update")?.integer == 1)
    #expect(stats.at("/requests/token")?.integer == 1)
    #expect(try await gateway.terminate() == .exited(0))
    simulator.signal(15)
    #expect(try await simulator.wait() == .exited(0))
  }

  private func run(
    _ words: [String], environment: [String: String] = [:]
  ) async throws -> ChildProcess {
    let process = try ChildProcess(
      [try BuiltProduct.path("podero-gateway")] + words, environment: environment)
    _ = try await process.wait()
    return process
  }
}
