import GatewayCore
import HeatPumpService
import HeatPumps
import Storage

extension OpenAPIDocument {
  /// The schemas of fleet jobs, by name.
  static var jobSchemas: [(String, JSONValue)] {
    [
      ("NewJob", newJob), ("Job", job), ("JobList", list(of: .reference("Job"))),
      ("JobPreview", jobPreview),
      (
        "JobCancellation",
        [
          "type": "object", "additionalProperties": false,
          "properties": [
            "revert": [
              "type": "boolean",
              "description": .string(
                "Whether to put back what was changed; what `revert_after` says, "
                  + "if absent."),
            ]
          ],
        ]
      ),
      ("JobResult", result), ("JobResultList", list(of: .reference("JobResult"))),
    ]
  }

  private static func texts(_ description: String, format: String? = nil) -> JSONValue {
    var items: JSONObject = JSONObject()
    items["type"] = "string"
    if let format { items["format"] = .string(format) }
    return [
      "type": "array", "minItems": 1, "maxItems": .number(ExactDecimal(JobOrder.largest)),
      "items": .object(items), "description": .string(description),
    ]
  }

  private static let selection: [(String, JSONValue)] = [
    ("heat_pumps", texts("Aliases or ids.")),
    ("users", texts("All heat pumps of these users.", format: "uuid")),
    (
      "filter",
      [
        "type": "object", "minProperties": 1,
        "description": .string(
          "All heat pumps that show this: pointers of fields, each with the value to "
            + "be equal to, or an object with one of `equals`, `not_equals`, `in`, `less`, "
            + "`greater`, `exists`."),
        "examples": [["/pause/active": false, "/readings/outdoor_temperature": ["less": 5]]],
      ]
    ),
    ("all", ["const": true, "description": "All heat pumps that the app may see."]),
  ]

  private static let pace: [(String, JSONValue)] = [
    (
      "rate_per_second",
      [
        "type": ["number", "null"], "minimum": .number(ExactDecimal("0.01") ?? 1),
        "maximum": .number(ExactDecimal(Int(JobOrder.highestRate))),
        "description": "How many heat pumps are begun in a second at most; 10, if absent.",
      ]
    ),
    (
      "ramp",
      [
        "type": ["string", "null"], "format": "duration",
        "description": "For how long the rate grows, up to `rate_per_second`.",
      ]
    ),
    (
      "abort_above_percent",
      [
        "type": ["integer", "null"], "minimum": 0, "maximum": 100,
        "description": "Stop when more of a hundred heat pumps fail; judged from the tenth on.",
      ]
    ),
    (
      "deadline",
      [
        "type": ["string", "null"], "format": "date-time",
        "description": "No heat pump is begun after this; a day from now, if absent.",
      ]
    ),
    (
      "revert_after",
      [
        "type": ["string", "null"], "format": "duration",
        "description": .string(
          "How long after its start the job puts back what it has changed and nobody "
            + "has changed since; never, if absent."),
      ]
    ),
  ]

  private static var newJob: JSONValue {
    var properties = JSONObject()
    for (name, schema) in selection { properties[name] = schema }
    properties["patch"] = .reference("HeatPumpPatch")
    properties["command"] = [
      "type": "string", "enum": .array(HeatPumpCommand.names.map(JSONValue.string)),
      "description": "A command in place of a patch.",
    ]
    properties["with"] = ["type": "object", "description": "The command's body."]
    for (name, schema) in pace { properties[name] = schema }
    properties["dry_run"] = [
      "type": ["boolean", "null"], "description": "Only say what it would come to.",
    ]
    return [
      "type": "object", "additionalProperties": false,
      "allOf": [
        [
          "oneOf": .array(selection.map { ["required": [.string($0.0)]] })
        ],
        [
          "oneOf": [["required": ["patch"]], ["required": ["command"]]]
        ],
      ], "properties": .object(properties),
    ]
  }

  private static var orderProperties: JSONObject {
    var properties = JSONObject()
    properties["selection"] = [
      "type": "object", "description": "How the heat pumps were chosen.",
    ]
    properties["patch"] = ["type": "object", "description": "The change."]
    for (name, schema) in pace { properties[name] = schema }
    properties["heat_pumps"] = count
    return properties
  }

  private static func required(_ properties: JSONObject) -> JSONValue {
    .array(properties.keys.map(JSONValue.string))
  }

  private static var job: JSONValue {
    var properties = JSONObject()
    properties["id"] = uuid
    properties["app"] = ["type": "string"]
    properties["state"] = [
      "type": "string", "enum": .array(JobState.allCases.map { .string($0.rawValue) }),
    ]
    properties["reason"] = [
      "type": ["string", "null"], "description": "Why it ended before its time, if it did.",
    ]
    properties["cancel_requested"] = ["type": "boolean"]
    properties["created_at"] = time
    for name in ["started_at", "reverts_at", "reverting_since", "ended_at"] {
      properties[name] = timeOrNull
    }
    for (name, schema) in orderProperties.members { properties[name] = schema }
    properties["counts"] = counts("How many heat pumps stand where.")
    properties["revert_counts"] = counts("The same for putting back.")
    return [
      "type": "object", "required": required(properties), "properties": .object(properties),
    ]
  }

  private static func counts(_ description: String) -> JSONValue {
    var properties = JSONObject()
    for outcome in JobOutcome.allCases { properties[outcome.rawValue] = count }
    return [
      "type": "object", "required": required(properties), "properties": .object(properties),
      "description": .string(description),
    ]
  }

  private static var jobPreview: JSONValue {
    var properties = orderProperties
    properties["unread"] = [
      "type": "integer", "minimum": 0,
      "description": "Heat pumps of which too little is known for the filter; they are left out.",
    ]
    properties["unchanged"] = [
      "type": "integer", "minimum": 0,
      "description": "Heat pumps that show the values already.",
    ]
    properties["refused"] = [
      "type": "integer", "minimum": 0,
      "description": "Heat pumps whose present values forbid the change.",
    ]
    properties["refusals"] = [
      "type": "array", "description": "The first of these.",
      "items": [
        "type": "object", "required": ["heat_pump_id", "user_id", "alias", "reason"],
        "properties": [
          "heat_pump_id": uuid, "user_id": uuid, "alias": textOrNull, "reason": ["type": "string"],
        ],
      ],
    ]
    return [
      "type": "object", "required": required(properties), "properties": .object(properties),
    ]
  }

  private static var result: JSONValue {
    let step: JSONValue = [
      "type": "object", "required": ["outcome", "state", "operation_id", "ended_at", "reason"],
      "properties": [
        "outcome": [
          "type": "string", "enum": .array(JobOutcome.allCases.map { .string($0.rawValue) }),
        ],
        "state": [
          "type": ["string", "null"],
          "enum": .array(OperationState.allCases.map { .string($0.rawValue) } + [.null]),
          "description": "The state of the operation.",
        ],
        "operation_id": ["type": ["string", "null"], "format": "uuid"],
        "ended_at": timeOrNull, "reason": textOrNull,
      ],
    ]
    return [
      "type": "object", "required": ["heat_pump_id", "user_id", "alias", "change", "revert"],
      "properties": [
        "heat_pump_id": uuid, "user_id": uuid, "alias": textOrNull, "change": step, "revert": step,
      ],
    ]
  }
}
