import GatewayCore

extension ConfigurationCursor {
  /// `hooks[].rules`
  func rules(hook: String) -> [HookRule]? {
    list { $0.rule(hook: hook) }
  }

  private func rule(hook: String) -> HookRule? {
    guard let fields = fields() else { return nil }
    let name = fields.required("name")?.uniqueName("rule name", within: hook)
    let conditions = fields["when"]?.list { $0.condition() } ?? []
    let action = fields.required("then")?.action()
    let validFor = fields["valid_for"]?.duration()
    guard let name, let action else { return nil }
    var rule = HookRule(name: name, conditions: conditions, action: action)
    rule.validFor = validFor ?? rule.validFor
    return rule
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

  private func action() -> RuleAction? {
    guard let fields = fields() else { return nil }
    if fields["patch"] != nil { fields["with"]?.problem("with belongs to a command, not a patch") }
    guard let chosen = fields.exactlyOne(of: ["command", "patch"]) else { return nil }
    if chosen.key == "patch" { return chosen.cursor.patch().map { .patch($0) } }
    guard let command = chosen.cursor.choice(HeatPumpCommand.self) else { return nil }
    return (fields["with"] ?? chosen.cursor).parameters(of: command, present: fields["with"] != nil)
      .map { .command(command, with: $0) }
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
