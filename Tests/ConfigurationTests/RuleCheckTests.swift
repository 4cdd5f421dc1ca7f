import Configuration
import GatewayCore
import HeatPumps
import Testing

/// Goal: a rule that could never do what it says is refused when the file is read, at its place.
/// Method: one small file a fault, and the nearest file without it.
@Suite struct RuleCheckTests {
  private static let resume = "then: {command: resume}"

  /// The first rule stands in line 18 and its settings from line 19; a second one follows them.
  private func rules(_ first: String, _ second: String) -> String {
    rule(first, Self.resume) + "      - name: second\n        \(second)\n        \(Self.resume)\n"
  }

  @Test(arguments: [
    ("when: []", "when: [{pointer: /a, equals: 1}]"),
    ("when: [{pointer: /a, equals: 1}]", "when: [{pointer: /a, equals: 1.0}]"),
    (
      "when: [{pointer: /a, equals: 1}]",
      "when: [{pointer: /b, exists: true}, {pointer: /a, equals: 1}]"
    ),
    ("when: [{pointer: /a, less: 10}]", "when: [{pointer: /a, less: 5}]"),
    ("when: [{pointer: /a, in: [x, y]}]", "when: [{pointer: /a, equals: x}]"),
    ("when: [{pointer: /a, exists: true}]", "when: [{pointer: /a, greater: 5}]"),
  ])
  func `a rule behind one that takes all of its events is refused`(first: String, second: String) {
    let found = errors(in: rules(first, second))
    #expect(found.map(\.path) == ["hooks[0].rules[1]"], "\(found)")
    #expect(found.first?.line == 21)
    #expect(found.first?.message.contains("rule \"first\" in line 18") == true, "\(found)")
  }

  @Test(arguments: [
    ("when: [{pointer: /a, equals: 1}]", "when: []"),
    ("when: [{pointer: /a, equals: 1}]", "when: [{pointer: /a, equals: 2}]"),
    ("when: [{pointer: /a, equals: 1}]", "when: [{pointer: /b, equals: 1}]"),
    ("when: [{pointer: /a, equals: 1}]", "when: [{pointer: /a, equals: '1'}]"),
    ("when: [{pointer: /a, less: 5}]", "when: [{pointer: /a, less: 10}]"),
    ("when: [{pointer: /a, equals: x}]", "when: [{pointer: /a, in: [x, y]}]"),
    ("when: [{pointer: /a, not_equals: 5}]", "when: [{pointer: /a, equals: '5'}]"),
  ])
  func `a rule that some events reach is taken`(first: String, second: String) {
    #expect(errors(in: rules(first, second)) == [])
  }

  @Test(arguments: [
    "{pointer: /a, equals: x}, {pointer: /a, equals: y}",
    "{pointer: /a, less: 5}, {pointer: /a, greater: 5}",
    "{pointer: /a, greater: 7}, {pointer: /a, less: 5}",
    "{pointer: /a, exists: false}, {pointer: /a, equals: 5}",
    "{pointer: /a, equals: 5}, {pointer: /a, less: 5}",
    "{pointer: /a, equals: x}, {pointer: /a, not_equals: x}",
    "{pointer: /a, in: [1, 2]}, {pointer: /a, equals: 3}",
    "{pointer: /a, exists: true}, {pointer: /a, exists: false}",
  ])
  func `conditions that exclude each other are refused`(conditions: String) {
    let found = errors(in: rule("when: [\(conditions)]", Self.resume))
    #expect(found.map(\.path) == ["hooks[0].rules[0].when[1]"], "\(found)")
    #expect(found.first?.message.contains("contradicts") == true)
  }

  @Test(arguments: [
    "{pointer: /a, equals: '5'}, {pointer: /a, equals: 5}",
    "{pointer: /a, greater: 4}, {pointer: /a, less: 5}",
    "{pointer: /a, exists: false}, {pointer: /a, not_equals: 5}",
    "{pointer: /a, in: [1, 2]}, {pointer: /a, equals: 2}",
    "{pointer: /a, equals: x}, {pointer: /b, equals: y}",
  ])
  func `conditions that some event fulfils are taken`(conditions: String) {
    #expect(errors(in: rule("when: [\(conditions)]", Self.resume)) == [])
  }

  @Test(arguments: [
    (
      "{patch: {hot_water: {standard_temperature: 66}}}", "patch.hot_water.standard_temperature",
      "must be at most 65"
    ),
    (
      "{patch: {hot_water: {standard_temperature: {pointer: /v, default: 20}}}}",
      "patch.hot_water.standard_temperature.default", "must be at least 30"
    ),
    ("{patch: {pause: {active: null}}}", "patch.pause.active", "must not be null"),
    ("{patch: {pause: {until: {after: P2D}}}}", "patch.pause.until.after", "at most P1D ahead"),
    ("{patch: {pause: {until: {after: PT0S}}}}", "patch.pause.until.after", "in the future"),
    ("{command: pause, with: {for: P2D}}", "with.for", "at most P1D ahead"),
    ("{command: pause, with: {until: null}}", "with.until", "must not be null"),
    ("{command: away, with: {minimum_temperature: 1}}", "with.minimum_temperature", "at least 5"),
    (
      "{patch: {space_heating: {minimum_temperature: 25, maximum_temperature: 20}}}",
      "patch.space_heating.maximum_temperature", "must not be above the maximum"
    ),
    (
      "{patch: {away: {start: '2031-01-01T00:00:00Z', end: '2030-01-01T00:00:00Z'}}}",
      "patch.away.end", "must end after its start"
    ),
    (
      "{patch: {lifecycle: {state: x}}}", "patch.lifecycle.state",
      "needs the scope heat-pumps:admin"
    ),
    ("{patch: {optimization: {level: High}}}", "patch.optimization.level", "low, mid, max"),
  ])
  func `a literal that its field or a guard rail does not take is refused`(
    then: String, path: String, words: String
  ) {
    let found = errors(in: rule("then: \(then)"))
    #expect(found.map(\.path) == ["hooks[0].rules[0].then.\(path)"], "\(found)")
    #expect(found.first?.line == 19 && found.first?.message.contains(words) == true, "\(found)")
  }

  @Test(arguments: [
    ("{patch: {pause: {until: '2020-01-01T00:00:00Z'}}}", "patch.pause.until"),
    ("{patch: {pause: {until: '2030-01-01T00:00:00Z'}}}", "patch.pause.until"),
    ("{command: pause, with: {until: '2020-01-01T00:00:00Z'}}", "with.until"),
    ("{command: away, with: {until: '2020-01-01T00:00:00Z'}}", "with.until"),
  ])
  func `a date at the wrong time draws a warning only`(then: String, path: String) {
    let found = problems(in: rule("then: \(then)"))
    #expect(found.map(\.path) == ["hooks[0].rules[0].then.\(path)"], "\(found)")
    #expect(found.first?.severity == .warning)
  }

  @Test func `an organisation's own guard rails count`() {
    let text = rule("then: {patch: {hot_water: {standard_temperature: 66}}}").replacing(
      "heat_pumps:\n",
      with: "    guard_rails: {/hot_water/standard_temperature: {maximum: 70}}\nheat_pumps:\n",
      maxReplacements: 1)
    #expect(problems(in: text) == [])
  }

  @Test func `an event is carried out within a day or not at all`() throws {
    let text = rule("valid_for: P1D", Self.resume)
    #expect(try load(text).get().configuration.hooks[0].rules[0].validFor == .seconds(86400))
    #expect(errors(in: rule("valid_for: P1DT1S", Self.resume)).map(\.line) == [19])
  }
}
