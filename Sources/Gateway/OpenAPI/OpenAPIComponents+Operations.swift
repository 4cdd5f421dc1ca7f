import GatewayCore
import Storage

extension OpenAPIDocument {
  static var operation: JSONValue {
    let time: JSONValue = ["type": "string", "format": "date-time"]
    let id: JSONValue = ["type": "string", "format": "uuid"]
    let text: JSONValue = ["type": "string"]
    return object(
      [
        ("id", id),
        ("state", ["type": "string", "enum": words(OperationState.allCases.map(\.rawValue))]),
        (
          "heat_pump",
          object([("id", id), ("user_id", id), ("alias", ["type": ["string", "null"]])])
        ),
        (
          "origin",
          described(
            object([
              (
                "kind",
                ["type": "string", "enum": words(OperationOrigin.Kind.allCases.map(\.rawValue))]
              ),
              ("name", text),
            ]), "Who wanted it: an app, a hook, or the app of a fleet job.")
        ),
        ("accepted_at", described(time, "When it was stored.")),
        ("changed_at", described(time, "When it came into its present state.")),
        ("expires_at", described(time, "After this it is not sent any more.")),
        ("attempts", list(object([("sent_at", time)]), "Each time that it was sent upstream.")),
        (
          "requested",
          list(
            object([("pointer", text), ("value", [:])], optional: ["value"]),
            "What was asked for; without `personal-data:read`, of personal fields no value.")
        ),
        (
          "superseded_fields",
          list(
            object([("pointer", text), ("superseded_by", id)]),
            "Fields in which newer writes took its place.")
        ),
        ("unapplied", unapplied), ("upstream_reset", upstreamReset),
        ("problem", described(["type": "object"], "Why it did not succeed, as a `Problem`.")),
      ], optional: ["unapplied", "upstream_reset", "problem"])
  }

  static var write: JSONValue {
    object(
      [
        (
          "operation_id",
          [
            "type": "string", "format": "uuid",
            "description": "Names the write; absent if nothing was sent.",
          ]
        ),
        (
          "status",
          ["type": "string", "enum": words(["applied", "partially_applied", "not_applied"])]
        ),
        ("unapplied", unapplied), ("upstream_reset", upstreamReset),
      ], optional: ["operation_id", "upstream_reset"])
  }

  private static var unapplied: JSONValue {
    list(
      object([("pointer", ["type": "string"]), ("requested", [:]), ("actual", [:])]),
      "Values that did not take.")
  }

  private static var upstreamReset: JSONValue {
    described(
      object([
        ("pointers", ["type": "array", "items": ["type": "string"]]),
        ("restored", ["type": "boolean"]),
      ]), "Fields that the upstream reset unasked, and whether they were put back.")
  }

  private static func object(
    _ members: [(String, JSONValue)], optional: Set<String> = []
  ) -> JSONValue {
    var properties = JSONObject()
    for (name, schema) in members { properties[name] = schema }
    return [
      "type": "object", "required": words(members.map(\.0).filter { !optional.contains($0) }),
      "properties": .object(properties),
    ]
  }

  private static func list(_ items: JSONValue, _ description: String) -> JSONValue {
    ["type": "array", "items": items, "description": .string(description)]
  }

  private static func described(_ schema: JSONValue, _ description: String) -> JSONValue {
    var object = schema.object ?? JSONObject()
    object["description"] = .string(description)
    return .object(object)
  }

  private static func words(_ words: [String]) -> JSONValue { .array(words.map { .string($0) }) }
}
