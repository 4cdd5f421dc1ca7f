import GatewayCore

extension RuleCondition {
  /// Whether every event that fulfils this condition is certain to fulfil the other one as well.
  /// Holds for both formats of a body; where that is not plain to see, the answer is no.
  public func implies(_ other: RuleCondition) -> Bool {
    guard pointer == other.pointer else { return false }
    if test == other.test { return true }
    switch (test, other.test) {
    case (.less(let own), .less(let limit)): return own <= limit
    case (.greater(let own), .greater(let limit)): return own >= limit
    case (.less, .exists(true)), (.greater, .exists(true)): return true
    case (.exists(false), .notEquals): return true
    default:
      guard let candidates = test.candidates else { return false }
      return candidates.allSatisfy { other.test.surelyHolds(for: $0) }
    }
  }

  /// Whether no event can fulfil both conditions, in whichever format it comes. Where that is not
  /// plain to see, the answer is no.
  public func contradicts(_ other: RuleCondition) -> Bool {
    guard pointer == other.pointer else { return false }
    switch (test, other.test) {
    case (.less(let upper), .greater(let lower)), (.greater(let lower), .less(let upper)):
      return upper <= lower
    case (.exists(false), .notEquals), (.notEquals, .exists(false)): return false
    case (.exists(let expected), .exists(let other)): return expected != other
    case (.exists(false), _), (_, .exists(false)): return true
    default:
      return test.candidates.map { !$0.contains(where: other.test.mayHold) }
        ?? other.test.candidates.map { !$0.contains(where: test.mayHold) } ?? false
    }
  }
}

extension EventRule {
  /// Whether every event that fulfils a later rule's conditions is certain to fulfil this one's, so
  /// that the later rule is never reached.
  public func hides(_ later: EventRule) -> Bool {
    conditions.allSatisfy { own in later.conditions.contains { $0.implies(own) } }
  }
}

extension RuleCondition.Test {
  /// The only values with which the test can hold; `nil` if they cannot be listed.
  var candidates: [JSONValue]? {
    switch self {
    case .equals(let literal): [literal]
    case .isIn(let literals): literals
    default: nil
    }
  }

  fileprivate func surelyHolds(for candidate: JSONValue) -> Bool {
    switch self {
    case .equals(let literal): candidate == literal
    case .isIn(let literals): literals.contains(candidate)
    case .less(let limit): candidate.number.map { $0 < limit } ?? false
    case .greater(let limit): candidate.number.map { limit < $0 } ?? false
    case .exists(let expected): expected
    // In a form, the text `5` is the number 5, too.
    case .notEquals: false
    }
  }

  fileprivate func mayHold(for candidate: JSONValue) -> Bool {
    switch self {
    case .equals(let literal): mayBeSame(candidate, literal)
    case .isIn(let literals): literals.contains { mayBeSame(candidate, $0) }
    case .less(let limit): anyForm.number(candidate).map { $0 < limit } ?? false
    case .greater(let limit): anyForm.number(candidate).map { limit < $0 } ?? false
    case .exists(let expected): expected
    case .notEquals(let literal): candidate != literal
    }
  }

  private func mayBeSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
    anyForm.isSame(left, as: right) || anyForm.isSame(right, as: left)
  }

  // A form reads text most generously: what is not the same to it is not the same anywhere.
  private var anyForm: EventBody { EventBody(.null, format: .form) }
}
