import GatewayCore
import HeatPumps
import Storage
import Webhooks

extension OpenAPIDocument {
  /// The schemas of subscriptions and deliveries, by name.
  static var subscriptionSchemas: [(String, JSONValue)] {
    let terms = subscriptionTerms
    return [
      ("Subscription", subscription(withSecret: false)),
      ("SubscriptionWithSecret", subscription(withSecret: true)),
      ("SubscriptionList", list(of: .reference("Subscription"))),
      (
        "NewSubscription",
        [
          "type": "object", "additionalProperties": false,
          "required": ["url", "event_types", "heat_pumps"], "properties": terms,
        ]
      ),
      (
        "SubscriptionPatch",
        ["type": "object", "additionalProperties": false, "properties": terms]
      ),
      ("SecretRotation", secretRotation),
      (
        "SubscriptionTest",
        [
          "type": "object", "required": ["outcome", "attempt"],
          "properties": ["outcome": outcome, "attempt": .reference("DeliveryAttempt")],
        ]
      ),
      (
        "SubscriptionReplay",
        [
          "type": "object", "additionalProperties": false, "required": ["since"],
          "properties": [
            "since": [
              "anyOf": [time, ["type": "integer", "minimum": 0]],
              "description":
                "Events noticed then or later, or the event with this sequence and later ones.",
            ]
          ],
        ]
      ),
      (
        "SubscriptionReplayed",
        [
          "type": "object", "required": ["queued"],
          "properties": ["queued": ["type": "integer", "minimum": 0]],
        ]
      ),
      ("DeliveryAttempt", attempt), ("Delivery", delivery),
      ("DeliveryList", list(of: .reference("Delivery"))),
    ]
  }

  private static let outcome: JSONValue = [
    "type": "string",
    "enum": .array(DeliveryOutcome.allCases.map { .string($0.rawValue) }),
  ]

  private static var subscriptionTerms: JSONValue {
    let types = HeatPumpEventType.subscribable.map { JSONValue.string($0.rawValue) } + ["*"]
    return [
      "url": [
        "type": "string", "format": "uri",
        "maxLength": .number(ExactDecimal(TargetURL.maximumBytes)),
        "description": "Where events are sent; must be on the gateway's list of targets.",
      ],
      "event_types": [
        "type": "array", "minItems": 1,
        "items": ["type": "string", "enum": .array(types)],
        "description": "Which events; `[\"*\"]` for all.",
      ],
      "heat_pumps": [
        "type": "array", "minItems": 1,
        "maxItems": .number(ExactDecimal(SubscriptionForm.mostHeatPumps)),
        "items": ["type": "string"],
        "description": "Aliases or ids; `[\"*\"]` for all that the app may see.",
      ],
      "format": [
        "type": "string", "enum": .array(SubscriptionForm.formats.map(JSONValue.string)),
        "default": "standard", "description": "The form of a body: as in the feed, or CloudEvents.",
      ],
      "description": [
        "type": ["string", "null"],
        "maxLength": .number(ExactDecimal(SubscriptionForm.descriptionCharacters)),
        "description": "The owner's words.",
      ],
    ]
  }

  private static func subscription(withSecret: Bool) -> JSONValue {
    var properties = JSONObject()
    properties["id"] = uuid
    for (name, schema) in subscriptionTerms.object?.members ?? [] { properties[name] = schema }
    properties["state"] = ["type": "string", "enum": ["active", "paused", "disabled"]]
    properties["reason"] = [
      "type": ["string", "null"], "description": "Why the gateway gave it up, if it did.",
    ]
    properties["created_at"] = time
    properties["changed_at"] = time
    properties["failing_since"] = [
      "type": ["string", "null"], "format": "date-time",
      "description": "Since when nothing could be delivered; null if the last delivery could.",
    ]
    properties["warned_at_percent"] = [
      "type": "integer",
      "description": "How much of the time after which it is given up is over: 0, 50, 70, 90.",
    ]
    properties["disables_at"] = [
      "type": ["string", "null"], "format": "date-time",
      "description": "When it is given up if nothing can be delivered until then.",
    ]
    properties["secrets"] = [
      "type": "array",
      "items": [
        "type": "object", "required": ["created_at", "expires_at"],
        "properties": ["created_at": time, "expires_at": timeOrNull],
      ], "description": "What signs at present, the newest first; never the secrets themselves.",
    ]
    if withSecret {
      properties["secret"] = [
        "type": "string", "pattern": "^whsec_[A-Za-z0-9+/]+=*$",
        "description": "What deliveries are signed with. It is not shown again.",
      ]
    }
    return [
      "type": "object", "required": .array(properties.keys.map(JSONValue.string)),
      "properties": .object(properties),
    ]
  }

  private static var secretRotation: JSONValue {
    [
      "type": "object", "additionalProperties": false,
      "properties": [
        "overlap": [
          "type": "string", "format": "duration", "default": "PT24H",
          "description": "For how long the former secret signs, too: PT0S to P7D.",
        ]
      ],
    ]
  }

  private static var attempt: JSONValue {
    [
      "type": "object", "required": ["at", "status", "fault", "duration_ms"],
      "properties": [
        "at": time,
        "status": ["type": ["integer", "null"], "description": "Of the receiver's answer."],
        "fault": ["type": ["string", "null"], "description": "What went wrong, if anything did."],
        "duration_ms": ["type": "integer", "minimum": 0],
      ],
    ]
  }

  private static var delivery: JSONValue {
    var properties = JSONObject()
    for name in ["id", "subscription_id", "event_id"] { properties[name] = uuid }
    properties["sequence"] = ["type": "integer", "description": "The event's."]
    properties["event_type"] = ["type": "string"]
    properties["state"] = [
      "type": "string", "enum": .array(DeliveryState.allCases.map { .string($0.rawValue) }),
    ]
    properties["attempts"] = [
      "type": "array", "items": .reference("DeliveryAttempt"),
      "description": .string(
        "The newest \(StoredDelivery.attemptLimit), the oldest of them first."),
    ]
    properties["attempt_count"] = ["type": "integer", "minimum": 0]
    properties["queued_at"] = time
    properties["changed_at"] = time
    properties["next_attempt_at"] = timeOrNull
    return [
      "type": "object", "required": .array(properties.keys.map(JSONValue.string)),
      "properties": .object(properties),
    ]
  }
}
