public import GatewayCore

/// What a rule does: a command or a patch.
public enum RuleAction: Sendable, Equatable {
  /// A command with its parameters by name.
  case command(HeatPumpCommand, with: [String: RuleValue])
  /// Values by writable pointer, in their order.
  case patch([RuleAssignment])
}

/// One value of a patch.
public struct RuleAssignment: Sendable, Equatable {
  /// The writable pointer, such as `/hot_water/standard_temperature`.
  public var pointer: String
  /// Its value.
  public var value: RuleValue

  /// Creates an assignment.
  public init(pointer: String, value: RuleValue) {
    self.pointer = pointer
    self.value = value
  }
}

/// A value that may depend on the event.
public enum RuleValue: Sendable, Equatable {
  /// Just that value.
  case literal(JSONValue)
  /// The value at that JSON Pointer in the event's body, or the default if there is none. Without
  /// a default such an event cannot be applied.
  case pointer(String, default: JSONValue?)
  /// The time that long after the event's acceptance, in whole seconds.
  case after(Duration)
}

extension RuleAction {
  /// The values with their places: a command's parameter as `/name`, a field as its own pointer.
  var values: [(place: String, value: RuleValue)] {
    switch self {
    case .patch(let assignments): assignments.map { ($0.pointer, $0.value) }
    case .command(_, let parameters):
      parameters.sorted { $0.key < $1.key }.map { (pointerStep($0.key), $0.value) }
    }
  }

  /// The kind of value that a place takes; `nil` for a duration or a place that there is not.
  func kind(at place: String) -> FieldKind? {
    switch self {
    case .patch: FieldTable.field(pointer: place)?.kind
    case .command(let command, _):
      command.parameters.first { "/" + $0.name == place && !$0.isDuration }?.field?.kind
    }
  }

  /// Checks the body that the values amount to.
  func examine(
    _ values: [(place: String, value: JSONValue)], rules: WriteRules, now: Timestamp
  ) -> (patch: HeatPumpPatch, findings: PatchFindings) {
    if case .patch = self,
      let result = HeatPumpPatch.examine(values, rules: rules, now: now)
    {
      return result
    }
    var body = JSONObject()
    for (place, value) in values {
      body.set(value, at: place)
    }
    switch self {
    case .patch: return HeatPumpPatch.examine(.object(body), rules: rules, now: now)
    case .command(let command, _):
      return command.examine(.object(body), rules: rules, now: now)
    }
  }
}
