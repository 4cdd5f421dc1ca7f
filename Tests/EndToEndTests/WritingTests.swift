import GatewayCore
import HeatPumps
import PoderoSimulator
import TestSupport
import Testing

/// Goal: what is written arrives upstream as just what was named, and the answer tells the truth.
/// Method: patches and commands over real HTTP; the simulator's log of updates is the witness.
@Suite struct WritingTests {
  @Test(arguments: Command.all)
  func `a command writes its fields and no other`(command: Command) async throws {
    try await withStage { stage in
      let path = stage.path(1) + "/commands/" + command.name
      let answer = try await stage.portal.post(path, command.body)
      #expect(answer.status == 200, "\(answer.text)")
      #expect(answer.at("/write/status")?.string == "applied")
      #expect(answer.at("/write/operation_id")?.string.flatMap { ResourceID($0) } != nil)
      let sent = try #require(stage.lastUpdate(1))
      #expect(Set(sent.keys) == Set(command.fields.keys))
      for (name, value) in command.fields {
        guard let value else { continue }
        #expect(sent[name] == value, "\(name)")
      }
      let byAlias = try await stage.portal.post(
        "/v1/heat-pumps/smith-home/commands/" + command.name, command.body)
      #expect(byAlias.status == 200)
      #expect(stage.updateCount == 2)
    }
  }

  @Test func `null, absent and a value are three different things`() async throws {
    try await withStage { stage in
      let path = "/v1/heat-pumps/smith-home"
      let until = (SystemClock().wall + .seconds(7200)).description
      _ = try await stage.portal.post(path + "/commands/pause", ["for": "PT2H"])
      let answer = try await stage.portal.patch(path, ["pause": ["until": nil]])
      #expect(answer.status == 200)
      #expect(answer.at("/pause/until")?.isNull == true)
      #expect(answer.at("/pause/active")?.bool == true)
      #expect(stage.lastUpdate(1)?.keys == ["pause_power_until"])
      #expect(stage.lastUpdate(1)?["pause_power_until"]?.isNull == true)
      let json = try await stage.portal.send(
        "PATCH", path, ["Content-Type": "application/json; charset=utf-8"],
        body: Array(#"{"pause":{"until":"\#(until)"}}"#.utf8))
      #expect(json.status == 200)
      let count = stage.updateCount
      let empty = try await stage.portal.patch(path, [:])
      #expect(empty.status == 200)
      #expect(stage.updateCount == count)
    }
  }

  @Test func `a dry run shows the update and sends nothing`() async throws {
    try await withStage { stage in
      let dry = try await stage.full.patch(
        stage.path(1) + "?dry_run=true",
        ["optimization": ["level": "max"], "device": ["model": "Aero 99"]])
      #expect(dry.status == 200)
      let body = try #require(dry.at("/upstream_body")?.object)
      #expect(Set(body.keys) == ["optimization_level", "device_model"])
      #expect(body["optimization_level"] == "Max")
      #expect(dry.at("/upstream_body/device_model/manufacturer")?.string != nil)
      #expect(dry.at("/upstream_body/device_model/cloud_service_id")?.string != nil)
      #expect(dry.at("/upstream_body/device_model/cloud_service") == nil)
      let command = try await stage.full.post(
        stage.path(1) + "/commands/stop-optimizing?dry_run=true")
      #expect(command.at("/upstream_body") == ["is_smart_optimization_active": false])
      let refused = try await stage.full.patch(
        stage.path(1) + "?dry_run=true", ["space_heating": ["minimum_temperature": 29]])
      #expect(refused.verdict == "422 invalid-patch")
      #expect(stage.updateCount == 0)
    }
  }

  @Test func `If-Match refuses a lost update by the settings alone`() async throws {
    try await withStage { stage in
      let path = "/v1/heat-pumps/smith-home"
      let tag = try #require(try await stage.portal.get(path).headers["etag"])
      let first = try await stage.portal.patch(
        path, ["hot_water": ["standard_temperature": decimal("50.5")]], ["If-Match": tag])
      #expect(first.status == 200)
      let late = try await stage.portal.patch(
        path, ["hot_water": ["standard_temperature": 51]], ["If-Match": tag])
      #expect(late.verdict == "412 precondition-failed")
      #expect(late.text.contains("50.5"))
      #expect(stage.updateCount == 1)
      let newTag = try #require(first.headers["etag"])
      let settings = newTag.dropFirst().split(separator: ".")[0]
      let sameSettings = "\"\(settings).0000000000000000\""
      let second = try await stage.portal.patch(
        path, ["hot_water": ["standard_temperature": 51]], ["If-Match": sameSettings])
      #expect(second.status == 200)
      let any = try await stage.portal.patch(
        path, ["hot_water": ["standard_temperature": 52]], ["If-Match": "*"])
      #expect(any.status == 200)
    }
  }

  @Test func `a value that did not take is told`() async throws {
    try await withStage { stage in
      let path = "/v1/heat-pumps/smith-home"
      stage.simulator.setFault(SimulatorFault(.ignoreField("dhw_standard_temperature")))
      let partly = try await stage.portal.patch(
        path,
        [
          "hot_water": ["standard_temperature": decimal("52.50")],
          "space_cooling": ["enabled": true],
        ])
      #expect(partly.status == 200)
      #expect(partly.at("/write/status")?.string == "partially_applied")
      #expect(partly.at("/write/unapplied/0/pointer")?.string == "/hot_water/standard_temperature")
      #expect(partly.at("/write/unapplied/0/requested") == decimal("52.5"))
      #expect(partly.at("/write/unapplied/0/actual") == decimal("48.0"))
      #expect(partly.at("/write/unapplied")?.array?.count == 1)
      let nothing = try await stage.portal.patch(path, ["hot_water": ["standard_temperature": 52]])
      #expect(nothing.at("/write/status")?.string == "not_applied")
    }
  }
}

/// A command with a body and what it must send; `nil` where any value will do.
struct Command: Sendable, CustomTestStringConvertible {
  let name: String
  let body: JSONValue?
  let fields: [String: JSONValue?]

  var testDescription: String { name }

  static let all = [
    Command(
      name: "pause", body: ["for": "PT2H"],
      fields: ["is_pause_power_active": true, "pause_power_until": .none]),
    Command(
      name: "resume", body: nil,
      fields: ["is_pause_power_active": false, "pause_power_until": .some(.null)]),
    Command(
      name: "away",
      body: ["minimum_temperature": decimal("15.5"), "until": "2099-01-01T00:00:00Z"],
      fields: [
        "is_away_mode_enabled": true, "away_mode_start": .none,
        "away_mode_end": "2099-01-01T00:00:00Z",
        "away_mode_minimum_temperature_limit": decimal("15.5"),
      ]),
    Command(
      name: "return", body: nil,
      fields: [
        "is_away_mode_enabled": false, "away_mode_start": .some(.null),
        "away_mode_end": .some(.null),
      ]),
    Command(
      name: "optimize", body: ["level": "max"],
      fields: ["is_smart_optimization_active": true, "optimization_level": "Max"]),
    Command(
      name: "stop-optimizing", body: nil, fields: ["is_smart_optimization_active": false]),
  ]
}

extension Stage {
  /// The body of the last update to a heat pump.
  func lastUpdate(_ number: Int) -> JSONObject? {
    simulator.updates(of: PoderoSimulator.heatPumpID(number)).last
      .flatMap { try? JSONValue(parsing: $0.body).object }
  }

  /// A heat pump as it truly is upstream, by answer field.
  func truth(_ number: Int) -> JSONObject {
    simulator.heatPump(PoderoSimulator.heatPumpID(number))?["heat_pump"]?.object ?? JSONObject()
  }
}
