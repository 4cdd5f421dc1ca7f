import GatewayCore

/// What schemas are put together from.
extension OpenAPIDocument {
  static let text: JSONValue = ["type": "string"]
  static let textOrNull: JSONValue = ["type": ["string", "null"]]
  static let flag: JSONValue = ["type": "boolean"]
  static let count: JSONValue = ["type": "integer", "minimum": 0]
  static let uuid: JSONValue = ["type": "string", "format": "uuid"]
  static let time: JSONValue = ["type": "string", "format": "date-time"]
  static let timeOrNull: JSONValue = ["type": ["string", "null"], "format": "date-time"]

  /// An object with these members, all of them required but the optional ones.
  static func object(
    _ members: [(String, JSONValue)], optional: Set<String> = []
  ) -> JSONValue {
    var properties = JSONObject()
    for (name, schema) in members { properties[name] = schema }
    return [
      "type": "object", "required": words(members.map(\.0).filter { !optional.contains($0) }),
      "properties": .object(properties),
    ]
  }

  /// The same as what callers send: nothing else may be in it.
  static func closedObject(
    _ members: [(String, JSONValue)], optional: Set<String> = []
  ) -> JSONValue {
    var schema = object(members, optional: optional).object ?? JSONObject()
    schema["additionalProperties"] = false
    return .object(schema)
  }

  static func array(_ items: JSONValue, _ description: String? = nil) -> JSONValue {
    let array: JSONValue = ["type": "array", "items": items]
    return description.map { described(array, $0) } ?? array
  }

  /// One of these words.
  static func word(_ all: [String]) -> JSONValue { ["type": "string", "enum": words(all)] }

  static func words(_ words: [String]) -> JSONValue { .array(words.map { .string($0) }) }

  static func described(_ schema: JSONValue, _ description: String) -> JSONValue {
    var object = schema.object ?? JSONObject()
    object["description"] = .string(description)
    return .object(object)
  }

  /// A page of a list.
  static func list(of item: JSONValue) -> JSONValue {
    object([("items", array(item)), ("next_cursor", textOrNull)])
  }

  /// Another schema, and these members besides.
  static func extended(_ schema: JSONValue, _ members: [(String, JSONValue)]) -> JSONValue {
    ["allOf": [schema, object(members)]]
  }
}
