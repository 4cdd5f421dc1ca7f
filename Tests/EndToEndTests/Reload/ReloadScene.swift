import Crypto
import GatewayCore
import TestSupport

extension GatewaySetup {
  /// Changes an app of the file.
  mutating func change(app name: String, _ change: (inout JSONObject) -> Void) {
    apps = apps.map { app in
      guard app["name"]?.string == name, var members = app.object else { return app }
      change(&members)
      return .object(members)
    }
  }

  /// The file's apps.
  var apps: [JSONValue] {
    get { configuration(folder: "")["apps"]?.array ?? [] }
    set { more["apps"] = .array(newValue) }
  }

  /// An app that reads and writes everywhere, with a key of its own.
  static func app(
    _ name: String, _ key: TestKey, scopes: [JSONValue] = ["heat-pumps:read", "heat-pumps:write"],
    of organisation: String = "acme"
  ) -> JSONValue {
    [
      "name": .string(name), "organisation": .string(organisation),
      "keys": [["sha256": .string(key.sha256)]], "scopes": .array(scopes), "users": ["*"],
      "heat_pumps": ["*"],
    ]
  }
}

extension TestKey {
  /// A key that no file knows yet.
  static func made(_ name: String) -> TestKey {
    let key = "pgw_test-" + name
    let digits = Array("0123456789abcdef")
    let hash = SHA256.hash(data: Array(key.utf8)).map { byte in
      "\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }
    return TestKey(key: key, sha256: hash.joined())
  }
}

extension Stage {
  /// Writes a configuration and has it read; says what the gateway answers.
  func reload(_ setup: GatewaySetup) async throws -> Answer {
    try gateway.write(setup)
    return try await self.operator.post("/admin/reload")
  }

  /// The generation in force.
  var generation: Int? {
    get async throws {
      try await self.operator.get("/admin/status").at("/configuration/generation")?.integer
    }
  }
}
