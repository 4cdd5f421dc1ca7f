public import GatewayCore

extension HeatPumpEvent {
  /// The JSON Schema (2020-12, as OpenAPI 3.1 takes it) of a delivery's body.
  ///
  /// - Parameter heatPump: the schema of the simplified resource, or a reference to it.
  public static func schema(
    heatPump: JSONValue = FieldTable.representationSchema()
  ) -> JSONValue {
    object([
      ("type", typeSchema), ("timestamp", time("When it was noticed.")),
      ("data", object(dataMembers(heatPump), optional: ["operation_id", "subscription_id"])),
    ])
  }

  private static let typeSchema: JSONValue = [
    "type": "string", "x-extensible-enum": words(HeatPumpEventType.allCases.map(\.rawValue)),
    "description": "What it tells. More types may come; skip those that you don't know.",
  ]

  private static func dataMembers(_ heatPump: JSONValue) -> [(String, JSONValue)] {
    [
      ("id", id("The event's id, the same in every delivery.")),
      (
        "sequence",
        [
          "type": "integer", "minimum": 0,
          "description":
            "Its place in the organisation's feed; later events have greater ones. 0 for a test.",
        ]
      ),
      ("organisation", ["type": "string", "description": "The organisation's name."]),
      ("user_id", id("The heat pump's owner.", nullable: true)),
      (
        "heat_pump_id", id("The heat pump; null for the gateway as a whole.", nullable: true)
      ),
      (
        "alias", ["type": ["string", "null"], "description": "The heat pump's configured name."]
      ),
      ("cause", causeSchema), ("changes", changesSchema),
      ("heat_pump", ["anyOf": [heatPump, ["type": "null"]]]),
      ("operation_id", id("The write that it is about.")),
      ("subscription_id", id("The subscription that it is about.")),
    ]
  }

  private static let causeSchema: JSONValue = [
    "type": ["string", "null"], "x-extensible-enum": words(ChangeCause.allCases.map(\.rawValue)),
    "description": "Where it came from: a write through the gateway, or `outside` of it.",
  ]

  private static let changesSchema: JSONValue = [
    "type": "array",
    "items": object([
      ("pointer", ["type": "string", "description": "The field's JSON Pointer."]),
      ("from", ["description": "The value that was told before."]),
      ("to", ["description": "The value now."]),
    ]),
    "description": "What changed; without `personal-data:read`, less what is personal.",
  ]

  private static func object(
    _ members: [(String, JSONValue)], optional: Set<String> = []
  ) -> JSONValue {
    var properties = JSONObject()
    for (name, schema) in members { properties[name] = schema }
    return [
      "type": "object", "properties": .object(properties),
      "required": words(members.map(\.0).filter { !optional.contains($0) }),
    ]
  }

  private static func id(_ description: String, nullable: Bool = false) -> JSONValue {
    [
      "type": nullable ? ["string", "null"] : "string", "format": "uuid",
      "description": .string(description),
    ]
  }

  private static func time(_ description: String) -> JSONValue {
    ["type": "string", "format": "date-time", "description": .string(description)]
  }

  private static func words(_ words: [String]) -> JSONValue {
    .array(words.map { .string($0) })
  }
}
