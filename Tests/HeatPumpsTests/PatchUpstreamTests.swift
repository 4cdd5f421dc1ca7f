import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: the upstream gets what was named, under its own names, and what came back is judged
/// fairly. Method: patches against the full answer, and answers that differ from it in one thing.
@Suite struct PatchUpstreamTests {
  @Test func `a sparse body holds just what was named, digit by digit`() throws {
    let patch = try patch(
      """
      {"away":{"minimum_temperature":15.50},"pause":{"until":null},"optimization":{"level":"max"},
      "building_id":null,"market":{"price_zone":"SE_4"}}
      """)
    #expect(!patch.needsCurrent)
    let body = text(patch.updateBody(current: nil))
    #expect(
      body == """
        {"optimization_level":"Max","pause_power_until":null,\
        "away_mode_minimum_temperature_limit":15.50,"price_zone":"SE_4","building_id":null}
        """)
    #expect(text(patch.updateBody(current: try Fixtures.answer())) == body)
    #expect(text(HeatPumpPatch.empty.updateBody(current: nil)) == "{}")
  }

  @Test func `a part of the device model is completed from the present one`() throws {
    let patch = try patch("{\"device\":{\"year\":2024,\"type\":{\"short_name\":\"brine\"}}}")
    #expect(patch.needsCurrent)
    let body = try JSONValue(parsing: patch.updateBody(current: Fixtures.answer()))
    #expect(
      body == [
        "device_model": [
          "manufacturer": "Ochsner", "model": "AIR EAGLE 414 C11A", "year": 2024,
          "device_type": ["short_name": "brine", "long_name": "Luft-Wasser-Wärmepumpe"],
          "cloud_service_id": "5B1C7A50-9E0B-4C51-8F5E-0C5B5C4E8A21",
        ]
      ])
    let bare = try Fixtures.document(["device_model": ["model": "A", "year": "old"]])
    #expect(
      try JSONValue(parsing: patch.updateBody(current: bare)) == [
        "device_model": ["model": "A", "year": 2024, "device_type": ["short_name": "brine"]]
      ])
    let whole = try HeatPumpsTests.patch(
      """
      {"device":{"manufacturer":"m","model":"n","year":1,"type":{"short_name":"s","long_name":"l"},
      "cloud_service_id":"5b1c7a50-9e0b-4c51-8f5e-0c5b5c4e8a21"}}
      """)
    #expect(!whole.needsCurrent)
  }

  @Test func `a merged body has all update fields, each under its own name`() throws {
    let patch = try patch("{\"space_heating\":{\"enabled\":false},\"device\":{\"model\":\"B\"}}")
    let current = try Fixtures.answer()
    let body = try #require(JSONValue(parsing: patch.mergedBody(current: current)).object)
    #expect(Set(body.keys) == Set(FieldTable.updateFields))
    #expect(body["is_space_heating_enabled"] == false)
    #expect(body["building_id"] == "d3b07384-d113-4ec6-a7d4-5f0f8e1c2b3a")
    #expect(body["optimization_level"] == "Mid")
    #expect(body["device_model"]?["model"] == "B")
    #expect(body["device_model"]?["cloud_service_id"] == "5B1C7A50-9E0B-4C51-8F5E-0C5B5C4E8A21")
    #expect(body["device_model"]?["cloud_service"] == nil)
    #expect(text(patch.mergedBody(current: current)).contains("\"dhw_standard_temperature\":48.0,"))
    let answer = try Fixtures.json("answer.json")
    for field in FieldTable.writableFields where field.updatePath == field.answerPath {
      guard patch.value(field) == nil, field.kind != .decimal else { continue }
      let name = try #require(field.updateField)
      if field.updatePath.count == 1 { #expect(body[name] == answer[name], "\(name)") }
    }
  }

  @Test func `a merged body leaves out what the answer lacks, and spells as the upstream did`()
    throws
  {
    let current = try Fixtures.document(
      ["is_trading_enabled": "maybe", "optimization_level": "TurboMax"],
      without: ["comment", "building"])
    let body = try #require(
      JSONValue(parsing: HeatPumpPatch.empty.mergedBody(current: current)).object)
    #expect(body["is_trading_enabled"] == nil && body["comment"] == nil)
    #expect(body["building_id"] == nil)
    #expect(body["optimization_level"] == "TurboMax")
    #expect(body.count == 28)
  }

  @Test(arguments: [
    ("{\"space_heating\":{\"minimum_temperature\":23.6}}", "/space_heating/minimum_temperature"),
    ("{\"space_heating\":{\"maximum_temperature\":19.4}}", "/space_heating/maximum_temperature"),
    ("{\"hot_water\":{\"minimum_temperature\":48.5}}", "/hot_water/minimum_temperature"),
    ("{\"hot_water\":{\"standard_temperature\":41.9}}", "/hot_water/standard_temperature"),
    ("{\"space_heating\":{\"minimum_temperature\":23.50}}", nil),
    ("{\"hot_water\":{\"standard_temperature\":42}}", nil),
    ("{\"away\":{\"end\":\"2020-01-01T00:00:00Z\"}}", nil),
  ])
  func `rules between two fields hold against the value that stays`(
    text: String, pointer: String?
  ) throws {
    let current = try Fixtures.answer()
    let patch = try patch(text)
    #expect(patch.needsCurrent)
    do throws(GatewayFault) {
      try patch.check(against: current)
      #expect(pointer == nil)
    } catch {
      #expect(error.type == .invalidPatch)
      #expect(error.errors.map(\.pointer) == [pointer])
      #expect(error.errors.map(\.code) == ["contradiction"])
    }
  }

  @Test func `null needs no other value, and both sides together need no present one`() throws {
    #expect(try !patch("{\"hot_water\":{\"minimum_temperature\":null}}").needsCurrent)
    #expect(
      try !patch("{\"hot_water\":{\"minimum_temperature\":40,\"standard_temperature\":50}}")
        .needsCurrent)
    #expect(
      try refusal(
        "{\"away\":{\"start\":\"2026-12-01T00:00:00Z\",\"end\":\"2026-12-01T01:00:00+01:00\"}}")
        == (.invalidPatch, ["/away/end contradiction"]))
    #expect(
      try refusal("{\"hot_water\":{\"minimum_temperature\":50.01,\"standard_temperature\":50}}")
        .findings
        == ["/hot_water/standard_temperature contradiction"])
  }

  @Test func `what came back is compared by meaning`() throws {
    let patch = try patch(
      """
      {"hot_water":{"standard_temperature":48},"pause":{"until":"2026-11-24T19:30:00+01:00"},
      "optimization":{"level":"mid"},"space_heating":{"maximum_temperature":23.5}}
      """)
    #expect(patch.unapplied(in: try Fixtures.answer()).isEmpty)
    let other = try Fixtures.document(
      ["dhw_standard_temperature": "47", "pause_power_until": "2026-11-24T18:30:00.001Z"],
      without: ["maximum_temperature_limit"])
    let mismatches = patch.unapplied(in: other)
    #expect(
      mismatches.map(\.field.pointer) == [
        "/pause/until", "/space_heating/maximum_temperature", "/hot_water/standard_temperature",
      ])
    #expect(
      mismatches.map(\.requested) == [
        "2026-11-24T18:30:00Z", .number(try #require(ExactDecimal("23.5"))), 48,
      ])
    #expect(mismatches.map(\.actual) == ["2026-11-24T18:30:00.001Z", nil as JSONValue?, 47])
  }

  @Test func `a time that comes back with fewer digits is applied`() throws {
    let patch = try patch("{\"pause\":{\"until\":\"2026-11-24T18:30:00.123456Z\"}}")
    let cut = try Fixtures.document(["pause_power_until": "2026-11-24T18:30:00.123Z"])
    #expect(patch.unapplied(in: cut).isEmpty)
  }

  @Test func `a requested null is applied where the answer leaves the field out`() throws {
    let patch = try patch("{\"comment\":null}")
    #expect(patch.unapplied(in: try Fixtures.document(without: ["comment"])).isEmpty)
    #expect(patch.unapplied(in: try Fixtures.answer()).count == 1)
  }

  @Test func `an upstream that fills in defaults is caught field by field`() throws {
    let before = try Fixtures.document(["is_space_cooling_enabled": true, "price_zone": "SE_1"])
    let defaults = try Fixtures.json("upstream-schema.json")["update"]?.array ?? []
    for fact in defaults {
      guard let name = fact["name"]?.string, let value = fact["default"],
        let field = FieldTable.field(updateField: name)
      else { continue }
      let after = try Fixtures.document([name: value])
      let resets = HeatPumpPatch.resets(before: before, after: after, named: .empty)
      let wasDefault = before.value(field) == field.schemaDefault
      #expect(resets.contains(field) == !wasDefault, "\(name)")
      let named = try patch(HeatPumpsTests.body(field, (field.schemaDefault ?? .null).text).text)
      #expect(!HeatPumpPatch.resets(before: before, after: after, named: named).contains(field))
    }
  }

  @Test func `a reset is a change to the default, nothing else`() throws {
    let before = try Fixtures.answer()
    let after = try Fixtures.document(
      [
        "is_space_heating_enabled": false, "price_zone": "SE_2", "comment": .null,
        "minimum_temperature_limit": .null, "is_trading_enabled": false,
        "is_pool_heating_enabled": false,
        "actual_steering_state": "unknown", "building": .null, "away_mode_end": .null,
      ], without: ["is_smart_optimization_active"])
    let named = try patch("{\"market\":{\"trading_enabled\":false}}")
    let resets = HeatPumpPatch.resets(before: before, after: after, named: named)
    #expect(
      resets.map(\.pointer) == [
        "/space_heating/enabled", "/space_heating/minimum_temperature", "/pool_heating/enabled",
        "/comment", "/building_id", "/status/steering_state",
      ])
    let emptied = try Fixtures.document(["building": .null, "optimization_score": .null])
    #expect(HeatPumpPatch.resets(before: before, after: emptied, named: named).isEmpty)
    #expect(HeatPumpPatch.resets(before: before, after: before, named: .empty).isEmpty)
  }

  @Test func `a pause that ran out by itself is no reset`() throws {
    let before = try Fixtures.answer()
    let ended: [String: JSONValue] = ["is_pause_power_active": false, "pause_power_until": .null]
    let early = try Fixtures.document(ended)
    #expect(
      HeatPumpPatch.resets(before: before, after: early, named: .empty).map(\.pointer)
        == ["/pause/until", "/pause/active"])
    let late = try Fixtures.document(ended.merging(["updated_at": "2026-11-24T18:30:05Z"]) { $1 })
    #expect(HeatPumpPatch.resets(before: before, after: late, named: .empty).isEmpty)
  }

  @Test func `what was reset is put back as it was`() throws {
    let before = try Fixtures.document(["optimization_level": "Turbo", "is_trading_enabled": 5])
    let fields = try [
      "/comment", "/optimization/level", "/space_heating/minimum_temperature",
      "/market/trading_enabled", "/readings/power_w", "/building_id", "/comment",
    ].map { try field($0) }
    let restore = HeatPumpPatch(restoring: fields, from: before)
    #expect(
      text(restore.updateBody(current: nil)) == """
        {"optimization_level":"Turbo","minimum_temperature_limit":19.5,\
        "comment":"Schlüssel liegt \\"links\\" beim Nachbarn\\nTor offen lassen",\
        "building_id":"d3b07384-d113-4ec6-a7d4-5f0f8e1c2b3a"}
        """)
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
