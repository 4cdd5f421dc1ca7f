import GatewayCore
import HeatPumpService
import HeatPumps
import Storage

extension OpenAPIDocument {
  /// The schemas of what operators ask and see, by name.
  static var operatorSchemas: [(String, JSONValue)] {
    [
      ("Session", session), ("GatewayStatus", status), ("WriteModeChange", writeModeChange),
      ("OrganisationWriteMode", object([("organisation", text), ("write_mode", writeMode)])),
      ("Reloaded", reloaded), ("ConfigurationMistake", mistake),
      ("AccessQuestion", accessQuestion), ("Access", access),
      ("PatchTrial", patchTrial), ("PatchTrialResult", patchTrialResult),
      ("AuditRecord", auditRecord), ("AuditRecordList", list(of: .reference("AuditRecord"))),
      ("FleetPage", fleetPage), ("InspectedHeatPump", inspectedHeatPump),
      ("ReadingHistory", history),
      ("InspectedHookEvent", extended(.reference("HookEvent"), [("body", anything)])),
      ("LoggedEventList", list(of: loggedEvent)),
      (
        "OwnedSubscriptionList",
        list(of: extended(.reference("Subscription"), [("app", text)]))
      ),
    ]
  }

  private static let anything: JSONValue = [:]
  private static let anObject: JSONValue = ["type": "object"]
  private static let writeMode = word(WriteMode.allCases.map(\.rawValue))
  private static let heatPumpOfQuestion: [(String, JSONValue)] = [
    ("heat_pump", described(text, "An alias, or an id.")),
    (
      "user_id",
      [
        "type": ["string", "null"], "format": "uuid",
        "description": "The owner, of a heat pump that is not known yet.",
      ]
    ),
  ]

  private static var session: JSONValue {
    object([
      ("role", ["type": ["string", "null"], "enum": ["operator", "metrics", nil]]),
      ("csrf_token", described(textOrNull, "Of a browser's session: what changes must repeat.")),
      ("idle_seconds", described(count, "After so long without a request a session ends.")),
      ("version", text),
      (
        "organisations",
        array(object([("name", text), ("apps", array(text)), ("hooks", array(text))]))
      ),
    ])
  }

  private static var status: JSONValue {
    object([
      ("version", text), ("uptime", described(text, "An ISO 8601 duration.")),
      ("draining", described(flag, "Whether it is about to stop.")),
      ("cache", object([("entries", count), ("bytes", count), ("evictions", count)])),
      (
        "configuration",
        described(anObject, "Which generation is in force, since when, and what was refused.")
      ),
      ("storage", described(anObject, "The database: its state, and how much waits in it.")),
      ("deliveries", described(anObject, "Events on their way to subscriptions.")),
      (
        "organisations",
        array(
          object([
            ("name", text), ("write_mode", writeMode), ("heat_pumps", count),
            ("token", described(anObject, "Its age and generation, and never its value.")),
            ("upstream", described(anObject, "Health, circuit breaker and budget.")),
            ("reads", anObject), ("writes", anObject), ("polling", anObject),
            ("events", anObject),
          ]))
      ),
    ])
  }

  private static var writeModeChange: JSONValue { closedObject([("write_mode", writeMode)]) }

  private static var reloaded: JSONValue {
    object([
      ("generation", described(count, "Counts the configurations that came into force.")),
      (
        "changes",
        array(
          object([
            ("path", text), ("change", word(ConfigurationChange.Kind.allCases.map(\.rawValue))),
          ]))
      ),
      ("needs_restart", array(text, "Settings that stay as they were until the next start.")),
      ("warnings", array(.reference("ConfigurationMistake"))),
    ])
  }

  private static var mistake: JSONValue {
    object(
      [
        ("pointer", text), ("code", text), ("detail", text), ("line", count), ("column", count),
      ], optional: ["line", "column"])
  }

  private static var accessQuestion: JSONValue {
    closedObject(
      [("app", described(text, "Its name in the configuration."))] + heatPumpOfQuestion + [
        ("patch", described(anything, "What it would write; judged field by field."))
      ], optional: ["user_id", "patch"])
  }

  private static var access: JSONValue {
    object([
      ("app", text), ("organisation", text),
      (
        "heat_pump",
        [
          "anyOf": [
            ["type": "null"], object([("id", uuid), ("user_id", uuid), ("alias", textOrNull)]),
          ]
        ]
      ),
      ("may_read", flag),
      ("may_write", ["type": ["boolean", "null"], "description": "null without a patch."]),
      (
        "decisions",
        array(
          object([
            ("subject", text), ("rule", text),
            ("setting", described(text, "Where the configuration says so.")), ("allows", flag),
            ("detail", text),
          ]))
      ),
    ])
  }

  private static var patchTrial: JSONValue {
    var trial =
      closedObject(
        [
          ("app", described(text, "On whose behalf it is judged.")),
          ("organisation", described(text, "In place of an app: by the operator's own leave.")),
        ] + heatPumpOfQuestion + [("patch", .reference("HeatPumpPatch"))],
        optional: ["app", "organisation", "user_id"]
      ).object ?? JSONObject()
    trial["oneOf"] = [["required": ["app"]], ["required": ["organisation"]]]
    return .object(trial)
  }

  private static var patchTrialResult: JSONValue {
    object([
      ("organisation", text), ("heat_pump_id", uuid), ("write_mode", writeMode),
      (
        "fields",
        array(
          object(
            [
              ("pointer", text), ("update_field", textOrNull), ("requested", anything),
              ("current", described(anything, "Absent of personal fields.")),
            ], optional: ["current"]))
      ),
      ("upstream_body", anObject), ("warnings", array(text)),
    ])
  }

  private static var auditRecord: JSONValue {
    let hash: JSONValue = ["type": "string", "pattern": "^[0-9a-f]*$"]
    return object([
      ("sequence", count), ("at", time), ("organisation", text), ("user_id", uuid),
      ("heat_pump_id", uuid), ("operation_id", uuid),
      (
        "origin",
        object([
          ("kind", word(OperationOrigin.Kind.allCases.map(\.rawValue))), ("name", text),
          ("occasion", text),
        ])
      ),
      ("state", word(OperationState.allCases.map(\.rawValue))),
      ("changes", described(anything, "Of each field, what it was and what it is.")),
      ("previous", described(hash, "The hash of the record before.")),
      ("hash", described(hash, "SHA-256 of this one.")),
    ])
  }

  private static var fleetPage: JSONValue {
    object([
      (
        "items",
        array(
          object([("heat_pump", .reference("TrimmedHeatPump")), ("age_seconds", age)]))
      ),
      ("next_cursor", textOrNull),
      ("found", described(count, "How many there are on all pages.")),
      ("known", described(count, "How many the organisation has.")),
    ])
  }

  private static var inspectedHeatPump: JSONValue {
    object([
      ("heat_pump", .reference("HeatPump")), ("age_seconds", age),
      ("cache_status", described(textOrNull, "How the answer came about (RFC 9211).")),
      (
        "labels",
        [
          "type": "object", "description": "What each field means, by pointer.",
          "additionalProperties": object([("summary", text), ("writable", flag)]),
        ]
      ),
    ])
  }

  private static let age: JSONValue = [
    "type": ["integer", "null"], "description": "Since the upstream was asked; null for never.",
  ]

  private static var history: JSONValue {
    object([
      ("kept", described(flag, "Whether there is a history.")),
      ("pointers", array(text, "What the columns hold, after the time.")),
      ("samples", array(array(["type": ["string", "number", "null"]]))),
    ])
  }

  private static var loggedEvent: JSONValue {
    object([
      ("sequence", count), ("id", uuid), ("type", text), ("timestamp", time),
      ("data", described(anObject, "Without the whole heat pump.")),
    ])
  }
}
