import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: another configuration counts for every request that begins after it was loaded, and one
/// that cannot be used changes nothing.
/// Method: files written under the running gateway, and an operator who has them read.
@Suite struct ReloadTests {
  @Test func `who may what is what the new file says`() async throws {
    try await withStage { stage in
      var setup = GatewaySetup(origin: stage.simulator.origin)
      let novice = TestKey.made("novice")
      #expect(try await stage.app(novice).get(stage.path(1)).status == 401)
      #expect(try await stage.app(.reader).get(stage.path(1)).status == 200)
      setup.apps.removeAll { $0["name"] == "reader" }
      setup.apps.append(GatewaySetup.app("novice", novice))
      setup.change(app: "portal") { $0["scopes"] = ["heat-pumps:read"] }
      setup.change(app: "narrow") { $0["may_write"] = ["/pause/active": [:]] }
      let loaded = try await stage.reload(setup)
      #expect(loaded.status == 200)
      #expect(loaded.at("/generation") == 2)
      #expect(
        loaded.at("/changes") == [
          ["path": "apps[reader]", "change": "removed"],
          ["path": "apps[portal].scopes", "change": "changed"],
          ["path": "apps[narrow].may_write", "change": "changed"],
          ["path": "apps[novice]", "change": "added"],
        ])
      #expect(try await stage.app(.reader).get(stage.path(1)).verdict == "401 unauthenticated")
      #expect(try await stage.app(novice).get(stage.path(1)).status == 200)
      let water = patch("/hot_water/standard_temperature", 50)
      #expect(try await stage.portal.patch(stage.path(1), water).verdict == "403 forbidden")
      #expect(try await stage.app(.narrow).patch(stage.path(1), water).verdict == "403 forbidden")
      let pause = patch("/pause/active", true)
      #expect(try await stage.app(.narrow).patch(stage.path(1), pause).status == 200)
      #expect(try await stage.metric("config_generation") == 2)
      #expect(try await stage.metric(#"config_reloads_total{outcome="loaded"}"#) == 1)
    }
  }

  @Test func `a file with mistakes is refused as a whole, and each is named with its line`()
    async throws
  {
    try await withStage { stage in
      let good = GatewaySetup(origin: stage.simulator.origin)
      var bad = good
      bad.apps.removeAll { $0["name"] == "reader" }
      bad.change(app: "portal") { $0["scopes"] = ["heat-pumps:fly"] }
      bad.organisation["budget"] = ["in_flight": 0]
      let refused = try await stage.reload(bad)
      #expect(refused.verdict == "422 configuration-refused")
      let errors = refused.at("/errors")?.array ?? []
      #expect(
        Set(errors.compactMap { $0["pointer"]?.string })
          == ["/organisations/0/budget/in_flight", "/apps/1/scopes/0"])
      #expect(errors.allSatisfy { ($0["line"]?.integer ?? 0) > 0 && $0["detail"]?.string != nil })
      // Nothing of it counts, also not what was good in it.
      #expect(try await stage.app(.reader).get(stage.path(1)).status == 200)
      #expect(try await stage.generation == 1)
      let lines = stage.gateway.log.filter {
        $0["message"] == "mistake in the configuration" && $0["level"] == "error"
      }
      #expect(lines.count == 2 && lines.allSatisfy { $0["line"] != nil && $0["path"] != nil })
      #expect(try await stage.metric("config_current") == 0)
      let status = try await stage.operator.get("/admin/status")
      #expect(status.at("/configuration/current") == false)
      #expect(status.at("/configuration/refused/mistakes")?.array == errors)
      #expect(try await stage.reload(good).status == 200)
      #expect(try await stage.metric("config_current") == 1)
    }
  }

  @Test func `a file that is no YAML, or gone, is refused, too`() async throws {
    try await withStage { stage in
      try stage.gateway.replace("gateway.yaml", by: "apps: [\n")
      #expect(
        try await stage.operator.post("/admin/reload").verdict == "422 configuration-refused")
      #expect(unlink(stage.gateway.configurationPath) == 0)
      #expect(
        try await stage.operator.post("/admin/reload").verdict == "422 configuration-refused")
      #expect(try await stage.app(.reader).get(stage.path(1)).status == 200)
      #expect(try await stage.admin(.metrics).post("/admin/reload").verdict == "403 forbidden")
    }
  }

  @Test func `a reload gives no app its burst anew`() async throws {
    try await withStage(gateway: { setup in
      setup.change(app: "reader") {
        $0["rate"] = ["requests_per_second": decimal("0.01"), "burst": 3]
      }
    }) { stage in
      var setup = GatewaySetup(origin: stage.simulator.origin)
      setup.change(app: "reader") {
        $0["rate"] = ["requests_per_second": decimal("0.01"), "burst": 3]
      }
      let reader = stage.app(.reader)
      for _ in 0..<2 { #expect(try await reader.get(stage.path(1)).status == 200) }
      setup.organisation["on_reset"] = "report"
      let loaded = try await stage.reload(setup)
      #expect(loaded.status == 200)
      #expect(try await reader.get(stage.path(1)).status == 200)
      #expect(try await reader.get(stage.path(1)).verdict == "429 rate-limited")
      setup.change(app: "reader") {
        $0["rate"] = ["requests_per_second": decimal("0.01"), "burst": 50]
      }
      #expect(try await stage.reload(setup).status == 200)
      #expect(try await reader.get(stage.path(1)).verdict == "429 rate-limited")
    }
  }

  @Test func `what counts at the start only stays as it was, and is named`() async throws {
    try await withStage { stage in
      var setup = GatewaySetup(origin: stage.simulator.origin)
      setup.more["listen"] = ["port": 1, "threads": 2]
      setup.more["limits"] = ["body_bytes": 2048, "drain": "PT7S"]
      setup.logLevel = "notice"
      #expect(try await stage.portal.get(stage.path(1)).status == 200)
      let loaded = try await stage.reload(setup)
      #expect(loaded.at("/needs_restart") == ["listen.port", "limits.body_bytes"])
      #expect(
        loaded.at("/changes") == [
          ["path": "log.level", "change": "changed"],
          ["path": "limits.drain", "change": "changed"],
        ])
      #expect(try await stage.portal.get(stage.path(1)).status == 200)
      let line = try await stage.gateway.waitForLine("needs a restart") {
        $0["message"]?.string?.contains("need a restart") == true
      }
      #expect(line["settings"] == "listen.port, limits.body_bytes")
      #expect(try await stage.metric("config_needs_restart") == 2)
      // Nothing below the new level is written any more.
      let count = stage.gateway.log.count
      for _ in 0..<3 { #expect(try await stage.app(nil).get(stage.path(1)).status == 401) }
      setup.logLevel = "debug"
      #expect(try await stage.reload(setup).status == 200)
      #expect(try await stage.app(nil).get(stage.path(1)).status == 401)
      try await stage.gateway.waitForLine("of the level") {
        $0["level"] == "debug" && $0["fault"] != nil
      }
      let between = stage.gateway.log.dropFirst(count).prefix {
        $0["message"] != "configuration loaded"
      }
      #expect(between.allSatisfy { $0["level"] != "debug" && $0["level"] != "info" })
      #expect(try await stage.gateway.terminate() == .exited(0))
      #expect(stage.gateway.log.contains { $0["message"] == "draining" && $0["grace"] == "PT7S" })
    }
  }

  @Test func `organisations come and go`() async throws {
    var settings = SimulatorSettings()
    settings.organisationID = PoderoSimulator.userID(99)
    let second = try await PoderoSimulator.start(settings)
    try await withStage { stage in
      let key = TestKey.made("other")
      let alone = GatewaySetup(origin: stage.simulator.origin)
      var other = GatewaySetup(origin: second.origin).organisation
      other["name"] = "other"
      other["id"] = .string(PoderoSimulator.userID(99).description)
      var setup = alone
      setup.more["organisations"] = [.object(alone.organisation), .object(other)]
      setup.apps.append(GatewaySetup.app("other", key, of: "other"))
      let loaded = try await stage.reload(setup)
      #expect(loaded.status == 200, "\(loaded.text)")
      let client = stage.app(key)
      #expect(try await client.get(stage.path(2)).status == 200)
      #expect(try await client.patch(stage.path(2), patch("/pause/active", true)).status == 200)
      #expect(second.updates().count == 1 && stage.updateCount == 0)
      let status = try await stage.operator.get("/admin/status")
      #expect(status.at("/organisations/1/name") == "other")
      #expect(status.at("/organisations/1/token/usable") == true)

      let path = stage.path(3)
      second.setFault(SimulatorFault(.hang(), call: .detail))
      let before = second.requestCount(.detail)
      async let running = client.get(path)
      await second.waitForRequests(.detail, count: before + 1)
      #expect(try await stage.reload(alone).status == 200)
      #expect(try await client.get(stage.path(2)).verdict == "401 unauthenticated")
      second.clearFaults()
      // What had begun ends as if nothing had been.
      #expect(try await running.status == 200)
      try await stage.gateway.waitForLine("its end") {
        $0["message"] == "organisation stopped" && $0["organisation"] == "other"
      }
      #expect(try await stage.portal.get(stage.path(2)).status == 200)

      // It comes back with all that was stored of it.
      #expect(try await stage.reload(setup).status == 200)
      let operations = try await client.get(stage.path(2) + "/operations")
      #expect(operations.at("/items/0/state") == "accepted")
    }
    await second.stop()
  }

  @Test func `streams of apps that are gone or changed end with a reason, others go on`()
    async throws
  {
    try await withStage(gateway: { $0.scopes = Self.listening }) { stage in
      var setup = GatewaySetup(origin: stage.simulator.origin)
      setup.scopes = Self.listening
      var streams: [TestKey: StreamClient] = [:]
      for key in [TestKey.full, .portal, .reader] {
        let stream = try await StreamClient.open(stage, key)
        #expect(try await stream.next()?.id == 0)
        streams[key] = stream
      }
      setup.apps = setup.apps.filter { $0["name"] != "reader" }
      setup.scopes = [:]
      setup.change(app: "portal") { $0["heat_pumps"] = ["smith-home"] }
      #expect(try await stage.reload(setup).status == 200)
      func end(_ key: TestKey) async throws -> String? {
        let last = try await streams[key]?.event()
        return last?.event == "end" ? last?.data?["reason"]?.string : last?.event
      }
      #expect(try await end(.reader) == "unauthenticated")
      #expect(try await end(.portal) == "reconfigured")
      let again = try await StreamClient.open(stage, .portal)
      #expect(try await again.next()?.id == 0)
      _ = try await stage.full.patch(stage.path(1), patch("/pause/active", true))
      // A write that fails is told at once.
      stage.simulator.setFault(SimulatorFault(.status(422), call: .update))
      _ = try await stage.full.patch(stage.path(1), patch("/pause/active", false))
      let event = try await streams[.full]?.event()
      #expect(event?.event?.hasPrefix("heat_pump.") == true)
    }
  }

  private static let listening: [String: [JSONValue]] = [
    "full": ["events:read"], "portal": ["events:read"], "reader": ["events:read"],
  ]

  @Test func `a hook goes by its new rules and secrets`() async throws {
    try await withStage(gateway: { $0.addFileHook(value: 48) }) { stage in
      func send(_ secret: String, _ id: String) async throws -> Answer {
        try await TestHook(name: "house", secret: secret).send(
          stage.app(nil), ["id": .string(id), "event": "hot_water"])
      }
      #expect(try await send("first", "e-1").status == 202)
      try stage.gateway.replace("house", by: "second\n")
      stage.gateway.signal(SIGHUP)
      try await stage.gateway.waitForLine("loaded") {
        $0["message"] == "configuration loaded" && $0["occasion"] == "SIGHUP"
      }
      #expect(try await send("first", "e-2").status == 401)
      #expect(try await send("second", "e-2").status == 202)
      var setup = GatewaySetup(origin: stage.simulator.origin)
      setup.addFileHook(value: 53)
      #expect(try await stage.reload(setup).at("/changes/0/path") == "hooks[house].rules")
      #expect(try await send("second", "e-3").status == 202)
      try await eventually("the new rule's update") {
        stage.simulator.updates().last?.text.contains("53") == true
      }
      #expect(
        try await stage.metric(#"hook_events_total{hook="house",outcome="accepted"}"#) == 3)
    }
  }
}

extension GatewaySetup {
  /// A hook whose secret is in a file, with a rule that sets the hot water to `value`.
  fileprivate mutating func addFileHook(value: Int) {
    files["house"] = "first\n"
    // The folder is known when the file is written only.
    appendix = """
      hooks:
        - name: house
          organisation: acme
          verify:
            hmac_sha256: {secrets: [{file: FOLDER/house}], header: X-Signature, prefix: "sha256="}
          heat_pumps: [smith-home]
          target: {alias: smith-home}
          rules:
            - name: hot-water
              when: [{pointer: /event, equals: hot_water}]
              then: {patch: {hot_water: {standard_temperature: \(value)}}}

      """
  }
}
