import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: whatever the upstream answers is read as the contract says, and never invented.
/// Method: a full realistic answer with its expected values, and small ones for each leniency.
@Suite struct MappingTests {
  @Test func `a full answer is known to its last field`() throws {
    let document = try Fixtures.answer()
    let expected = try Fixtures.json("representation.json")
    for field in FieldTable.fields where !field.answerPath.isEmpty {
      #expect(document.value(field) == expected.at(pointer: field.pointer), "\(field.pointer)")
    }
    #expect(document.upstream == (try Fixtures.bytes("answer.json")))
    #expect(document.id.description == Fixtures.id)
    #expect(document.ownerID?.description == "b6a0f1d2-7c3e-4f58-9a1b-2c3d4e5f6a7b")
    #expect(document.observedAt == (try time("2026-11-24T08:38:51.042337Z")))
    #expect(document.fieldsUpdatedAt == (try time("2026-11-24T08:41:07.118Z")))
    #expect(document.actionNeeded && document.hasActions)
    #expect(document.irregularFields.isEmpty)
  }

  @Test(arguments: [
    ("21.50", "21.50"), ("\"21.50\"", "21.50"), ("-0", "-0"), ("\"-3.20\"", "-3.20"),
    ("1e1", "1e1"), ("123456789012345678.123456789", "123456789012345678.123456789"),
    ("null", "null"), ("\"warm\"", "null"), ("\"\"", "null"), ("\" 1\"", "null"),
    ("\"01\"", "null"), ("\"NaN\"", "null"), ("true", "null"), ("[21]", "null"), ("1e400", "null"),
  ])
  func `decimals keep their digits, and what is no number is null`(
    raw: String, shown: String
  ) throws {
    let document = try Fixtures.small("\"dhw_temperature\":\(raw)")
    #expect(document.value(try field("/readings/hot_water_temperature"))?.text == shown)
    let isIrregular = shown == "null" && raw != "null"
    #expect(document.irregularFields == (isIrregular ? ["dhw_temperature"] : []))
    #expect(text(document).contains("\"hot_water_temperature\":\(shown)}"))
  }

  @Test(arguments: [
    ("2026-11-24T08:00:00Z", "\"2026-11-24T08:00:00Z\""),
    ("2026-11-24T09:30:00+01:30", "\"2026-11-24T08:00:00Z\""),
    ("2026-11-24t08:00:00.500z", "\"2026-11-24T08:00:00.5Z\""),
    ("2026-11-24T08:00:00.1234567Z", "\"2026-11-24T08:00:00.123456Z\""),
    ("2026-12-31T23:59:60Z", "\"2027-01-01T00:00:00Z\""),
    ("2026-11-24T08\\u003a00:00Z", "\"2026-11-24T08:00:00Z\""),
    ("0001-01-01T00:00:00Z", "null"), ("0001-01-01T00:00:00+00:00", "null"),
    ("yesterday", "null"), ("2026-02-30T08:00:00Z", "null"), ("2026-11-24", "null"),
  ])
  func `times are shown in UTC, and the year 1 is never`(raw: String, shown: String) throws {
    let document = try Fixtures.small("\"current_state_last_updated_at\":\"\(raw)\"")
    #expect(document.value(try field("/readings/updated_at"))?.text == shown)
    #expect(document.observedAt.map { "\"\($0)\"" } ?? "null" == shown)
    #expect(text(document).contains("\"readings\":{\"updated_at\":\(shown)}"))
  }

  @Test func `unknown words of enumerations are shown, levels in lower case`() throws {
    let document = try Fixtures.small(
      "\"optimization_level\":\"Turbo\",\"price_zone\":\"FR\",\"steering_status\":\"paused\"")
    #expect(document.value(try field("/optimization/level")) == "turbo")
    #expect(document.value(try field("/market/price_zone")) == "FR")
    #expect(document.value(try field("/status/steering")) == "paused")
    #expect(text(document).contains("\"level\":\"turbo\""))
  }

  @Test func `values of a wrong type read as null and are named`() throws {
    let document = try Fixtures.small(
      """
      "is_authenticated":"yes","comment":7,"building":"nowhere","action_needed":1,"actions":{},
      "min_solar_power_w":2000.5,"owner":[],"device_model":{"year":"new","device_type":"pump"},
      "created_at":17,"price_zone":false
      """)
    #expect(
      Set(document.irregularFields) == [
        "is_authenticated", "comment", "building", "action_needed", "actions", "min_solar_power_w",
        "owner", "device_model.year", "device_model.device_type", "created_at", "price_zone",
      ])
    #expect(document.ownerID == nil)
    #expect(!document.actionNeeded && !document.hasActions)
    for pointer in ["/status/authenticated", "/comment", "/building_id", "/device/year"] {
      #expect(document.value(try field(pointer)) == .null, "\(pointer)")
    }
    #expect(document.value(try field("/owner/email")) == nil)
  }

  @Test func `whole numbers may be written with a fraction of nothing`() throws {
    let document = try Fixtures.small("\"min_solar_power_w\":2.0e3")
    #expect(document.value(try field("/inverter/minimum_solar_power_w"))?.text == "2000")
    #expect(text(document).contains("\"minimum_solar_power_w\":2000}"))
  }

  @Test func `of equal names the last counts, whole objects included`() throws {
    let document = try Fixtures.small(
      """
      "comment":"old","device_model":{"year":2001,"model":"A"},
      "comm\\u0065nt":"new","device_model":{"year":2002}
      """)
    #expect(document.value(try field("/comment")) == "new")
    #expect(document.value(try field("/device/year")) == 2002)
    #expect(document.value(try field("/device/model")) == nil)
  }

  @Test func `unknown members are checked and skipped`() throws {
    let members = "\"x\":{\"comment\":\"inner\",\"y\":[1,{\"id\":2}]},\"\":0"
    #expect(try Fixtures.small(members).value(field("/comment")) == nil)
    #expect(throws: MappingFault.self) { try Fixtures.small("\"x\":[1,}") }
    #expect(throws: MappingFault.self) { try Fixtures.small("\"x\":\"\u{1}\"") }
    let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
    #expect(throws: MappingFault.self) { try Fixtures.small("\"x\":\(deep)") }
  }

  @Test(arguments: [
    ("", MappingFault.Reason.notJSON), ("<html><body>Bad Gateway</body></html>", .notJSON),
    ("{\"id\":", .notJSON), ("{} {}", .notJSON), ("[]", .notAnObject), ("null", .notAnObject),
    ("\"x\"", .notAnObject), ("{}", .noIdentity), ("{\"id\":null}", .noIdentity),
    ("{\"id\":\"7\"}", .noIdentity), ("{\"id\":7}", .noIdentity),
  ])
  func `what is no heat pump is refused`(text: String, reason: MappingFault.Reason) {
    let fault = #expect(throws: MappingFault.self) {
      try HeatPumpDocument(parsing: Array(text.utf8))
    }
    #expect(fault?.reason == reason)
  }

  @Test func `a list is read element by element`() throws {
    let one = try Fixtures.bytes("answer.json")
    let other = Array(
      "{ \"id\" : \"0F4E7A9C-51D2-4B36-8C80-9D2E1F3A4B5D\", \"comment\": \"b\" }".utf8)
    let list = Array(" [\n".utf8) + one + Array(" ,\n".utf8) + other + Array("]\n".utf8)
    let documents = try HeatPumpDocument.list(parsing: list)
    #expect(documents.map(\.upstream) == [one, other])
    #expect(documents.map(\.id.description) == [Fixtures.id, Fixtures.id.dropLast() + "d"])
    let single = try HeatPumpDocument(parsing: one)
    for field in FieldTable.fields {
      #expect(documents[0].value(field) == single.value(field), "\(field.pointer)")
    }
    #expect(documents[1].value(try field("/comment")) == "b")
    #expect(documents[1].value(try field("/id")) == .string(Fixtures.id.dropLast() + "d"))
  }

  @Test(arguments: [
    ("[]", nil), (" [ ] ", nil), ("{}", MappingFault.Reason.notAnArray), ("[1]", .notAnObject),
    ("[{}]", .noIdentity), ("[", .notJSON), ("[] ]", .notJSON), ("<p>", .notJSON),
  ])
  func `what is no list is refused`(text: String, reason: MappingFault.Reason?) {
    do throws(MappingFault) {
      #expect(try HeatPumpDocument.list(parsing: Array(text.utf8)).isEmpty)
      #expect(reason == nil)
    } catch {
      #expect(error.reason == reason)
    }
  }

  @Test func `a list or update answer never clears the actions, a detail answer does`() throws {
    let detail = try Fixtures.answer()
    for answer in [
      try Fixtures.document(without: ["actions"]), try Fixtures.document(["actions": .null]),
      try Fixtures.document(["actions": []]),
    ] {
      #expect(!answer.hasActions)
      let carried = answer.carryingActions(from: detail)
      #expect(carried.hasActions)
      #expect(carried.value(try field("/status/actions"))?[0]?["code"] == "REAUTHENTICATE")
      #expect(carried.upstream == answer.upstream)
      let twice = try Fixtures.document(without: ["actions"]).carryingActions(from: carried)
      #expect(twice.hasActions)
    }
    let newer = try Fixtures.document(["actions": [["code": "OTHER"]]])
    let carried = newer.carryingActions(from: detail)
    #expect(carried.value(try field("/status/actions"))?[0]?["code"] == "OTHER")
  }

  @Test func `the settings tag moves with settings alone, and by value`() throws {
    let tag = try Fixtures.answer().settingsTag
    #expect(try Fixtures.document(["dhw_temperature": 12]).settingsTag == tag)
    #expect(try Fixtures.document(["owner": .null]).settingsTag == tag)
    func limit(_ text: String) throws -> UInt64 {
      let number = JSONValue.number(try #require(ExactDecimal(text)))
      return try Fixtures.document(["maximum_temperature_limit": number]).settingsTag
    }
    #expect(try limit("23.5") == tag)
    #expect(try limit("20") == limit("20.00"))
    #expect(try limit("20") != limit("200"))
    #expect(try limit("0.0") == limit("0"))
    for field in FieldTable.writableFields where field.updatePath.count == 1 {
      let name = try #require(field.answerPath.first)
      #expect(try Fixtures.document(without: [name]).settingsTag != tag, "\(name)")
    }
  }

  private func text(_ document: HeatPumpDocument) -> String {
    let context = RepresentationContext(
      organisation: "acme", userID: document.id,
      freshness: .judge(observedAt: nil, now: noon), includesPersonalData: true)
    return String(decoding: document.representation(context), as: UTF8.self)
  }
}
