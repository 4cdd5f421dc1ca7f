public import GatewayCore

/// The body of a home-automation event, and how its values came.
public struct EventBody: Sendable, Equatable {
  /// How a body was written.
  public enum Format: String, Sendable, CaseIterable {
    /// JSON: every value has its type.
    case json
    /// Form-encoded: every value is text, so that where a number or a truth value is needed, text
    /// that is exactly one counts as one.
    case form
  }

  /// The body as JSON; of a form, an object of texts and of lists of texts.
  public let value: JSONValue
  /// How it was written.
  public let format: Format

  /// Creates a body.
  public init(_ value: JSONValue, format: Format = .json) {
    self.value = value
    self.format = format
  }

  /// A value of the body as a number: a number in JSON's grammar; in a form, text of that grammar.
  func number(_ value: JSONValue) -> ExactDecimal? {
    if format == .form, let text = value.string { return ExactDecimal(text) }
    return value.number
  }

  /// A value of the body as a truth value: in a form, the text `true` or `false`.
  func boolean(_ value: JSONValue) -> Bool? {
    if format == .form, let text = value.string { return Bool(text) }
    return value.bool
  }

  /// A value of the body in the type that a field of that kind takes, if it can be read so;
  /// otherwise as it is, for the field's own rules to judge.
  func value(_ value: JSONValue, for kind: FieldKind) -> JSONValue {
    switch kind {
    case .boolean: boolean(value).map { .bool($0) } ?? value
    case .integer, .decimal: number(value).map { .number($0) } ?? value
    default: value
    }
  }

  /// Every value that a rule may name which ``isSame(_:as:)`` as one of the body.
  func readings(of value: JSONValue) -> [JSONValue] {
    guard format == .form, value.string != nil else { return [value] }
    return [
      value, number(value).map(JSONValue.number), boolean(value).map(JSONValue.bool),
    ].compactMap(\.self)
  }

  /// Whether a value of the body is the one that a rule names; numbers compare by value.
  func isSame(_ value: JSONValue, as literal: JSONValue) -> Bool {
    switch literal {
    case .number(let expected): number(value) == expected
    case .bool(let expected): boolean(value) == expected
    default: value == literal
    }
  }
}
