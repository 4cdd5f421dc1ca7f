import GatewayCore
import HeatPumps

/// An action, and where in the file each of its values stands.
private struct PlacedAction {
  let action: RuleAction
  /// The literals and defaults, by the place that a ``RuleFinding`` names.
  let cursors: [String: ConfigurationCursor]
}

extension ConfigurationCursor {
  /// `hooks[].rules[].then`, its literals held to the rules of their fields and to the guard rails.
  func action(in organisation: String?) -> RuleAction? {
    guard let placed = placedAction() else { return nil }
    let rails = organisation.flatMap { context.guardRails[$0] } ?? [:]
    let findings = placed.action.findings(
      rules: .hook(guardRails: rails), now: context.now)
    for finding in findings {
      (placed.cursors[finding.place] ?? self).problem(
        finding.isTemporary
          ? "at present it \(finding.detail), so the rule cannot be applied" : finding.detail,
        // A date that passes must not keep a gateway from starting.
        severity: finding.isTemporary ? .warning : .error)
    }
    return placed.action
  }

  private func placedAction() -> PlacedAction? {
    guard let fields = fields() else { return nil }
    if fields["patch"] != nil { fields["with"]?.problem("with belongs to a command, not a patch") }
    guard let chosen = fields.exactlyOne(of: ["command", "patch"]) else { return nil }
    if chosen.key == "patch" { return chosen.cursor.patch() }
    guard let command = chosen.cursor.choice(HeatPumpCommand.self) else { return nil }
    let parameters = fields["with"].map { $0.members() ?? [] } ?? []
    return (fields["with"] ?? chosen.cursor).command(command, with: parameters)
  }

  private func command(
    _ command: HeatPumpCommand, with given: [(key: String, cursor: ConfigurationCursor)]
  ) -> PlacedAction? {
    let known = command.parameters
    var values: [String: RuleValue] = [:]
    var cursors: [String: ConfigurationCursor] = [:]
    for (name, cursor) in given {
      guard let parameter = known.first(where: { $0.name == name }) else {
        cursor.reportUnknownParameter(name, of: command)
        continue
      }
      let takesTime = !parameter.isDuration && parameter.field?.kind == .time
      guard let (value, place) = cursor.ruleValue(takesTime: takesTime) else { continue }
      values[name] = value
      cursors["/" + name] = place
    }
    if command.needsOneParameter {
      let names = known.map(\.name)
      if given.count(where: { names.contains($0.key) }) != 1 {
        problem("\(command.rawValue) needs exactly one of \(names.joined(separator: ", "))")
        return nil
      }
    }
    return PlacedAction(action: .command(command, with: values), cursors: cursors)
  }

  private func reportUnknownParameter(_ name: String, of command: HeatPumpCommand) {
    let names = command.parameters.map(\.name)
    let hint = NearestName.hint(for: name, among: names)
    problem(
      "\(command.rawValue) has no such parameter"
        + (hint.isEmpty && !names.isEmpty ? "; known: \(names.joined(separator: ", "))" : hint))
  }

  private func patch() -> PlacedAction? {
    guard case .mapping(let entries) = node.content else {
      mismatch("a mapping")
      return nil
    }
    if entries.isEmpty { problem("the patch is empty") }
    let assignments = assignments(below: "")
    return PlacedAction(
      action: .patch(assignments.map(\.assignment)),
      cursors: Dictionary(
        assignments.map { ($0.assignment.pointer, $0.cursor) }, uniquingKeysWith: { $1 }))
  }

  /// The values of a patch, flattened to writable pointers.
  private func assignments(
    below pointer: String
  ) -> [(assignment: RuleAssignment, cursor: ConfigurationCursor)] {
    (members() ?? []).flatMap { key, cursor in
      let target = "\(pointer)/\(key)"
      if let field = FieldTable.writable(target) {
        return cursor.ruleValue(takesTime: field.kind == .time).map { value, place in
          [(RuleAssignment(pointer: target, value: value), place)]
        } ?? []
      }
      if case .mapping(let entries) = cursor.node.content, !entries.isEmpty,
        FieldTable.writablePointers.contains(where: { $0.hasPrefix(target + "/") })
      {
        return cursor.assignments(below: target)
      }
      let hint = NearestName.hint(for: target, among: FieldTable.writablePointers)
      cursor.problem("\(Shown.name(target)) is not a writable pointer\(hint)")
      return []
    }
  }

  /// A value, and where what is checked of it stands: the default of a reference, otherwise itself.
  private func ruleValue(
    takesTime: Bool
  ) -> (value: RuleValue, place: ConfigurationCursor)? {
    guard case .mapping(let entries) = node.content else {
      return literal().map { (.literal($0), self) }
    }
    switch entries.map(\.key).sorted() {
    case ["after"]: return after(takesTime: takesTime)
    case ["pointer"], ["default", "pointer"]: return reference()
    default:
      problem("expected a literal, {pointer: /x}, {pointer: /x, default: …} or {after: PT2H}")
      return nil
    }
  }

  private func after(takesTime: Bool) -> (value: RuleValue, place: ConfigurationCursor)? {
    guard let cursor = members()?.first?.cursor, let duration = cursor.duration() else {
      return nil
    }
    guard takesTime else {
      cursor.problem("after gives a time, which does not fit here")
      return nil
    }
    return (.after(duration), cursor)
  }

  private func reference() -> (value: RuleValue, place: ConfigurationCursor)? {
    let members = Dictionary(members() ?? [], uniquingKeysWith: { first, _ in first })
    let pointer = members["pointer"]?.pointer()
    let fallback = members["default"]?.literal()
    return pointer.map { (.pointer($0, default: fallback), members["default"] ?? self) }
  }
}
