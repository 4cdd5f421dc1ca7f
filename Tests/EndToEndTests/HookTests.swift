import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: events of home-automation systems are verified, applied once, in order and in time, and
/// can be followed.
/// Method: signed events sent to the real gateway; what reaches the simulator; what is told of
/// them.
@Suite struct HookTests {
  @Test func `an event is applied once, however often it comes`() async throws {
    try await withHooks { stage in
      let event: JSONValue = ["id": "e-1", "event": "hot_water", "value": decimal("48.5")]
      let first = try await TestHook.house.send(stage.app(nil), event)
      #expect(first.status == 202)
      let id = try #require(first.at("/event_id")?.string)
      for _ in 0..<3 {
        let again = try await TestHook.house.send(stage.app(nil), event)
        #expect(again.status == 202)
        #expect(again.at("/event_id")?.string == id)
      }
      let applied = try await end(of: id, stage)
      #expect(applied.at("/state") == "applied")
      #expect(applied.at("/hook") == "house")
      #expect(applied.at("/rule") == "hot-water")
      #expect(applied.at("/heat_pump/alias") == "smith-home")
      #expect(applied.at("/reason") == .null)
      #expect(stage.simulator.updates().map(\.text).count == 1)
      #expect(stage.simulator.updates()[0].text.contains("48.5"))
      // The operation names the hook.
      let operation = try #require(applied.at("/operation_id")?.string)
      let shown = try await stage.portal.get("/v1/operations/\(operation)")
      #expect(shown.at("/origin") == ["kind": "hook", "name": "house"])
      #expect(try await stage.metric(#"hook_events_total{hook="house",outcome="repeated"}"#) == 3)
    }
  }

  @Test func `a slider's events become one update with the newest value`() async throws {
    try await withHooks { stage in
      var ids: [String] = []
      for step in 0..<20 {
        let answer = try await TestHook.house.send(
          stage.app(nil),
          [
            "id": .string("slide-\(step)"), "event": "hot_water",
            "value": .number(ExactDecimal(45 + step)),
          ])
        ids.append(try #require(answer.at("/event_id")?.string))
      }
      let last = try await end(of: ids[19], stage)
      #expect(last.at("/state") == "applied")
      var states: [String: Int] = [:]
      for id in ids {
        states[try await end(of: id, stage).at("/state")?.string ?? "none", default: 0] += 1
      }
      #expect(states == ["merged": 19, "applied": 1])
      #expect(stage.simulator.updates().count == 1)
      #expect(stage.simulator.updates()[0].text.contains("64"))
    }
  }

  @Test func `whoever does not prove itself learns nothing`() async throws {
    try await withHooks { stage in
      let event: JSONValue = ["id": "e-1", "event": "nobody_home"]
      let wrong = TestHook(name: "house", secret: "guess")
      let refusals = [
        try await wrong.send(stage.app(nil), event),
        try await TestHook(name: "closed", secret: TestHook.house.secret).send(
          stage.app(nil), event),
        try await TestHook(name: "unknown", secret: TestHook.house.secret).send(
          stage.app(nil), event),
        try await stage.app(nil).post("/v1/hooks/house", event),
        try await stage.app(.full).post("/v1/hooks/house", event),
        try await stage.app(nil).post("/v1/hooks/fleet/guess", event),
        try await stage.app(nil).post("/v1/hooks/fleet", event),
        try await stage.app(nil).post("/v1/hooks/%08", event),
        try await stage.app(nil).post("/v1/hooks/fleet/%ff", event),
      ]
      let shapes = Set(
        refusals.map { answer in
          "\(answer.verdict) \(answer.at("/detail") ?? .null) \(answer.headers.keys.sorted())"
        })
      #expect(shapes.count == 1)
      #expect(refusals[0].verdict == "401 unauthenticated")
      let reasons = Set(
        stage.gateway.log.filter { $0["message"]?.string == "event refused" }
          .compactMap { $0["reason"]?.string })
      #expect(reasons.isSuperset(of: ["wrong_proof", "disabled_hook", "unknown_hook"]))
      #expect(stage.updateCount == 0)
    }
  }

  @Test(arguments: [
    (#"{"id":"#, "application/json", "400 malformed-json"),
    (#"["e"]"#, "application/json", "400 malformed-request"),
    (#"{"event":"nobody_home"}"#, "application/json", "400 malformed-request"),
    (#"{"id":"e"}"#, "text/plain", "415 unsupported-media-type"),
  ])
  func `a proven source hears what is wrong with its event`(
    body: String, type: String, verdict: String
  ) async throws {
    try await withHooks { stage in
      let answer = try await TestHook.house.send(
        stage.app(nil), body: Array(body.utf8), type: type)
      #expect(answer.verdict == verdict)
    }
  }

  @Test func `a form is an event too, and the event may say which heat pump it means`() async throws
  {
    try await withHooks { stage in
      let device = PoderoSimulator.heatPumpID(2)
      // Ids are known once they were met.
      _ = try await stage.portal.get(stage.path(2))
      let answer = try await TestHook.fleet.send(
        stage.app(nil), body: Array("id=f-1&event=hot_water&value=51.5&device=\(device)".utf8),
        type: "application/x-www-form-urlencoded")
      #expect(answer.status == 202)
      let event = try await end(of: try #require(answer.at("/event_id")?.string), stage)
      #expect(event.at("/state") == "applied")
      #expect(event.at("/heat_pump/id")?.string == device.description)
      #expect(stage.simulator.updates()[0].text.contains("51.5"))
    }
  }

  @Test func `events that lead to nothing say so`() async throws {
    try await withHooks { stage in
      let ignored = try await send(["id": "1", "event": "doorbell"], stage)
      #expect(ignored.at("/state") == "ignored")
      let dead = try await send(["id": "2", "event": "hot_water", "value": 90], stage)
      #expect(dead.at("/state") == "dead")
      #expect(dead.at("/rule") == "hot-water")
      #expect(dead.at("/reason")?.string?.isEmpty == false)
      let missing = try await send(["id": "3", "event": "hot_water"], stage)
      #expect(missing.at("/state") == "dead")
      #expect(stage.updateCount == 0)
      let listed = try await stage.portal.get("/v1/hook-events?state=dead&limit=1")
      #expect(listed.at("/items/0/id") == missing.at("/id"))
      let cursor = try #require(listed.at("/next_cursor")?.string)
      let next = try await stage.portal.get("/v1/hook-events?state=dead&limit=1&cursor=\(cursor)")
      #expect(next.at("/items/0/id") == dead.at("/id"))
      #expect(next.at("/next_cursor") == .null)
      // What is about no heat pump is not for an app that may see just some.
      let id = try #require(ignored.at("/id")?.string)
      let narrow = stage.app(.narrow)
      #expect(try await narrow.get("/v1/hook-events/\(id)").verdict == "404 not-found")
      let seen = try await narrow.get("/v1/hook-events")
      #expect(seen.at("/items")?.array?.count == 2)
      #expect(try await stage.app(.reader).get("/v1/hook-events").verdict == "403 forbidden")
    }
  }

  @Test func `a command that comes too late is not carried out`() async throws {
    try await withHooks { stage in
      stage.simulator.setFault(SimulatorFault(.status(429, retryAfter: .seconds(1))))
      let answer = try await TestHook.house.send(
        stage.app(nil), ["id": "1", "event": "comment", "value": "late"])
      let event = try await end(of: try #require(answer.at("/event_id")?.string), stage)
      #expect(event.at("/state") == "expired")
      #expect(event.at("/reason")?.string?.contains("time was over") == true)
      #expect(!stage.simulator.updates().contains { $0.applied })
    }
  }

  @Test func `a dead event can be replayed once its cause is gone`() async throws {
    try await withHooks { stage in
      let answer = try await TestHook.fleet.send(
        stage.app(nil),
        body: Array("id=1&event=hot_water&value=47&device=\(PoderoSimulator.heatPumpID(3))".utf8),
        type: "application/x-www-form-urlencoded")
      let id = try #require(answer.at("/event_id")?.string)
      let dead = try await end(of: id, stage)
      #expect(dead.at("/state") == "dead")
      #expect(dead.at("/reason")?.string?.contains("not known") == true)
      _ = try await stage.portal.get(stage.path(3))
      let replayed = try await stage.full.post("/v1/hook-events/\(id)/replay")
      #expect(replayed.status == 202)
      let applied = try await end(of: id, stage)
      #expect(applied.at("/state") == "applied")
      #expect(applied.at("/replays") == 1)
      #expect(stage.simulator.updates().count == 1)
    }
  }

  @Test func `what was accepted survives the death of the process`() async throws {
    let folder = try TemporaryFolder()
    let database: JSONValue = ["sqlite": ["path": .string("\(folder.path)/gateway.db")]]
    try await withStage(gateway: {
      $0.addHooks()
      $0.more["storage"] = database
    }) { stage in
      let event: JSONValue = ["id": "e-1", "event": "hot_water", "value": decimal("48.5")]
      let first = try await TestHook.house.send(stage.app(nil), event)
      let id = try #require(first.at("/event_id")?.string)
      stage.gateway.signal(9)
      _ = try await stage.gateway.wait()
      var setup = GatewaySetup(origin: stage.simulator.origin)
      setup.addHooks()
      setup.more["storage"] = database
      let next = Stage(
        simulator: stage.simulator, gateway: try await GatewayProcess.start(setup))
      let again = try await TestHook.house.send(next.app(nil), event)
      #expect(again.at("/event_id")?.string == id)
      #expect(try await end(of: id, next).at("/state") == "applied")
      #expect(stage.simulator.updates().count == 1)
      #expect(try await next.gateway.terminate() == .exited(0))
    }
    // The folder is gone with its last holder.
    withExtendedLifetime(folder) {}
  }

  private func send(_ event: JSONValue, _ stage: Stage) async throws -> Answer {
    let answer = try await TestHook.house.send(stage.app(nil), event)
    #expect(answer.status == 202)
    return try await end(of: try #require(answer.at("/event_id")?.string), stage)
  }

  private func end(of id: String, _ stage: Stage) async throws -> Answer {
    try await eventualValue("the end of event \(id)", within: .seconds(40)) {
      let event = try await stage.portal.get("/v1/hook-events/\(id)")
      return event.at("/state") == "accepted" ? nil : event
    }
  }

  private func withHooks(
    _ body: @Sendable (Stage) async throws -> Void
  ) async throws {
    try await withStage(gateway: { $0.addHooks() }, body)
  }
}
