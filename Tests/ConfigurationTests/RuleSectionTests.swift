import Configuration
import GatewayCore
import HeatPumps
import Testing

/// Goal: rules are read into typed values, and a rule that could never work is refused.
/// Method: one small file a fault, one for all kinds of values.
@Suite struct RuleSectionTests {
  private static let away = "then: {command: away}"

  @Test(arguments: [
    ("when: [{pointer: /a}]", away, "when[0]", 19, "exactly one of equals"),
    ("when: [{pointer: /a, less: 3, greater: 1}]", away, "when[0]", 19, "found less and greater"),
    ("when: [{equals: 3}]", away, "when[0].pointer", 19, "required"),
    ("when: [{pointer: a, equals: 3}]", away, "when[0].pointer", 19, "JSON Pointer"),
    ("when: [{pointer: /a, equal: 3}]", away, "when[0].equal", 19, "did you mean \"equals\""),
    ("when: [{pointer: /a, less: three}]", away, "when[0].less", 19, "expected a number"),
    ("when: [{pointer: /a, exists: 1}]", away, "when[0].exists", 19, "expected true or false"),
    ("when: [{pointer: /a, in: []}]", away, "when[0].in", 19, "at least one value"),
    ("when: [{pointer: /a, in: 3}]", away, "when[0].in", 19, "expected a list"),
    ("when: [{pointer: /a, equals: [3]}]", away, "when[0].equals", 19, "found a list"),
    ("when: []", "then: {}", "then", 20, "exactly one of command, patch"),
    ("when: []", "then: {command: holiday}", "then.command", 20, "must be one of pause, resume"),
    ("when: []", "then: {command: awy}", "then.command", 20, "did you mean \"away\""),
    ("when: []", "then: {command: pause}", "then.command", 20, "exactly one of for, until"),
    (
      "when: []", "then: {command: pause, with: {for: PT1H, until: {after: PT1H}}}", "then.with",
      20,
      "exactly one of for, until"
    ),
    ("when: []", "then: {command: pause, with: {for: 3600}}", "then.with.for", 20, "ISO 8601"),
    (
      "when: []", "then: {command: pause, with: {for: null}}", "then.with.for", 20,
      "must not be null"
    ),
    ("when: []", "then: {command: pause, with: {until: soon}}", "then.with.until", 20, "RFC 3339"),
    (
      "when: []", "then: {command: away, with: {untill: null}}", "then.with.untill", 20,
      "did you mean \"until\""
    ),
    (
      "when: []", "then: {command: resume, with: {until: null}}", "then.with.until", 20,
      "no such parameter"
    ),
    (
      "when: []", "then: {command: optimize, with: {level: High}}", "then.with.level", 20,
      "low, mid, max"
    ),
    (
      "when: []", "then: {command: away, with: {minimum_temperature: {after: PT1H}}}",
      "then.with.minimum_temperature.after", 20, "does not fit"
    ),
    ("when: []", "then: {patch: {}}", "then.patch", 20, "the patch is empty"),
    (
      "when: []", "then: {patch: {hot_water: {}}}", "then.patch.hot_water", 20,
      "not a writable pointer"
    ),
    ("when: []", "then: {patch: {id: 3}}", "then.patch.id", 20, "/id is not a writable pointer"),
    (
      "when: []", "then: {patch: {hot_water: {standard_temprature: 3}}}",
      "then.patch.hot_water.standard_temprature", 20,
      "did you mean \"/hot_water/standard_temperature\""
    ),
    (
      "when: []", "then: {patch: {hot_water: {standard_temperature: warm}}}",
      "then.patch.hot_water.standard_temperature", 20, "must be a number"
    ),
    (
      "when: []", "then: {patch: {hot_water: {enabled: {pointer: /a, default: 1}}}}",
      "then.patch.hot_water.enabled.default", 20, "must be a boolean"
    ),
    (
      "when: []", "then: {patch: {hot_water: {enabled: {pointr: /a}}}}",
      "then.patch.hot_water.enabled", 20, "expected a literal"
    ),
    (
      "when: []", "then: {patch: {pause: {until: {after: 2h}}}}", "then.patch.pause.until.after",
      20,
      "ISO 8601"
    ),
    (
      "when: []", "then: {patch: {pause: {active: true}}, with: {}}", "then.with", 20,
      "belongs to a command"
    ),
    ("valid_for: PT0S", away, "valid_for", 19, "must be PT1S to P1D"),
  ])
  func `a fault of a rule is named with its path and line`(
    first: String, second: String, path: String, line: Int, words: String
  ) {
    let expected = Expected(rule(first, second), "hooks[0].rules[0].\(path)", line, words)
    let found = errors(in: expected.text)
    #expect(found.count == 1, "\(found)")
    #expect(found.contains(where: expected.isFulfilled), "\(found)")
  }

  @Test func `conditions are read`() throws {
    let text = rule(
      "when:", "  - {pointer: /a, equals: 'true'}", "  - {pointer: /b, equals: true}",
      "  - {pointer: /c, not_equals: null}", "  - {pointer: /d, in: [1.50, x]}",
      "  - {pointer: /e, less: 1e3}", "  - {pointer: /f, greater: -1}",
      "  - {pointer: /g, exists: false}", "then: {command: resume}")
    let conditions = try load(text).get().configuration.hooks[0].rules[0].conditions
    let decimal = try #require(ExactDecimal("1.50"))
    #expect(
      conditions.map(\.test) == [
        .equals("true"), .equals(true), .notEquals(nil), .isIn([.number(decimal), "x"]),
        .less(1000), .greater(-1), .exists(false),
      ])
  }

  @Test func `values are read and a patch is flattened to pointers`() throws {
    let text = rule(
      "valid_for: PT1M", "then:", "  patch:",
      "    hot_water: {standard_temperature: {pointer: /value, default: 45.5}, enabled: true}",
      "    pause: {until: {after: PT2H}}", "    away: {end: null, start: '2030-01-01T00:00:00Z'}",
      "    optimization: {level: {pointer: /level}}")
    let rule = try load(text).get().configuration.hooks[0].rules[0]
    #expect(rule.validFor == .seconds(60) && rule.conditions.isEmpty)
    let decimal = try #require(ExactDecimal("45.5"))
    #expect(
      rule.action
        == .patch([
          RuleAssignment(
            pointer: "/hot_water/standard_temperature",
            value: .pointer("/value", default: .number(decimal))),
          RuleAssignment(pointer: "/hot_water/enabled", value: .literal(true)),
          RuleAssignment(pointer: "/pause/until", value: .after(.seconds(7200))),
          RuleAssignment(pointer: "/away/end", value: .literal(nil)),
          RuleAssignment(pointer: "/away/start", value: .literal("2030-01-01T00:00:00Z")),
          RuleAssignment(pointer: "/optimization/level", value: .pointer("/level", default: nil)),
        ]))
  }

  @Test func `commands are read with their parameters`() throws {
    let text = rule("then: {command: away, with: {until: {after: P7D}, minimum_temperature: 16}}")
    let action = try load(text).get().configuration.hooks[0].rules[0].action
    #expect(
      action
        == .command(
          .away,
          with: ["until": .after(.seconds(604_800)), "minimum_temperature": .literal(16)]))
    for command in ["resume", "return", "optimize", "stop-optimizing"] {
      #expect(errors(in: rule("then: {command: \(command)}")) == [], "\(command)")
    }
  }

  @Test func `names of rules are unique within the hook`() {
    let text =
      rule("when: [{pointer: /a, equals: 1}]", Self.away) + "      - {name: first, \(Self.away)}\n"
    #expect(errors(in: text).map(\.path) == ["hooks[0].rules[1].name"])
  }
}
