import GatewayCore
import HeatPumps

extension OpenAPIDocument {
  static var schemas: JSONObject {
    var schemas = JSONObject()
    schemas["HeatPump"] = FieldTable.representationSchema()
    schemas["HeatPumpPatch"] = FieldTable.patchSchema()
    schemas["WrittenHeatPump"] = [
      "allOf": [
        ["$ref": "#/components/schemas/HeatPump"],
        ["type": "object", "properties": ["write": write]],
      ]
    ]
    schemas["HeatPumpList"] = [
      "type": "object", "required": ["items", "next_cursor"],
      "properties": [
        "items": ["type": "array", "items": ["type": "object"]],
        "next_cursor": ["type": ["string", "null"]],
      ],
    ]
    schemas["Command"] = command
    schemas["UpstreamDocument"] = ["type": "object"]
    schemas["Problem"] = problem
    return schemas
  }

  static var securitySchemes: JSONValue {
    [
      "bearer": ["type": "http", "scheme": "bearer"],
      "api_key": ["type": "apiKey", "in": "header", "name": "X-API-Key"],
    ]
  }

  /// One response per status that a problem can have.
  static var problemResponses: JSONObject {
    var responses = JSONObject()
    for status in Set(ProblemCatalogue.entries.map(\.status)).sorted() {
      let entries = ProblemCatalogue.entries.filter { $0.status == status }
      let names = entries.map { "`\($0.type.rawValue)`" }.joined(separator: ", ")
      responses["Problem\(status)"] = [
        "description": .string("\(entries.map(\.title).joined(separator: "; ")) (\(names))."),
        "content": [
          "application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]
        ],
      ]
    }
    return responses
  }

  private static var write: JSONValue {
    [
      "type": "object", "required": ["status", "unapplied"],
      "properties": [
        "operation_id": ["type": "string", "format": "uuid"],
        "status": ["type": "string", "enum": ["applied", "partially_applied", "not_applied"]],
        "unapplied": ["type": "array", "items": ["type": "object"]],
        "upstream_reset": [
          "type": "object",
          "properties": [
            "pointers": ["type": "array", "items": ["type": "string"]],
            "restored": ["type": "boolean"],
          ],
        ],
      ],
    ]
  }

  private static var command: JSONValue {
    let time: JSONValue = ["type": "string", "format": "date-time"]
    return [
      "type": "object", "additionalProperties": false,
      "description": "Each command takes its own members only.",
      "properties": [
        "for": ["type": "string", "description": "pause: an ISO 8601 duration."],
        "until": time,
        "minimum_temperature": ["type": "number", "description": "away: °C."],
        "level": ["type": "string", "enum": ["low", "mid", "max"]],
      ],
    ]
  }

  private static var problem: JSONValue {
    [
      "type": "object", "required": ["type", "title", "status", "detail", "instance"],
      "properties": [
        "type": [
          "type": "string",
          "enum": .array(ProblemType.allCases.map { .string("/problems/\($0.rawValue)") }),
        ],
        "title": ["type": "string"], "status": ["type": "integer"],
        "detail": ["type": "string"], "instance": ["type": "string"],
        "resolution": [
          "type": "string",
          "enum": .array(Resolution.allCases.map { .string($0.rawValue) }),
        ],
        "operation_id": ["type": "string", "format": "uuid"],
        "errors": [
          "type": "array",
          "items": [
            "type": "object", "required": ["pointer", "code", "detail"],
            "properties": [
              "pointer": ["type": "string"], "code": ["type": "string"],
              "detail": ["type": "string"],
            ],
          ],
        ],
      ],
    ]
  }
}
