import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: nothing wrong gets through, and all that is wrong is said at once, at its pointer.
/// Method: patches as JSON text, with their findings.
@Suite struct PatchValidationTests {
  @Test func `absent, null and a value stay apart`() throws {
    let patch = try patch("{\"pause\":{\"until\":null},\"comment\":\"x\",\"away\":{}}")
    #expect(patch.changedPointers == ["/pause/until", "/comment"])
    #expect(patch.value(try field("/pause/until")) == .null)
    #expect(patch.value(try field("/comment")) == "x")
    #expect(patch.value(try field("/pause/active")) == nil)
    #expect(try HeatPumpsTests.patch("{}").isEmpty)
    #expect(try HeatPumpsTests.patch("{}") == .empty)
  }

  @Test(arguments: [
    ("[]", " not_an_object"), ("null", " not_an_object"),
    ("{\"nope\":1}", "/nope unknown_field"),
    ("{\"pause\":{\"nope\":1}}", "/pause/nope unknown_field"),
    ("{\"pause/until\":null}", "/pause~1until unknown_field"),
    ("{\"a~b\":1}", "/a~0b unknown_field"),
    ("{\"a/\u{301}b\":1}", "/a~1\u{301}b unknown_field"),
    ("{\"\":1}", "/ unknown_field"), ("{\"id\":\"x\"}", "/id read_only"),
    ("{\"readings\":{\"power_w\":1}}", "/readings/power_w read_only"),
    ("{\"freshness\":{\"state\":\"live\"}}", "/freshness/state read_only"),
    ("{\"pending\":[]}", "/pending read_only"),
    (
      "{\"device\":{\"cloud_service_signup_link\":\"x\"}}",
      "/device/cloud_service_signup_link read_only"
    ),
    ("{\"pause\":null}", "/pause null_not_allowed"),
    ("{\"device\":{\"type\":null}}", "/device/type null_not_allowed"),
    ("{\"pause\":true}", "/pause wrong_type"),
    ("{\"pause\":{\"active\":null}}", "/pause/active null_not_allowed"),
    ("{\"pause\":{\"active\":\"true\"}}", "/pause/active wrong_type"),
    ("{\"pause\":{\"active\":1}}", "/pause/active wrong_type"),
    ("{\"comment\":{}}", "/comment wrong_type"),
    ("{\"comment\":\"\\u0000\"}", "/comment not_allowed_value"),
    (
      "{\"hot_water\":{\"standard_temperature\":\"50\"}}",
      "/hot_water/standard_temperature wrong_type"
    ),
    ("{\"device\":{\"year\":2020.5}}", "/device/year wrong_type"),
    ("{\"optimization\":{\"level\":\"Mid\"}}", "/optimization/level not_allowed_value"),
    ("{\"market\":{\"price_zone\":\"FR\"}}", "/market/price_zone not_allowed_value"),
    ("{\"market\":{\"price_zone\":null}}", "/market/price_zone null_not_allowed"),
    ("{\"building_id\":\"7\"}", "/building_id invalid_uuid"),
    ("{\"away\":{\"start\":\"tomorrow\"}}", "/away/start invalid_time"),
    ("{\"away\":{\"start\":\"2026-11-24\"}}", "/away/start invalid_time"),
    ("{\"away\":{\"start\":\"0001-01-01T00:00:00Z\"}}", "/away/start invalid_time"),
    ("{\"away\":{\"start\":1795521600}}", "/away/start wrong_type"),
    ("{\"pause\":{\"until\":\"2026-11-24T12:00:00Z\"}}", "/pause/until in_the_past"),
    ("{\"pause\":{\"until\":\"2026-11-24T13:00:00+02:00\"}}", "/pause/until in_the_past"),
  ])
  func `one thing wrong is one finding`(text: String, finding: String) throws {
    let refusal = try refusal(text)
    #expect(refusal.type == .invalidPatch)
    #expect(refusal.findings == [finding])
  }

  @Test func `text is as long as the upstream counts it`() throws {
    let fits = [("comment", 300), ("heating_policy", 100), ("lifecycle", 20), ("status", 20)]
    let names = ["heating_policy": "name", "lifecycle": "state", "status": "steering_state"]
    for (member, length) in fits {
      for (count, isFine) in [(length, true), (length + 1, false)] {
        let value = "\"" + String(repeating: "ö", count: count) + "\""
        let text =
          names[member].map { "{\"\(member)\":{\"\($0)\":\(value)}}" } ?? "{\"\(member)\":\(value)}"
        if isFine {
          #expect(try patch(text).assignments.count == 1)
        } else {
          let path = names[member].map { "/\(member)/\($0)" } ?? "/\(member)"
          #expect(try refusal(text).findings == ["\(path) too_long"])
        }
      }
    }
    // One family emoji is one character to a reader, and seven code points to the upstream.
    let family = String(repeating: "👨‍👩‍👧‍👦", count: 43)
    #expect(try refusal("{\"comment\":\"\(family)\"}").findings == ["/comment too_long"])
  }

  @Test func `all problems of a request come at once`() throws {
    let refusal = try refusal(
      """
      {"id":"x","nope":1,"pause":{"active":null,"until":"soon"},"market":{"price_zone":"XX"},
      "space_heating":{"minimum_temperature":25,"maximum_temperature":20},"readings":null}
      """)
    #expect(refusal.type == .invalidPatch)
    #expect(
      refusal.findings == [
        "/id read_only", "/nope unknown_field", "/pause/active null_not_allowed",
        "/pause/until invalid_time", "/market/price_zone not_allowed_value",
        "/readings null_not_allowed", "/space_heating/maximum_temperature contradiction",
      ])
  }

  @Test func `a missing scope is forbidden, and comes before what is invalid`() throws {
    let writer = WriteRules(mayWrite: true, mayAdmin: false)
    #expect(
      try refusal(
        "{\"building_id\":\"7\",\"comment\":7,\"pause\":{\"active\":true}}", rules: writer)
        == (
          .forbidden,
          ["/building_id forbidden_field", "/building_id invalid_uuid", "/comment wrong_type"]
        ))
    let admin = WriteRules(mayWrite: false, mayAdmin: true)
    #expect(
      try refusal("{\"lifecycle\":{\"error\":null},\"comment\":null}", rules: admin)
        == (.forbidden, ["/comment forbidden_field"]))
    let nobody = WriteRules(mayWrite: false, mayAdmin: false)
    #expect(try refusal("{}", rules: nobody) == (.forbidden, [" forbidden_field"]))
    for field in FieldTable.writableFields {
      let rules = field.access == .write ? admin : writer
      let text = HeatPumpsTests.body(field, "7").text
      #expect(try refusal(text, rules: rules).findings.first == "\(field.pointer) forbidden_field")
    }
  }

  @Test func `an app's policy narrows fields and ranges`() throws {
    let rules = WriteRules(
      mayWrite: true, mayAdmin: false,
      fieldPolicy: [
        "/hot_water/standard_temperature": FieldBounds(minimum: 40, maximum: 55),
        "/pause/until": FieldBounds(maximumAhead: .seconds(7200)),
      ])
    let temperature = { (value: String) in "{\"hot_water\":{\"standard_temperature\":\(value)}}" }
    for fine in ["40", "55.0", "null", "4.5e1"] {
      #expect(try patch(temperature(fine), rules: rules).assignments.count == 1)
    }
    for bad in ["39.999", "55.01", "-50"] {
      #expect(
        try refusal(temperature(bad), rules: rules)
          == (.forbidden, ["/hot_water/standard_temperature forbidden_value"]))
    }
    #expect(
      try refusal("{\"pause\":{\"until\":\"2026-11-24T14:00:01Z\"}}", rules: rules)
        == (.forbidden, ["/pause/until forbidden_value"]))
    #expect(
      try refusal("{\"pause\":{\"active\":true}}", rules: rules)
        == (.forbidden, ["/pause/active forbidden_field"]))
  }

  @Test func `guard rails are a problem of their own, unless more is wrong`() throws {
    let rules = WriteRules(
      mayWrite: true, mayAdmin: false,
      guardRails: [
        "/hot_water/standard_temperature": FieldBounds(minimum: 30, maximum: 65),
        "/pause/until": FieldBounds(maximumAhead: .seconds(86400)),
      ])
    let hot = "\"hot_water\":{\"standard_temperature\":65.1}"
    #expect(
      try refusal("{\(hot),\"pause\":{\"until\":\"2026-11-25T12:00:01Z\"}}", rules: rules)
        == (
          .guardRail,
          ["/hot_water/standard_temperature out_of_range", "/pause/until too_far_ahead"]
        ))
    #expect(
      try refusal("{\(hot),\"comment\":7}", rules: rules)
        == (.invalidPatch, ["/comment wrong_type", "/hot_water/standard_temperature out_of_range"]))
    #expect(
      try refusal("{\(hot),\"building_id\":null}", rules: rules)
        == (
          .forbidden,
          ["/building_id forbidden_field", "/hot_water/standard_temperature out_of_range"]
        ))
    #expect(
      try patch("{\"pause\":{\"until\":\"2026-11-25T12:00:00Z\"}}", rules: rules).assignments.count
        == 1)
  }

  @Test func `a pause without an end is beyond every bound on its end`() throws {
    let bounded = ["/pause/until": FieldBounds(maximumAhead: .seconds(86400))]
    let endless = "{\"pause\":{\"active\":true,\"until\":null}}"
    let railed = WriteRules(mayWrite: true, mayAdmin: false, guardRails: bounded)
    #expect(
      try refusal(endless, rules: railed) == (.guardRail, ["/pause/until too_far_ahead"]))
    var policy = bounded
    policy["/pause/active"] = FieldBounds()
    let narrowed = WriteRules(mayWrite: true, mayAdmin: false, fieldPolicy: policy)
    #expect(
      try refusal(endless, rules: narrowed) == (.forbidden, ["/pause/until forbidden_value"]))
    // An end is taken away from a pause that ends with it, and nothing else is named.
    for fine in ["{\"active\":false,\"until\":null}", "{\"until\":null}", "{\"active\":true}"] {
      _ = try patch("{\"pause\":\(fine)}", rules: railed)
    }
    let unbounded = ["/pause/until": FieldBounds()]
    _ = try patch(
      endless, rules: WriteRules(mayWrite: true, mayAdmin: false, guardRails: unbounded))
  }

  @Test func `a refusal never repeats a value`() throws {
    let fault = try #require(throws: GatewayFault.self) {
      try patch(
        "{\"comment\":[\"canary\"],\"market\":{\"price_zone\":\"canary\"},\"away\":{\"end\":\"canary\"}}"
      )
    }
    #expect(fault.errors.count == 3)
    #expect(!String(decoding: fault.response(instance: "i").body, as: UTF8.self).contains("canary"))
  }

  @Test func `values get their one spelling`() throws {
    let patch = try patch(
      """
      {"pause":{"until":"2026-11-24T15:00:00.500+02:00"},"device":{"year":2.02e3},
      "building_id":"D3B07384-D113-4EC6-A7D4-5F0F8E1C2B3A","hot_water":{"minimum_temperature":42.00}}
      """)
    #expect(patch.value(try field("/pause/until")) == "2026-11-24T13:00:00.5Z")
    #expect(patch.value(try field("/device/year"))?.text == "2020")
    #expect(patch.value(try field("/building_id")) == "d3b07384-d113-4ec6-a7d4-5f0f8e1c2b3a")
    #expect(patch.value(try field("/hot_water/minimum_temperature"))?.text == "42.00")
  }

  @Test func `a stored patch reads back, also when its time has passed`() throws {
    let patch = try patch(
      "{\"pause\":{\"until\":\"2026-11-24T12:00:01Z\"},\"device\":{\"type\":{\"long_name\":\"x\"}},\"comment\":null}"
    )
    #expect(try HeatPumpPatch(stored: patch.body) == patch)
    #expect(try HeatPumpPatch(stored: HeatPumpPatch.empty.body) == .empty)
    let turbo = try Fixtures.document(["optimization_level": "Turbo"])
    let restored = HeatPumpPatch(restoring: [try field("/optimization/level")], from: turbo)
    #expect(try HeatPumpPatch(stored: restored.body) == restored)
    for bad in [["nope": 1], ["readings": ["power_w": 1]], ["pause": 1], 7] as [JSONValue] {
      #expect(throws: GatewayFault.self) { try HeatPumpPatch(stored: bad) }
    }
  }

  @Test func `two patches in a row are one with the newest values`() throws {
    let first = try patch("{\"comment\":\"a\",\"pause\":{\"active\":true}}")
    let second = try patch("{\"comment\":null,\"away\":{\"enabled\":true}}")
    let both = try patch(
      "{\"comment\":null,\"pause\":{\"active\":true},\"away\":{\"enabled\":true}}")
    #expect(first.merged(with: second) == both)
    let low = try patch("{\"away\":{\"end\":\"2026-12-01T00:00:00Z\"}}")
    let high = try patch("{\"away\":{\"start\":\"2026-12-02T00:00:00Z\"}}")
    let current = try Fixtures.answer()
    #expect(throws: GatewayFault.self) { try low.merged(with: high).check(against: current) }
    #expect(first.merged(with: .empty) == first && HeatPumpPatch.empty.merged(with: first) == first)
  }
}

/// A simplified patch with one field set to a JSON text.
func body(_ field: Field, _ text: String) -> JSONValue {
  let value = (try? JSONValue(parsing: Array(text.utf8))) ?? .null
  return field.pointer.split(separator: "/").reversed().reduce(value) { inner, name in
    var object = JSONObject()
    object[String(name)] = inner
    return .object(object)
  }
}
