import GatewayCore
import HeatPumps
import Storage

extension OpenAPIDocument {
  static var schemas: JSONObject {
    var schemas = JSONObject()
    let full = FieldTable.representationSchema()
    schemas["HeatPump"] = full
    schemas["TrimmedHeatPump"] = trimmed(full)
    schemas["UpstreamDocument"] = ["type": "object", "description": "The upstream's own JSON."]
    schemas["HeatPumpRead"] = [
      "description": "In full, with the members of `fields`, or with `view=upstream`.",
      "anyOf": [
        .reference("HeatPump"), .reference("TrimmedHeatPump"), .reference("UpstreamDocument"),
      ],
    ]
    schemas["HeatPumpList"] = list(of: .reference("HeatPumpRead"))
    schemas["HeatPumpPatch"] = FieldTable.patchSchema()
    schemas["Command"] = command
    schemas["WrittenHeatPump"] = [
      "allOf": [
        .reference("HeatPump"),
        ["type": "object", "required": ["write"], "properties": ["write": write]],
      ]
    ]
    schemas["DryRun"] = [
      "type": "object", "required": ["upstream_body"], "additionalProperties": false,
      "properties": ["upstream_body": ["type": "object"]],
    ]
    schemas["WriteResult"] = [
      "anyOf": [.reference("WrittenHeatPump"), .reference("DryRun"), .reference("Operation")]
    ]
    schemas["Operation"] = operation
    schemas["OperationList"] = list(of: .reference("Operation"))
    schemas["EventReceipt"] = eventReceipt
    schemas["HookEvent"] = hookEvent
    schemas["HookEventList"] = list(of: .reference("HookEvent"))
    for (name, schema) in subscriptionSchemas { schemas[name] = schema }
    for (name, schema) in jobSchemas { schemas[name] = schema }
    for (name, schema) in operatorSchemas { schemas[name] = schema }
    schemas["Event"] = event
    schemas["EventPage"] = eventPage
    // Without a type: it is no JSON, and tools take it for a text or for a message each.
    schemas["EventStream"] = described(
      [:],
      """
      Messages with `id`, the event's `sequence`, `event`, its `type`, and `data`, an `Event`. A \
      message `resync` says that events are gone, `{oldest, newest}`; the stream goes on after \
      `newest`. A message `end` says why the gateway ends it, `{reason}`: `too_slow`, \
      `draining`, `unauthenticated` or `reconfigured`.
      """)
    schemas["Health"] = status(["ok"])
    schemas["Readiness"] = status(
      ["ready", "not_ready"],
      with: [
        "upstream": ["ok", "degraded", "down"], "storage": ["ok", "unavailable", "other_key"],
      ])
    schemas["Problem"] = problem
    schemas["ProblemDescription"] = problemDescription
    schemas["ProblemDescriptionList"] = list(of: .reference("ProblemDescription"))
    return schemas
  }

  private static var eventReceipt: JSONValue {
    [
      "type": "object", "required": ["event_id"],
      "properties": [
        "event_id": [
          "type": "string", "format": "uuid",
          "description": "Names the event; of a repeat, the first one.",
        ]
      ],
    ]
  }

  private static var hookEvent: JSONValue {
    [
      "type": "object",
      "required": [
        "id", "hook", "received_at", "state", "rule", "heat_pump", "operation_id", "reason",
        "replays",
      ],
      "properties": [
        "id": uuid, "hook": ["type": "string"],
        "received_at": ["type": "string", "format": "date-time"],
        "state": [
          "type": "string", "enum": .array(HookEventState.allCases.map { .string($0.rawValue) }),
        ],
        "rule": textOrNull,
        "heat_pump": [
          "type": ["object", "null"], "required": ["id", "user_id", "alias"],
          "properties": ["id": uuid, "user_id": uuid, "alias": textOrNull],
        ],
        "operation_id": ["type": ["string", "null"], "format": "uuid"],
        "reason": textOrNull, "replays": ["type": "integer", "minimum": 0],
      ],
    ]
  }

  /// An event; what those about fleet jobs have beside the others is described here.
  private static var event: JSONValue {
    var event = HeatPumpEvent.schema(heatPump: .reference("TrimmedHeatPump")).object
    var properties = event?["properties"]?.object
    var data = properties?["data"]?.object
    var members = data?["properties"]?.object
    members?["job"] = .reference("Job")
    let words = "More types may come; skip those that you don't know. \(EventTypeText.all)."
    if let type = properties?["type"] { properties?["type"] = described(type, words) }
    data?["properties"] = members.map(JSONValue.object)
    properties?["data"] = data.map(JSONValue.object)
    event?["properties"] = properties.map(JSONValue.object)
    return event.map(JSONValue.object) ?? [:]
  }

  private static var eventPage: JSONValue {
    let number: JSONValue = ["type": "integer", "minimum": 0]
    return [
      "type": "object", "required": ["items", "next_cursor", "next_after", "oldest", "gap"],
      "properties": [
        "items": ["type": "array", "items": .reference("Event")],
        "next_cursor": [
          "type": ["string", "null"], "description": "null once there is nothing more at present.",
        ],
        "next_after": described(
          number, "How far the page goes, past what the app may not see, too."),
        "oldest": described(number, "The `sequence` from which on no event is missing."),
        "gap": [
          "type": "boolean",
          "description": "Whether events after the given number are gone: read the state anew.",
        ],
      ],
    ]
  }

  private static func trimmed(_ full: JSONValue) -> JSONValue {
    var schema = full.object ?? JSONObject()
    schema["required"] = ["id"]
    return .object(schema)
  }

  private static func status(
    _ words: [JSONValue], with others: KeyValuePairs<String, [JSONValue]> = [:]
  ) -> JSONValue {
    var properties = JSONObject()
    properties["status"] = ["type": "string", "enum": .array(words)]
    for (name, words) in others {
      properties[name] = ["type": "string", "enum": .array(words)]
    }
    return ["type": "object", "required": ["status"], "properties": .object(properties)]
  }

  private static var problemDescription: JSONValue {
    let string: JSONValue = ["type": "string"]
    return [
      "type": "object", "required": ["type", "title", "status", "resolution", "description"],
      "properties": [
        "type": string, "title": string, "status": ["type": "integer"], "resolution": string,
        "description": string,
      ],
    ]
  }

  private static var command: JSONValue {
    [
      "type": "object", "additionalProperties": false,
      "description": "Each command takes its own members only.",
      "properties": [
        "for": [
          "type": "string", "format": "duration",
          "description": "pause: how long, without years and months; instead of `until`.",
        ],
        "until": [
          "type": ["string", "null"], "format": "date-time",
          "description": "pause and away: the end; null for none.",
        ],
        "minimum_temperature": [
          "type": ["number", "null"], "description": "away: °C.",
        ],
        "level": [
          "type": ["string", "null"], "enum": ["low", "mid", "max", nil],
          "description": "optimize: how far.",
        ],
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
        "conflicts": [
          "type": "array", "items": ["type": "object"],
          "description":
            "precondition-failed: the fields to be written, with their present values.",
        ],
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
