public import GatewayCore

/// A test of one value in an event's body.
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

  /// Whether it holds for an event.
  public func holds(for event: EventBody) -> Bool {
    let value = event.value.at(pointer: pointer)
    switch test {
    case .equals(let literal): return value.map { event.isSame($0, as: literal) } ?? false
    case .notEquals(let literal): return value.map { !event.isSame($0, as: literal) } ?? true
    case .isIn(let literals):
      guard let value else { return false }
      return literals.contains { event.isSame(value, as: $0) }
    case .less(let limit): return value.flatMap(event.number).map { $0 < limit } ?? false
    case .greater(let limit): return value.flatMap(event.number).map { limit < $0 } ?? false
    case .exists(let expected): return (value != nil) == expected
    }
  }
}
