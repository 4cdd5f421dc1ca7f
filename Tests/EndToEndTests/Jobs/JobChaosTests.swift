import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: a fleet job under faults and kills ends with every heat pump in a definite state, and what
/// it changed is as it was before.
/// Method: the real executable on one file and against a faulty simulator, killed while the job
/// changes and while it puts back.
@Suite(.serialized, .enabled(if: !TestStorage.isPostgres, "about a file"))
struct JobChaosTests {
  private static let scale = ChaosScale.present

  @Test func `a job that is killed again and again changes all, and puts all back`() async throws {
    let scale = Self.scale
    let kills = max(2, scale.kills / 8)
    try await ChaosStage.with(
      heatPumps: scale.watchedHeatPumps, seed: scale.seed,
      configure: { setup, _ in setup.scopes["portal"] = ["jobs:write"] }
    ) { stage in
      let start = SystemClock().monotonic
      let count = stage.simulator.heatPumpCount
      let patience = Duration.seconds(max(300, count / 10))
      let before = values(stage)
      var gateway = try await stage.start()
      let job = try await create(stage, gateway, count)
      for kill in 0..<kills {
        // Half of them while it changes, the others while it puts back.
        let phase = kill * 2 < kills ? "counts" : "revert_counts"
        let step = kill * 2 < kills ? kill + 1 : kill - kills / 2 + 1
        let done = min(count / 2, count * step / (kills + 2))
        try await eventually("\(done) of \(phase)", within: patience) { [gateway] in
          let shown = try await stage.client(gateway.port).get("/v1/jobs/\(job)")
          return shown.at("/\(phase)/applied")?.integer ?? 0 >= done
        }
        gateway.signal(9)
        _ = try await gateway.wait()
        gateway = try await stage.start()
      }
      let ended = try await eventualValue("the job's end", within: patience) { [gateway] in
        let shown = try await stage.client(gateway.port).get("/v1/jobs/\(job)")
        return shown.status == 200 && shown.at("/ended_at") != JSONValue.null ? shown : nil
      }
      #expect(ended.at("/state") == "finished")
      for phase in ["counts", "revert_counts"] {
        #expect(ended.at("/\(phase)/in_progress") == .number(0))
        #expect(ended.at("/\(phase)/not_begun") == .number(0))
      }
      // A value that the upstream refused at random stays, and the results say so.
      let kept = try await failures(stage, gateway, job, count)
      let after = values(stage)
      let changed = before.keys.filter { before[$0] != after[$0] && !kept.contains($0) }
      #expect(changed == [], "not put back")
      #expect(try await gateway.terminate() == .exited(0))
      let figures = try await stage.reckon()
      let seconds = Int((SystemClock().monotonic - start).seconds)
      report(
        "job, seed \(scale.seed): \(count) heat pumps, \(kills) kills in \(seconds) s; changed: "
          + "\(ended.at("/counts")?.text ?? ""), "
          + "put back: \(ended.at("/revert_counts")?.text ?? ""); \(figures.line)")
    }
  }

  private func create(
    _ stage: ChaosStage, _ gateway: GatewayProcess, _ count: Int
  ) async throws -> String {
    let users = Set(
      (1...count).compactMap { stage.simulator.owner(of: PoderoSimulator.heatPumpID($0)) })
    let body: JSONValue = [
      "users": .array(users.sorted().map { .string($0.description) }),
      "patch": ["pause": ["active": true], "hot_water": ["standard_temperature": 43]],
      "rate_per_second": .number(ExactDecimal(max(20, count / 20))), "ramp": "PT2S",
      "revert_after": .string(Duration.seconds(max(20, count / 50)).iso8601),
    ]
    return try await eventualValue("a job") {
      let answer = try await stage.client(gateway.port).post("/v1/jobs", body)
      return answer.status == 202 ? answer.at("/id")?.string : nil
    }
  }

  /// The heat pumps whose change or way back failed.
  private func failures(
    _ stage: ChaosStage, _ gateway: GatewayProcess, _ job: String, _ count: Int
  ) async throws -> Set<ResourceID> {
    let page = try await stage.client(gateway.port).get("/v1/jobs/\(job)/results?limit=10000")
    let items = try #require(page.at("/items")?.array)
    #expect(items.count == count)
    return Set(
      items.filter { $0.at(pointer: "/revert/outcome") == "failed" }
        .compactMap { $0["heat_pump_id"]?.string.flatMap { ResourceID($0) } })
  }

  private func values(_ stage: ChaosStage) -> [ResourceID: [JSONValue?]] {
    var values: [ResourceID: [JSONValue?]] = [:]
    for number in 1...stage.simulator.heatPumpCount {
      let id = PoderoSimulator.heatPumpID(number)
      let shown = stage.simulator.heatPump(id)?["heat_pump"]
      values[id] = ["is_pause_power_active", "dhw_standard_temperature"].map { shown?[$0] }
    }
    return values
  }
}
