import Crypto
import GatewayCore
import PoderoSimulator

/// A home-automation source of the tests, with what it signs by.
struct TestHook: Sendable {
  let name: String
  let secret: String

  /// Signs with HMAC; may touch the first heat pump; rules for three kinds of events.
  static let house = TestHook(name: "house", secret: "a-secret-of-the-house")
  /// The same with a path token, for all heat pumps, the event says which.
  static let fleet = TestHook(name: "fleet", secret: "unguessable-0123456789")

  /// The hooks of the configuration, with an app that reads events.
  static let hooks: JSONValue = [
    [
      "name": "house", "organisation": "acme",
      "verify": [
        "hmac_sha256": [
          "secrets": [["env": "HOUSE_SECRET"]], "header": "X-Signature", "prefix": "sha256=",
        ]
      ],
      "heat_pumps": ["smith-home"], "target": ["alias": "smith-home"], "rules": rules,
    ],
    [
      "name": "closed", "organisation": "acme", "enabled": false,
      "verify": [
        "hmac_sha256": ["secrets": [["env": "HOUSE_SECRET"]], "header": "X-Signature"]
      ],
      "heat_pumps": ["smith-home"], "target": ["alias": "smith-home"], "rules": rules,
    ],
    [
      "name": "fleet", "organisation": "acme",
      "verify": ["path_token": ["sha256": .string(hex(SHA256.hash(data: bytes(fleet.secret))))]],
      "heat_pumps": ["*"], "target": ["pointer": "/device"], "rules": rules,
    ],
  ]

  private static let rules: JSONValue = [
    [
      "name": "nobody-home", "when": [["pointer": "/event", "equals": "nobody_home"]],
      "then": ["command": "away", "with": ["until": ["after": "P7D"], "minimum_temperature": 16]],
    ],
    [
      "name": "hot-water", "when": [["pointer": "/event", "equals": "hot_water"]],
      "then": ["patch": ["hot_water": ["standard_temperature": ["pointer": "/value"]]]],
    ],
    [
      "name": "comment", "when": [["pointer": "/event", "equals": "comment"]],
      "then": ["patch": ["comment": ["pointer": "/value"]]], "valid_for": "PT3S",
    ],
  ]

  /// Sends an event.
  func send(_ client: HTTPClient, _ event: JSONValue) async throws -> Answer {
    try await send(client, body: event.encoded)
  }

  /// Sends a body.
  func send(
    _ client: HTTPClient, body: [UInt8], type: String = "application/json"
  ) async throws -> Answer {
    let key = SymmetricKey(data: Self.bytes(secret))
    let code = Self.hex(HMAC<SHA256>.authenticationCode(for: body, using: key))
    return try await client.send(
      "POST", path, ["Content-Type": type, "X-Signature": "sha256=\(code)"], body: body)
  }

  /// Where its events go.
  var path: String { name == "fleet" ? "/v1/hooks/fleet/\(secret)" : "/v1/hooks/\(name)" }

  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
      let digits = Array("0123456789abcdef")
      return "\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }.joined()
  }
}

extension GatewaySetup {
  /// Adds the hooks of ``TestHook``; the apps `full`, `portal` and `narrow` may read their events.
  mutating func addHooks() {
    more["hooks"] = TestHook.hooks
    environment["HOUSE_SECRET"] = TestHook.house.secret
    scopes = [
      "full": ["events:read"], "portal": ["events:read"], "narrow": ["events:read"],
    ]
  }
}
