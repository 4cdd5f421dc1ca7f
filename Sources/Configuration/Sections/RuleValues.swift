import GatewayCore

/// What a value in a rule must be.
private enum RuleValueKind {
  case number, time, boolean, text, duration, level
}

/// A parameter of a command.
private struct CommandParameter {
  let name: String
  let kind: RuleValueKind
  var takesNull = false
}

/// The commands with the parameters that each takes.
private let parametersByCommand: [HeatPumpCommand: [CommandParameter]] = [
  .pause: [
    CommandParameter(name: "for", kind: .duration), CommandParameter(name: "until", kind: .time),
  ],
  .away: [
    CommandParameter(name: "until", kind: .time, takesNull: true),
    CommandParameter(name: "minimum_temperature", kind: .number),
  ],
  .optimize: [CommandParameter(name: "level", kind: .level)],
]

extension ConfigurationCursor {
  /// `with`; or, if the file has none (`present` is false), what its absence means.
  func parameters(of command: HeatPumpCommand, present: Bool) -> [String: RuleValue]? {
    let known = parametersByCommand[command] ?? []
    var values: [String: RuleValue] = [:]
    for (name, cursor) in present ? members() ?? [] : [] {
      guard let parameter = known.first(where: { $0.name == name }) else {
        let names = known.map(\.name).joined(separator: ", ")
        let hint = NearestName.hint(for: name, among: known.map(\.name))
        cursor.problem(
          "\(command.rawValue) has no such parameter"
            + (hint.isEmpty && !known.isEmpty ? "; known: \(names)" : hint))
        continue
      }
      values[name] = cursor.ruleValue(parameter.kind)
      if !parameter.takesNull, values[name] == .literal(.null) {
        cursor.problem("must not be null")
      }
    }
    // The upstream needs an end: an unbounded pause leaves a house cold.
    if command == .pause {
      let given = (present ? members() ?? [] : []).map(\.key).filter {
        $0 == "for" || $0 == "until"
      }
      if given.count != 1 { problem("pause needs exactly one of for, until") }
    }
    return values
  }

  /// `patch`, flattened to writable pointers.
  func patch() -> [RuleAssignment]? {
    guard case .mapping = node.content else {
      mismatch("a mapping")
      return nil
    }
    let assignments = assignments(below: "")
    if case .mapping(let entries) = node.content, entries.isEmpty {
      problem("the patch is empty")
    }
    return assignments
  }

  private func assignments(below pointer: String) -> [RuleAssignment] {
    var assignments: [RuleAssignment] = []
    for (key, cursor) in members() ?? [] {
      let target = "\(pointer)/\(key)"
      if let kind = context.catalogue.writable[target] {
        if let value = cursor.ruleValue(RuleValueKind(kind)) {
          assignments.append(RuleAssignment(pointer: target, value: value))
        }
      } else if case .mapping(let entries) = cursor.node.content, !entries.isEmpty,
        context.catalogue.writable.keys.contains(where: { $0.hasPrefix(target + "/") })
      {
        assignments += cursor.assignments(below: target)
      } else {
        let hint = NearestName.hint(for: target, among: context.catalogue.writable.keys)
        cursor.problem("\(Shown.name(target)) is not a writable pointer\(hint)")
      }
    }
    return assignments
  }

  private func ruleValue(_ kind: RuleValueKind) -> RuleValue? {
    guard case .mapping(let entries) = node.content else {
      guard let value = literal() else { return nil }
      check(value, fits: kind)
      return .literal(value)
    }
    switch entries.map(\.key).sorted() {
    case ["after"]: return after(kind)
    case ["pointer"], ["default", "pointer"]: return reference(kind)
    default:
      problem("expected a literal, {pointer: /x}, {pointer: /x, default: …} or {after: PT2H}")
      return nil
    }
  }

  private func after(_ kind: RuleValueKind) -> RuleValue? {
    guard let cursor = members()?.first?.cursor, let duration = cursor.duration() else {
      return nil
    }
    if kind != .time { cursor.problem("after gives a time, which does not fit here") }
    return .after(duration)
  }

  private func reference(_ kind: RuleValueKind) -> RuleValue? {
    let members = Dictionary(members() ?? [], uniquingKeysWith: { first, _ in first })
    let pointer = members["pointer"]?.pointer()
    let fallback = members["default"]?.literal()
    if let fallback { members["default"]?.check(fallback, fits: kind) }
    return pointer.map { .pointer($0, default: fallback) }
  }

  // `null` fits everywhere here: whether a field takes it is the field table's business.
  private func check(_ value: JSONValue, fits kind: RuleValueKind) {
    switch (kind, value) {
    case (_, .null), (.number, .number), (.boolean, .bool), (.text, .string): break
    case (.time, .string(let text)) where Timestamp(rfc3339: text) != nil: break
    case (.duration, .string(let text)) where Duration(iso8601: text) != nil: break
    case (.level, .string(let text)) where ["low", "mid", "max"].contains(text): break
    case (.number, _): mismatch("a number")
    case (.boolean, _): mismatch("true or false")
    case (.text, _): mismatch("text")
    case (.time, _): problem("expected an RFC 3339 time, {after: DURATION} or {pointer: /x}")
    case (.duration, _): problem("expected an ISO 8601 duration such as PT2H")
    case (.level, _): problem("must be one of low, mid, max")
    }
  }
}

extension RuleValueKind {
  fileprivate init(_ kind: PointerKind) {
    switch kind {
    case .number: self = .number
    case .time: self = .time
    case .boolean: self = .boolean
    case .text: self = .text
    }
  }
}
