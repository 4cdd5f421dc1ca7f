import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: each command writes exactly the fields of its row in the contract.
/// Method: bodies as JSON text, with the patch or the findings that come of them.
@Suite struct CommandTests {
  @Test(arguments: [
    (
      "pause", "{\"for\":\"PT2H\"}",
      "{\"pause\":{\"active\":true,\"until\":\"2026-11-24T14:00:00Z\"}}"
    ),
    (
      "pause", "{\"until\":\"2026-11-24T15:00:00+01:00\"}",
      "{\"pause\":{\"active\":true,\"until\":\"2026-11-24T15:00:00+01:00\"}}"
    ),
    ("resume", nil, "{\"pause\":{\"active\":false,\"until\":null}}"),
    ("resume", "{}", "{\"pause\":{\"active\":false,\"until\":null}}"),
    ("away", nil, "{\"away\":{\"enabled\":true,\"end\":null,\"start\":\"2026-11-24T12:00:00Z\"}}"),
    (
      "away", "{\"until\":\"2026-12-01T00:00:00Z\",\"minimum_temperature\":16.50}",
      """
      {"away":{"enabled":true,"end":"2026-12-01T00:00:00Z","start":"2026-11-24T12:00:00Z",\
      "minimum_temperature":16.50}}
      """
    ),
    ("return", nil, "{\"away\":{\"enabled\":false,\"start\":null,\"end\":null}}"),
    ("optimize", nil, "{\"optimization\":{\"enabled\":true}}"),
    ("optimize", "{\"level\":\"max\"}", "{\"optimization\":{\"enabled\":true,\"level\":\"max\"}}"),
    ("stop-optimizing", nil, "{\"optimization\":{\"enabled\":false}}"),
  ])
  func `a command is the patch of its row`(name: String, body: String?, expected: String) throws {
    let now = noon + .milliseconds(999)
    let patch = try HeatPumpCommand.patch(
      name: name, body: json(body), rules: .unrestricted, now: now)
    let same = try JSONValue(parsing: Array(expected.utf8))
    #expect(try patch == HeatPumpPatch.validate(same, rules: .unrestricted, now: now))
  }

  @Test(arguments: [
    ("pause", nil, [" required"]), ("pause", "{}", [" required"]),
    ("pause", "{\"for\":\"PT1H\",\"until\":\"2026-11-24T13:00:00Z\"}", ["/until contradiction"]),
    ("pause", "{\"for\":\"1h\"}", ["/for invalid_duration"]),
    ("pause", "{\"for\":\"PT0S\"}", ["/for invalid_duration"]),
    ("pause", "{\"for\":60}", ["/for wrong_type"]),
    ("pause", "{\"until\":null}", ["/until null_not_allowed"]),
    ("pause", "{\"for\":null}", ["/for null_not_allowed"]),
    ("pause", "{\"until\":\"2026-11-24T11:00:00Z\"}", ["/until in_the_past"]),
    ("pause", "{\"until\":\"soon\",\"x\":1}", ["/x unknown_field", "/until invalid_time"]),
    ("resume", "{\"a/b\":1,\"for\":\"PT1H\"}", ["/a~1b unknown_field", "/for unknown_field"]),
    ("resume", "[]", [" not_an_object"]), ("resume", "null", [" not_an_object"]),
    ("away", "{\"until\":\"2026-11-24T11:00:00Z\"}", ["/until contradiction"]),
    (
      "away", "{\"minimum_temperature\":\"16\",\"until\":1}",
      ["/until wrong_type", "/minimum_temperature wrong_type"]
    ),
    ("optimize", "{\"level\":\"Max\"}", ["/level not_allowed_value"]),
  ])
  func `all problems of a command come at once, at their place in its body`(
    name: String, body: String?, findings: [String]
  ) throws {
    let fault = try #require(throws: GatewayFault.self) {
      try HeatPumpCommand.patch(
        name: name, body: json(body), rules: .unrestricted, now: noon)
    }
    #expect(fault.type == .invalidPatch)
    #expect(Set(fault.errors.map { "\($0.pointer) \($0.code)" }) == Set(findings))
    #expect(fault.errors.count == findings.count)
  }

  @Test func `a command obeys the caller's rules`() throws {
    let rules = WriteRules(
      mayWrite: true, mayAdmin: false,
      guardRails: ["/pause/until": FieldBounds(maximumAhead: .seconds(3600))])
    let long = try #require(throws: GatewayFault.self) {
      try HeatPumpCommand.patch(name: "pause", body: ["for": "PT2H"], rules: rules, now: noon)
    }
    #expect(long.type == .guardRail)
    #expect(long.errors.map(\.pointer) == ["/for"])
    var narrow = rules
    narrow.fieldPolicy = ["/pause/until": FieldBounds()]
    let refused = try #require(throws: GatewayFault.self) {
      try HeatPumpCommand.patch(name: "pause", body: ["for": "PT1H"], rules: narrow, now: noon)
    }
    #expect(refused.type == .forbidden)
    #expect(refused.errors.map(\.pointer) == ["/pause/active"])
  }

  @Test func `there are six commands, and no other`() throws {
    #expect(
      HeatPumpCommand.names == ["pause", "resume", "away", "return", "optimize", "stop-optimizing"])
    let fault = try #require(throws: GatewayFault.self) {
      try HeatPumpCommand.patch(
        name: "explode", body: nil, rules: .unrestricted, now: noon)
    }
    #expect(fault.type == .notFound)
  }

  private func json(_ text: String?) throws -> JSONValue? {
    try text.map { try JSONValue(parsing: Array($0.utf8)) }
  }
}
