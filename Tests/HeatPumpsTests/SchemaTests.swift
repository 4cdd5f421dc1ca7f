import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: the schemas of the OpenAPI document are the table in other words.
/// Method: every row is looked up in them, and the golden resource is checked against them.
@Suite struct SchemaTests {
  @Test func `the resource's schema has every row and nothing else`() throws {
    let leaves = try leaves(FieldTable.representationSchema())
    #expect(Set(leaves.keys) == Set(FieldTable.fields.map(\.pointer)))
    for field in FieldTable.fields {
      let schema = try #require(leaves[field.pointer])
      #expect(schema["description"] == .string(field.summary))
      #expect((schema["readOnly"] == true) == !field.isWritable, "\(field.pointer)")
      #expect((schema["x-personal-data"] == true) == field.isPersonal, "\(field.pointer)")
      #expect((schema["type"]?.array != nil) == field.isNullable, "\(field.pointer)")
    }
    #expect(leaves["/market/price_zone"]?["x-extensible-enum"]?.array?.count == 21)
    #expect(leaves["/market/price_zone"]?["enum"] == nil)
    #expect(leaves["/freshness/state"]?["enum"] == ["live", "ageing", "stale", "unknown"])
    #expect(leaves["/pending"]?["items"]?["required"]?.array?.count == 4)
  }

  @Test func `the patch's schema has the writable rows and is closed`() throws {
    let schema = FieldTable.patchSchema()
    let leaves = try leaves(schema)
    #expect(Set(leaves.keys) == Set(FieldTable.writableFields.map(\.pointer)))
    #expect(schema["additionalProperties"] == false)
    #expect(
      schema["properties"]?["device"]?["properties"]?["type"]?["additionalProperties"] == false)
    #expect(leaves["/comment"]?["maxLength"] == 300)
    #expect(leaves["/comment"]?["type"] == ["string", "null"])
    #expect(leaves["/pause/until"]?["format"] == "date-time")
    #expect(leaves["/building_id"]?["format"] == "uuid")
    #expect(leaves["/building_id"]?["x-scope"] == "heat-pumps:admin")
    #expect(leaves["/optimization/level"]?["enum"] == ["low", "mid", "max", nil])
    #expect(leaves["/market/price_zone"]?["enum"]?.array?.count == 21)
    #expect(leaves["/hot_water/standard_temperature"]?["type"] == ["number", "null"])
  }

  @Test func `the golden resource keeps to its schema`() throws {
    let resource = try Fixtures.json("representation.json")
    for (pointer, schema) in try leaves(FieldTable.representationSchema()) {
      let value = try #require(resource.at(pointer: pointer), "\(pointer)")
      let types = schema["type"]?.array ?? [schema["type"] ?? .null]
      let isWholeNumber = typeName(value) == "integer" && types.contains("number")
      #expect(isWholeNumber || types.contains(.string(typeName(value))), "\(pointer)")
      if let words = schema["enum"]?.array { #expect(words.contains(value)) }
    }
    for name in FieldTable.representationSchema()["required"]?.array ?? [] {
      #expect(resource[name.string ?? ""] != nil)
    }
  }

  private func leaves(_ schema: JSONValue, at prefix: String = "") throws -> [String: JSONValue] {
    guard let properties = schema["properties"]?.object else { return [prefix: schema] }
    var found: [String: JSONValue] = [:]
    for (name, inner) in properties.members {
      found.merge(try leaves(inner, at: prefix + "/" + name)) { first, _ in first }
    }
    return found
  }

  private func typeName(_ value: JSONValue) -> String {
    switch value.kind {
    case .null: "null"
    case .boolean: "boolean"
    case .number: value.integer == nil ? "number" : "integer"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}
