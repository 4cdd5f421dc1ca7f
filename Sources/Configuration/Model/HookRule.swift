public import GatewayCore

/// `hooks[].rules[]`: what an event does.
public struct HookRule: Sendable, Equatable {
  /// The name, unique within the hook.
  public var name: String
  /// All must hold; none means always.
  public var conditions: [RuleCondition]
  /// What is done then.
  public var action: RuleAction
  /// How long after the event's acceptance it may still be done; 10 min by default.
  public var validFor = Duration.seconds(600)

  /// Creates a rule.
  public init(name: String, conditions: [RuleCondition], action: RuleAction) {
    self.name = name
    self.conditions = conditions
    self.action = action
  }
}

/// `hooks[].rules[].when[]`: a test of one value in the event's body.
public struct RuleCondition: Sendable, Equatable {
  /// The comparison.
  public enum Test: Sendable, Equatable {
    /// The value is that one; numbers compare by value.
    case equals(JSONValue)
    /// The value is another one, or there is none.
    case notEquals(JSONValue)
    /// The value is one of these.
    case isIn([JSONValue])
    /// The value is a number below that one.
    case less(ExactDecimal)
    /// The value is a number above that one.
    case greater(ExactDecimal)
    /// There is a value, `null` included, or (`false`) there is none.
    case exists(Bool)
  }

  /// Where the value stands: a JSON Pointer (RFC 6901).
  public var pointer: String
  /// The comparison.
  public var test: Test

  /// Creates a condition.
  public init(pointer: String, test: Test) {
    self.pointer = pointer
    self.test = test
  }
}

/// `hooks[].rules[].then`: a command or a patch.
public enum RuleAction: Sendable, Equatable {
  /// A command with its parameters by name.
  case command(HeatPumpCommand, with: [String: RuleValue])
  /// Values by writable pointer, in the file's order.
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
  /// The time that long after the event's acceptance.
  case after(Duration)
}

/// The commands that a rule may give.
public enum HeatPumpCommand: String, Sendable, CaseIterable {
  /// Pause the power for a while.
  case pause
  /// End the pause.
  case resume
  /// Nobody is home.
  case away
  /// Somebody is home again.
  case `return`
  /// Begin smart optimisation.
  case optimize
  /// End smart optimisation.
  case stopOptimizing = "stop-optimizing"
}
