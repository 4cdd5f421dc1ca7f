import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: an operator sees what events came to, tries rules out, and has an event judged again.
/// Method: the real command beside the real gateway, on one configuration and one database.
@Suite(.enabled(if: !TestStorage.isPostgres, "about a file"))
struct HookCommandTests {
  @Test func `events are listed and shown, and a sample does nothing`() async throws {
    try await withStage(gateway: { $0.addHooks() }) { stage in
      for event: JSONValue in [
        ["id": "1", "event": "doorbell"], ["id": "2", "event": "hot_water", "value": 90],
      ] {
        #expect(try await TestHook.house.send(stage.app(nil), event).status == 202)
      }
      let listed = try await run(stage, ["list"]).map(json)
      #expect(listed.map { $0.at(pointer: "/state") } == ["dead", "ignored"])
      let dead = try await run(stage, ["list", "--state", "dead", "--hook", "house"]).map(json)
      #expect(dead == [listed[0]])
      let id = try #require(dead[0].at(pointer: "/id")?.string)
      let shown = json(try await run(stage, ["show", id]).joined())
      #expect(shown.at(pointer: "/body/value") == 90)
      #expect(shown.at(pointer: "/reason")?.string?.isEmpty == false)

      let folder = try TemporaryFolder()
      let sample = try folder.write(
        #"{"id": "x", "event": "hot_water", "value": 47.5}"#, to: "event.json")
      let tried = json(try await run(stage, ["test", "house", sample]).joined())
      #expect(tried.at(pointer: "/rule") == "hot-water")
      #expect(tried.at(pointer: "/upstream_body/dhw_standard_temperature") == decimal("47.5"))
      #expect(stage.updateCount == 0)
      #expect(try await run(stage, ["list"]).count == 2)
    }
  }

  @Test func `a replay from the command line is carried out by the running gateway`() async throws {
    try await withStage(gateway: { $0.addHooks() }) { stage in
      let answer = try await TestHook.house.send(
        stage.app(nil), ["id": "1", "event": "hot_water", "value": decimal("47.5")])
      let id = try #require(answer.at("/event_id")?.string)
      try await applied(id, replays: 0, stage)
      let replayed = json(try await run(stage, ["replay", id]).joined())
      #expect(replayed.at(pointer: "/replays") == 1)
      try await applied(id, replays: 1, stage)
      #expect(stage.updateCount == 2)
    }
  }

  private func applied(_ id: String, replays: Int, _ stage: Stage) async throws {
    try await eventually("event \(id), applied") {
      let event = try await stage.portal.get("/v1/hook-events/\(id)")
      return event.at("/state") == "applied" && event.at("/replays")?.integer == replays
    }
  }

  private func run(_ stage: Stage, _ arguments: [String]) async throws -> [String] {
    let command = try ChildProcess(
      [try BuiltProduct.path("podero-gateway"), "hook-events"] + arguments + [
        "--config", stage.gateway.configurationPath,
      ])
    #expect(try await command.wait() == .exited(0), "\(command.errors)")
    return command.output
  }

  private func json(_ text: String) -> JSONValue {
    (try? JSONValue(parsing: Array(text.utf8))) ?? .null
  }
}
