import GatewayCore
import HeatPumps

extension ConfigurationCursor {
  /// `hooks[].rules`
  func rules(hook: String, in organisation: String?) -> [EventRule]? {
    let rules = list { cursor in
      cursor.rule(hook: hook, in: organisation).map { (rule: $0, cursor: cursor) }
    }
    if let rules { reportHidden(rules) }
    return rules?.map(\.rule)
  }

  private func rule(hook: String, in organisation: String?) -> EventRule? {
    guard let fields = fields() else { return nil }
    let name = fields.required("name")?.uniqueName("rule name", within: hook)
    let conditions = fields["when"]?.conditions() ?? []
    let action = fields.required("then")?.action(in: organisation)
    let validFor = fields["valid_for"]?.duration()
    guard let name, let action else { return nil }
    var rule = EventRule(name: name, conditions: conditions, action: action)
    rule.validFor = validFor ?? rule.validFor
    return rule
  }

  private func reportHidden(_ rules: [(rule: EventRule, cursor: ConfigurationCursor)]) {
    let known = EventRules(rules.map(\.rule))
    for (place, later) in rules.enumerated() {
      // A rule whose conditions exclude each other was reported for that.
      guard later.rule.conditions.contradiction == nil, let first = known.firstHiding(place)
      else { continue }
      let line = rules[first].cursor.node.position.line
      later.cursor.problem(
        "is never reached: whatever fulfils its conditions fulfils those of rule "
          + "\"\(known.all[first].name)\" in line \(line) before it")
    }
  }

  private func conditions() -> [RuleCondition]? {
    guard let elements = elements() else { return nil }
    let conditions = elements.map { $0.condition() }
    let known = conditions.compactMap(\.self)
    if known.count == conditions.count, let (first, second) = known.contradiction {
      elements[second].problem(
        "contradicts the condition in line \(elements[first].node.position.line), so the rule "
          + "never applies")
    }
    return known
  }

  private func condition() -> RuleCondition? {
    guard let fields = fields() else { return nil }
    let pointer = fields.required("pointer")?.pointer()
    let operators = ["equals", "not_equals", "in", "less", "greater", "exists"]
    guard let chosen = fields.exactlyOne(of: operators),
      let test = chosen.cursor.test(operator: chosen.key), let pointer
    else { return nil }
    return RuleCondition(pointer: pointer, test: test)
  }

  private func test(operator name: String) -> RuleCondition.Test? {
    switch name {
    case "equals": return literal().map { .equals($0) }
    case "not_equals": return literal().map { .notEquals($0) }
    case "less": return decimal().map { .less($0) }
    case "greater": return decimal().map { .greater($0) }
    case "exists": return boolean().map { .exists($0) }
    default:
      guard let elements = elements() else { return nil }
      if elements.isEmpty { problem("at least one value is needed") }
      return .isIn(elements.compactMap { $0.literal() })
    }
  }

  /// A value that depends on nothing: text, a number, true, false or null.
  func literal() -> JSONValue? {
    guard case .scalar(let text, let quoted) = node.content else {
      mismatch("text, a number, true, false or null")
      return nil
    }
    if quoted { return .string(text) }
    switch PlainScalar(text) {
    case .null: return .null
    case .boolean(let value): return .bool(value)
    case .number(let number): return .number(number)
    case .text: return .string(text)
    }
  }
}

extension [RuleCondition] {
  /// The first two that exclude each other.
  fileprivate var contradiction: (first: Int, second: Int)? {
    for second in indices {
      if let first = self[..<second].firstIndex(where: { $0.contradicts(self[second]) }) {
        return (first, second)
      }
    }
    return nil
  }
}
