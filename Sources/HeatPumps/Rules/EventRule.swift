public import GatewayCore

/// A rule for home-automation events: what an event of a certain kind does to a heat pump.
///
/// Of a hook's rules the first whose conditions all hold counts.
public struct EventRule: Sendable, Equatable {
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

  /// The pointers of the event's body that it reads.
  public var pointers: [String] {
    conditions.map(\.pointer)
      + action.values.compactMap { place in
        if case .pointer(let pointer, _) = place.value { pointer } else { nil }
      }
  }

  /// Whether all conditions hold for an event.
  public func matches(_ event: EventBody) -> Bool {
    conditions.allSatisfy { $0.holds(for: event) }
  }

  /// The checked patch that the rule makes of an event; says the same whenever it is asked.
  ///
  /// - Parameters:
  ///   - event: the event's body.
  ///   - acceptedAt: when the event was accepted; durations count from there, and "in the future"
  ///     means after it.
  ///   - rules: what may be written.
  /// - Throws: ``RuleFault`` if the event can never be applied.
  public func patch(
    for event: EventBody, acceptedAt: Timestamp, rules: WriteRules
  ) throws(RuleFault) -> HeatPumpPatch {
    var values: [(place: String, value: JSONValue)] = []
    var missing: [String] = []
    for (place, value) in action.values {
      switch value {
      case .literal(let literal): values.append((place, literal))
      case .after(let duration):
        values.append((place, .string((acceptedAt.wholeSecond + duration).description)))
      case .pointer(let pointer, let fallback):
        if let found = event.value.at(pointer: pointer) {
          let kind = action.kind(at: place)
          values.append((place, kind.map { event.value(found, for: $0) } ?? found))
        } else if let fallback {
          values.append((place, fallback))
        } else {
          missing.append(pointer)
        }
      }
    }
    guard missing.isEmpty else { throw RuleFault(missing: missing) }
    let (patch, findings) = action.examine(values, rules: rules, now: acceptedAt)
    if let fault = findings.fault { throw RuleFault(fault, sources: sources(in: event)) }
    return patch
  }

  /// Where in the event the values stand, by the places that they go to.
  private func sources(in event: EventBody) -> [String: String] {
    var sources: [String: String] = [:]
    for case (let place, .pointer(let pointer, _)) in action.values
    where event.value.at(pointer: pointer) != nil {
      sources[place] = pointer
    }
    return sources
  }
}

/// Why an event can never be applied.
public struct RuleFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// A sentence for operators. It names pointers and rules, never a value of the event.
  public let description: String

  init(missing pointers: [String]) {
    description = "the event has no value at " + pointers.joined(separator: ", ")
  }

  init(_ fault: GatewayFault, sources: [String: String]) {
    let findings = fault.errors.map { error in
      let source = sources[error.pointer].map { "(taken from \($0)) " } ?? ""
      return (error.pointer.isEmpty ? "the patch" : error.pointer) + " \(source)\(error.detail)"
    }
    description = findings.joined(separator: "; ")
  }
}

extension Timestamp {
  /// This time without its fraction of a second. The upstream may not keep fractions; without any,
  /// what comes back is what was sent.
  var wholeSecond: Timestamp {
    let second = 1_000_000 as Int64
    return Timestamp(
      microseconds: microseconds - ((microseconds % second) + second) % second)
  }
}
