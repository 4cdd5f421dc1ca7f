import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: an app changes many heat pumps with one request, follows how it goes, and gets all back.
/// Method: the real gateway before the simulator, with jobs that last seconds.
@Suite struct JobTests {
  @Test func `a grid operator's event: heat pumps are paused, and as they were afterwards`()
    async throws
  {
    try await withJobs { stage in
      // One is paused by its owner already, and stays so.
      _ = try await stage.full.patch(stage.path(3), patch("/pause/active", true))
      let heatPumps = try await discovered(stage)
      let job = try await create(
        stage,
        [
          "heat_pumps": .array(heatPumps), "patch": ["pause": ["active": true]],
          "rate_per_second": 50, "revert_after": "PT2S", "abort_above_percent": 50,
        ])
      try await eventually("all are paused") {
        try await stage.full.get("/v1/jobs/\(job)").at("/counts/applied") == .number(6)
      }
      #expect(paused(stage) == [true, true, true, true, true, true])
      let ended = try await end(of: job, stage)
      #expect(ended.at("/state") == "finished")
      #expect(ended.at("/revert_counts/applied") == .number(5))
      #expect(ended.at("/revert_counts/skipped") == .number(1))
      #expect(paused(stage) == [false, false, true, false, false, false])
      let events = try await stage.full.get("/v1/events?after=0&event_types=job.progress,job.ended")
      let states = (events.at("/items")?.array ?? []).compactMap {
        $0.at(pointer: "/data/job/state")
      }
      #expect(states.first == "running")
      #expect(states.contains("reverting"))
      #expect(states.last == "finished")
    }
  }

  @Test func `results are downloaded as JSON, as JSON lines and as a table`() async throws {
    try await withJobs { stage in
      let heatPumps = try await discovered(stage)
      let job = try await create(
        stage, ["heat_pumps": .array(heatPumps), "command": "resume", "rate_per_second": 50])
      _ = try await end(of: job, stage)
      let path = "/v1/jobs/\(job)/results"
      let page = try await stage.full.get(path + "?limit=4")
      #expect(page.at("/items")?.array?.count == 4)
      #expect(page.at("/next_cursor") == "4")
      #expect(page.at("/items/0/change/outcome") == "applied")
      let rest = try await stage.full.get(path + "?limit=4&cursor=4")
      #expect(rest.at("/items")?.array?.count == 2)
      #expect(rest.at("/next_cursor") == JSONValue.null)
      let table = try await stage.full.get(path, ["Accept": "text/csv"])
      let lines = table.text.split(separator: "\r\n")
      #expect(lines.count == 7)
      #expect(lines[0].hasPrefix("heat_pump_id,user_id,alias,change_outcome,change_state"))
      #expect(lines.dropFirst().allSatisfy { $0.contains(",applied,") })
      let jsonLines = try await stage.full.get(path + "?limit=3", ["Accept": "application/jsonl"])
      #expect(jsonLines.text.split(separator: "\n").count == 3)
      #expect(jsonLines.headers["link"]?.contains("cursor=3&limit=3") == true)
    }
  }

  @Test func `a dry run says what would happen, and nothing does`() async throws {
    try await withJobs { stage in
      _ = try await stage.full.patch(
        stage.path(2), patch("/space_heating/maximum_temperature", decimal("19")))
      let heatPumps = try await discovered(stage)
      let before = stage.updateCount
      let preview = try await post(
        stage,
        [
          "heat_pumps": .array(heatPumps), "dry_run": true,
          "patch": ["space_heating": ["minimum_temperature": 20]],
        ])
      #expect(preview.status == 200)
      #expect(preview.at("/heat_pumps") == .number(6))
      #expect(preview.at("/refused") == .number(1))
      #expect(
        preview.at("/refusals/0/heat_pump_id")?.string
          == PoderoSimulator.heatPumpID(2).description)
      #expect(stage.updateCount == before)
      #expect(try await stage.full.get("/v1/jobs").at("/items")?.array == [])
    }
  }

  @Test func `a job is made once per key, and shown to nobody else`() async throws {
    try await withJobs { stage in
      let body: JSONValue = [
        "heat_pumps": .array(try await discovered(stage)), "command": "resume",
      ]
      let first = try await post(stage, body, ["Idempotency-Key": "one"])
      let again = try await post(stage, body, ["Idempotency-Key": "one"])
      #expect(first.status == 202 && again.status == 202)
      let id = try #require(first.at("/id")?.string)
      #expect(again.at("/id")?.string == id)
      #expect(first.headers["location"] == "/v1/jobs/\(id)")
      let other = try await post(
        stage, ["all": true, "command": "resume"], ["Idempotency-Key": "one"])
      #expect(other.verdict == "422 idempotency-mismatch")
      #expect(try await stage.portal.get("/v1/jobs/\(id)").status == 403)
      #expect(try await stage.full.get("/v1/jobs/\(PoderoSimulator.userID(1))").status == 404)
    }
  }

  @Test func `a cancelled job stops and puts back`() async throws {
    try await withJobs { stage in
      let job = try await create(
        stage,
        [
          "heat_pumps": .array(try await discovered(stage)), "rate_per_second": decimal("0.2"),
          "patch": ["pause": ["active": true]],
        ])
      try await eventually("one is paused") { paused(stage).contains(true) }
      let answer = try await stage.full.post("/v1/jobs/\(job)/cancel", ["revert": true])
      #expect(answer.status == 202)
      #expect(answer.at("/cancel_requested") == true)
      let ended = try await end(of: job, stage)
      #expect(ended.at("/state") == "cancelled")
      #expect(ended.at("/counts/not_begun")?.integer ?? 0 > 2)
      #expect(!paused(stage).contains(true))
      let late = try await stage.full.post("/v1/jobs/\(job)/cancel", [:])
      #expect(late.status == 200)
    }
  }

  @Test func `a gateway killed in the middle leaves nothing undone and nothing done twice`()
    async throws
  {
    await Turnstile.shared.enter()
    defer { Turnstile.shared.leave() }
    let simulator = try await PoderoSimulator.start(SimulatorSettings())
    let folder = try TemporaryFolder()
    var setup = GatewaySetup(origin: simulator.origin)
    setup.scopes["full"] = ["jobs:write", "events:read"]
    setup.more["storage"] = ["sqlite": ["path": .string("\(folder.path)/jobs.db")]]
    let first = Stage(simulator: simulator, gateway: try await GatewayProcess.start(setup))
    let heatPumps = try await discovered(first)
    let job = try await create(
      first,
      [
        "heat_pumps": .array(heatPumps), "rate_per_second": 2,
        "patch": ["pause": ["active": true]],
        // Among several gateways the dead one has to be silent for up to eight seconds first.
        "revert_after": TestStorage.isPostgres ? "PT20S" : "PT6S",
      ])
    try await eventually("some are paused") { paused(first).filter { $0 == true }.count > 1 }
    first.gateway.signal(9)
    _ = try await first.gateway.wait()
    let second = Stage(simulator: simulator, gateway: try await GatewayProcess.start(setup))
    let ended = try await end(of: job, second)
    #expect(ended.at("/state") == "finished")
    #expect(ended.at("/counts/applied") == .number(6))
    #expect(ended.at("/revert_counts/applied") == .number(6))
    #expect(!paused(second).contains(true))
    #expect(second.updateCount == 12)
    #expect(try await second.gateway.terminate() == .exited(0))
    await simulator.stop()
  }

  // MARK: Help

  private func withJobs(_ body: @Sendable (Stage) async throws -> Void) async throws {
    try await withStage(gateway: { $0.scopes["full"] = ["jobs:write", "events:read"] }, body)
  }

  /// Six heat pumps that the gateway knows.
  private func discovered(_ stage: Stage) async throws -> [JSONValue] {
    for number in 1...6 { _ = try await stage.full.get(stage.path(number)) }
    return (1...6).map { .string(PoderoSimulator.heatPumpID($0).description) }
  }

  private func post(
    _ stage: Stage, _ body: JSONValue, _ headers: [String: String] = [:]
  ) async throws -> Answer {
    try await stage.full.post("/v1/jobs", body, headers)
  }

  private func create(_ stage: Stage, _ body: JSONValue) async throws -> String {
    let answer = try await post(stage, body)
    #expect(answer.status == 202, "\(answer.text)")
    return try #require(answer.at("/id")?.string)
  }

  private func end(of job: String, _ stage: Stage) async throws -> Answer {
    try await eventualValue("the job's end") {
      let answer = try await stage.full.get("/v1/jobs/\(job)")
      return answer.at("/ended_at") == JSONValue.null ? nil : answer
    }
  }

  private func paused(_ stage: Stage) -> [JSONValue?] {
    (1...6).map {
      stage.simulator.heatPump(PoderoSimulator.heatPumpID($0))?["heat_pump"]?[
        "is_pause_power_active"]
    }
  }
}
