import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: the table, the code and the upstream's schema say the same, both ways.
/// Method: the schema's facts stand in a fixture of their own; each is looked up in the other.
@Suite struct FieldTableTests {
  @Test func `every update field of the schema has its rows, and no row has another`() throws {
    let facts = try rows("update")
    #expect(facts.count == 31)
    #expect(Set(FieldTable.updateFields) == Set(facts.compactMap { $0["name"]?.string }))
    #expect(FieldTable.updateFields.count == 31)
    for fact in facts where fact["type"] != "object" {
      let name = try #require(fact["name"]?.string)
      let row = try #require(FieldTable.field(updateField: name))
      #expect(FieldTable.fields(updateField: name) == [row])
      #expect(row.updatePath == [name])
      #expect(row.isNullable == fact["nullable"]?.bool, "\(name)")
      expectSameType(row, fact)
      let schemaDefault = row.kind == .level ? fact["default"]?.lowercased : fact["default"]
      #expect(row.schemaDefault == schemaDefault, "\(name)")
    }
  }

  @Test func `every answer field of the schema has its rows, and no row has another`() throws {
    let facts = try rows("answer")
    #expect(facts.count == 65)
    let elsewhere = try rows("answer_elsewhere").compactMap { $0["name"]?.string }
    let inTable = Set(FieldTable.fields.compactMap(\.answerPath.first))
    #expect(inTable == Set(facts.compactMap { $0["name"]?.string } + elsewhere))
    for fact in facts where fact["type"] != "object" {
      let name = try #require(fact["name"]?.string)
      let row = try #require(FieldTable.fields.first { $0.answerPath == [name] })
      expectSameType(row, fact)
      if name != "id" { #expect(row.isNullable == fact["nullable"]?.bool, "\(name)") }
    }
  }

  @Test(arguments: ["update_nested", "answer_nested"])
  func `every nested field has its row, and no row has another`(section: String) throws {
    let facts = try rows(section)
    let path = { (field: Field) in
      (section == "update_nested" ? field.updatePath : field.answerPath).joined(separator: ".")
    }
    let nested = FieldTable.fields.map(path).filter { $0.contains(".") }
    #expect(Set(nested) == Set(facts.compactMap { $0["path"]?.string }))
    for fact in facts {
      for row in FieldTable.fields where path(row) == fact["path"]?.string {
        expectSameType(row, fact)
      }
    }
  }

  @Test func `no two rows have one name in what is stored`() {
    #expect(Set(FieldTable.fields.map(\.shortName)).count == FieldTable.fields.count)
    // What was stored must be found again.
    #expect(FieldTable.field(pointer: "/comment")?.shortName == "194e")
  }

  @Test func `rows are found by pointer and stand where they say`() throws {
    for (index, row) in FieldTable.fields.enumerated() {
      #expect(row.index == index)
      #expect(FieldTable.field(pointer: row.pointer) == row)
      #expect(row.pointer.hasSuffix("/" + row.name))
      #expect(row.group == nil ? row.pointer == "/" + row.name : row.pointer.hasPrefix("/"))
      #expect(!row.summary.isEmpty && row.summary.hasSuffix("."))
      #expect(row.isWritable == (row.updateField != nil))
    }
    #expect(Set(FieldTable.fields.map(\.pointer)).count == FieldTable.fields.count)
    #expect(FieldTable.field(pointer: "/pause") == nil)
    #expect(FieldTable.field(pointer: "pause/until") == nil)
    #expect(try field("/comment").group == nil)
    #expect(try field("/device/type/short_name").group == "device")
  }

  @Test func `what only an administrator may write is just that`() throws {
    let admin = FieldTable.fields.filter { $0.access == .admin }.map(\.pointer)
    #expect(
      Set(admin) == [
        "/optimization/score", "/building_id", "/device/manufacturer", "/device/model",
        "/device/year", "/device/type/short_name", "/device/type/long_name",
        "/device/cloud_service_id", "/lifecycle/state", "/lifecycle/error",
        "/lifecycle/deleted_at", "/status/steering_state", "/status/last_monitored_at",
      ])
    #expect(try field("/device/cloud_service_id").answerPath == ["device_model", "cloud_service"])
    #expect(try field("/building_id").answerPath == ["building"])
    #expect(try field("/building_id").updateField == "building_id")
  }

  @Test func `personal data is marked, also in groups and in actions`() {
    let personal = FieldTable.fields.filter(\.isPersonal).map(\.pointer)
    #expect(
      Set(personal) == [
        "/owner/id", "/owner/email", "/owner/first_name", "/owner/last_name", "/owner/external_id",
        "/comment", "/links/embeddable_url", "/links/authorization_url",
        "/device/cloud_service_signup_link",
      ])
    for pointer in ["/owner", "/owner/phone", "/links", "/status/actions/0/resolution_link"] {
      #expect(FieldTable.isPersonal(pointer: pointer), "\(pointer)")
    }
    for pointer in ["/ownership", "/user_id", "/status/actions", "/status/actions/0/code", ""] {
      #expect(!FieldTable.isPersonal(pointer: pointer), "\(pointer)")
    }
  }

  @Test(arguments: [
    ("[\"body\",\"data\",\"comment\"]", "/comment"),
    ("[\"body\",\"comment\"]", "/comment"),
    (
      "[\"body\",\"data\",\"dhw_standard_temperature\",\"decimal\"]",
      "/hot_water/standard_temperature"
    ),
    ("[\"body\",\"data\",\"building_id\"]", "/building_id"),
    ("[\"body\",\"data\",\"device_model\"]", "/device"),
    ("[\"body\",\"data\",\"device_model\",\"unheard_of\"]", "/device"),
    ("[\"body\",\"data\",\"device_model\",\"year\"]", "/device/year"),
    ("[\"body\",\"data\",\"device_model\",\"cloud_service_id\"]", "/device/cloud_service_id"),
    ("[\"body\",\"data\",\"device_model\",\"device_type\"]", "/device/type"),
    (
      "[\"body\",\"data\",\"device_model\",\"device_type\",\"long_name\"]", "/device/type/long_name"
    ),
    ("[\"body\",\"data\",\"unheard_of\"]", nil), ("[\"path\",\"user_id\"]", nil), ("[]", nil),
    ("[\"body\",0]", nil),
  ])
  func `places in the upstream's findings become pointers`(location: String, pointer: String?)
    throws
  {
    let value = try JSONValue(parsing: Array(location.utf8))
    #expect(FieldTable.pointer(forUpstreamLocation: try #require(value.array)) == pointer)
  }

  private func rows(_ section: String) throws -> [JSONValue] {
    try #require(Fixtures.json("upstream-schema.json")[section]?.array)
  }

  private func expectSameType(_ row: Field, _ fact: JSONValue) {
    let name: Comment = "\(row.pointer)"
    switch row.kind {
    case .boolean: #expect(fact["type"] == "boolean", name)
    case .integer: #expect(fact["type"] == "integer", name)
    case .decimal: #expect(fact["type"] == "untyped" || fact["type"] == "number", name)
    case .text(let maximumLength):
      #expect(fact["type"] == "string", name)
      #expect(fact["max_length"]?.integer == maximumLength, name)
    case .time: #expect(fact["type"] == "time", name)
    case .uuid: #expect(fact["type"] == "uuid", name)
    case .enumeration(let values):
      #expect(fact["type"] == "enumeration", name)
      #expect(fact["values"] == .array(values.map { .string($0) }), name)
    case .level: #expect(fact["type"] == "string", name)
    case .actions, .pending: Issue.record(name)
    }
  }
}

extension JSONValue {
  fileprivate var lowercased: JSONValue? { string.map { .string($0.lowercased()) } }
}
