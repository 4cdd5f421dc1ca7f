import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: a rule makes of an event the patch that it says, or a reason that tells no secrets.
/// Method: events as JSON text, rules as values, a fixed time of acceptance.
@Suite struct EventRuleTests {
  private let body = """
    {"event":"hot","value":45.50,"text":"5","yes":true,"nothing":null,"list":[10,{"x":7}],
    "a/b":{"m~n":1},"away":"2026-11-25T00:00:00Z"}
    """

  private func event(_ text: String, _ format: EventBody.Format = .json) throws -> EventBody {
    EventBody(try JSONValue(parsing: Array(text.utf8)), format: format)
  }

  private func patch(
    _ action: RuleAction, _ event: EventBody, rules: WriteRules = .unrestricted
  ) throws -> String {
    try EventRule(name: "r", conditions: [], action: action)
      .patch(for: event, acceptedAt: noon + .milliseconds(700), rules: rules).body.text
  }

  private func reason(
    _ action: RuleAction, _ event: EventBody, rules: WriteRules = .unrestricted
  ) throws -> String {
    try #require(throws: RuleFault.self) { try patch(action, event, rules: rules) }.description
  }

  @Test(
    arguments: [
      ("/event", .equals("hot"), true), ("/event", .equals("Hot"), false),
      ("/value", .equals(.number(ExactDecimal("4.55e1") ?? 0)), true),
      ("/value", .notEquals(45), true), ("/none", .notEquals(45), true),
      ("/nothing", .equals(nil), true), ("/none", .equals(nil), false),
      ("/event", .isIn(["cold", "hot"]), true), ("/event", .isIn(["cold"]), false),
      ("/value", .less(46), true), ("/value", .less(45), false), ("/value", .greater(45), true),
      ("/event", .less(46), false), ("/text", .equals(5), false), ("/text", .greater(1), false),
      ("/yes", .equals(true), true), ("/yes", .equals("true"), false),
      ("/nothing", .exists(true), true), ("/none", .exists(false), true),
      ("/none", .exists(true), false), ("/list/0", .equals(10), true),
      ("/list/1/x", .equals(7), true), ("/list/00", .exists(true), false),
      ("/list/-", .exists(true), false), ("/a~1b/m~0n", .equals(1), true),
    ] as [(String, RuleCondition.Test, Bool)])
  func `a condition looks at one value`(
    pointer: String, test: RuleCondition.Test, holds: Bool
  ) throws {
    #expect(try RuleCondition(pointer: pointer, test: test).holds(for: event(body)) == holds)
  }

  @Test(
    arguments: [
      ("5.0", .equals(5), true), ("5", .equals("5"), true), ("5", .notEquals(5), false),
      ("5", .greater(4), true), (" 5", .equals(5), false), ("05", .equals(5), false),
      ("+5", .greater(1), false), ("true", .equals(true), true), ("True", .equals(true), false),
      ("", .equals(nil), false), ("7", .isIn([5, 7]), true),
    ] as [(String, RuleCondition.Test, Bool)])
  func `the text of a form counts as a number or truth value where one is named`(
    text: String, test: RuleCondition.Test, holds: Bool
  ) {
    let event = EventBody(["v": .string(text)], format: .form)
    #expect(RuleCondition(pointer: "/v", test: test).holds(for: event) == holds)
  }

  @Test func `all conditions must hold, and none always do`() throws {
    let hot = RuleCondition(pointer: "/event", test: .equals("hot"))
    let high = RuleCondition(pointer: "/value", test: .greater(50))
    let action = RuleAction.command(.resume, with: [:])
    let event = try event(body)
    #expect(EventRule(name: "r", conditions: [], action: action).matches(event))
    #expect(EventRule(name: "r", conditions: [hot], action: action).matches(event))
    #expect(!EventRule(name: "r", conditions: [hot, high], action: action).matches(event))
  }

  @Test func `values come from the rule, the event and the clock`() throws {
    let action = RuleAction.patch([
      RuleAssignment(
        pointer: "/hot_water/standard_temperature", value: .pointer("/value", default: nil)),
      RuleAssignment(pointer: "/hot_water/enabled", value: .pointer("/none", default: true)),
      RuleAssignment(pointer: "/pause/until", value: .after(.seconds(7200))),
      RuleAssignment(pointer: "/away/end", value: .pointer("/nothing", default: "x")),
      RuleAssignment(pointer: "/pause/active", value: .literal(true)),
    ])
    #expect(
      try patch(action, event(body)) == """
        {"pause":{"until":"2026-11-24T14:00:00Z","active":true},"away":{"end":null},\
        "hot_water":{"enabled":true,"standard_temperature":45.50}}
        """)
  }

  @Test func `a field named twice has the later value, and a group brings its members`() throws {
    let enabled = "/hot_water/enabled"
    let twice = RuleAction.patch([
      RuleAssignment(pointer: enabled, value: .literal(false)),
      RuleAssignment(pointer: enabled, value: .literal(true)),
    ])
    #expect(try patch(twice, event(body)) == #"{"hot_water":{"enabled":true}}"#)
    let group = RuleAction.patch([
      RuleAssignment(pointer: "/hot_water", value: .literal(["enabled": true]))
    ])
    #expect(try patch(group, event(body)) == #"{"hot_water":{"enabled":true}}"#)
  }

  @Test func `a command takes its parameters the same way`() throws {
    let away = RuleAction.command(
      .away, with: ["until": .after(.seconds(86400)), "minimum_temperature": .literal(16)])
    #expect(
      try patch(away, event(body)) == """
        {"away":{"enabled":true,"start":"2026-11-24T12:00:00Z","end":"2026-11-25T12:00:00Z",\
        "minimum_temperature":16}}
        """)
    let pause = RuleAction.command(.pause, with: ["for": .pointer("/for", default: "PT1H")])
    #expect(
      try patch(pause, event(body))
        == "{\"pause\":{\"until\":\"2026-11-24T13:00:00Z\",\"active\":true}}")
  }

  @Test func `the text of a form becomes what the field takes`() throws {
    let form = try event("{\"t\":\"45.5\",\"on\":\"false\",\"name\":\"5\"}", .form)
    let action = RuleAction.patch([
      RuleAssignment(
        pointer: "/hot_water/standard_temperature", value: .pointer("/t", default: nil)),
      RuleAssignment(pointer: "/hot_water/enabled", value: .pointer("/on", default: nil)),
      RuleAssignment(pointer: "/heating_policy/name", value: .pointer("/name", default: nil)),
    ])
    #expect(
      try patch(action, form) == """
        {"hot_water":{"enabled":false,"standard_temperature":45.5},"heating_policy":{"name":"5"}}
        """)
    let command = RuleAction.command(
      .away, with: ["minimum_temperature": .pointer("/t", default: nil)])
    #expect(try patch(command, form).contains("\"minimum_temperature\":45.5"))
    #expect(
      try reason(action, EventBody(form.value))
        == "/hot_water/standard_temperature (taken from /t) must be a number; "
        + "/hot_water/enabled (taken from /on) must be a boolean")
  }

  @Test(arguments: [
    ("/missing", "the event has no value at /missing"),
    ("/event", "/hot_water/standard_temperature (taken from /event) must be a number"),
    ("/list", "/hot_water/standard_temperature (taken from /list) must be a number"),
    ("/list/1", "/hot_water/standard_temperature (taken from /list/1) must be a number"),
    ("/list/0", "/hot_water/standard_temperature (taken from /list/0) must be at least 30"),
  ])
  func `an event that can never be applied says why, and none of its values`(
    pointer: String, expected: String
  ) throws {
    let rules = WriteRules.hook(guardRails: [
      "/hot_water/standard_temperature": FieldBounds(minimum: 30)
    ])
    let action = RuleAction.patch([
      RuleAssignment(
        pointer: "/hot_water/standard_temperature", value: .pointer(pointer, default: nil))
    ])
    #expect(try reason(action, event(body), rules: rules) == expected)
  }

  @Test func `an event cannot pause without an end, nor write internal fields`() throws {
    let pause = RuleAction.command(.pause, with: ["until": .pointer("/nothing", default: nil)])
    #expect(
      try reason(pause, event(body)) == "/until (taken from /nothing) must not be null")
    let state = RuleAction.patch([
      RuleAssignment(pointer: "/lifecycle/state", value: .pointer("/event", default: nil))
    ])
    let words = try reason(state, event(body), rules: .hook(guardRails: [:]))
    #expect(words.contains("heat-pumps:admin"))
  }
}
