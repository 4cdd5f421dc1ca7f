import GatewayCore

/// A member of a nested object in an update.
struct NestedField: Sendable {
  let name: String
  let type: FieldType

  init(_ name: String, _ type: FieldType) {
    self.name = name
    self.type = type
  }
}

/// What values a field takes; reads leniently, as the upstream's validation library does.
indirect enum FieldType: Sendable {
  case boolean(nullable: Bool)
  case text(maximumLength: Int?, nullable: Bool)
  case choice([String])
  /// A date-time or null.
  case timestamp
  /// A UUID or null.
  case identifier
  /// A float or null.
  case number
  /// An integer or null.
  case integer
  /// A number, a numeric string or null; its digits are kept.
  case decimal
  case object([NestedField])

  /// Reads a value into the form in which it is stored.
  ///
  /// - Returns: `nil` if it was refused; `problems` has then grown.
  func read(
    _ value: JSONValue, at location: [String], problems: inout [ValidationProblem]
  ) -> JSONValue? {
    if value.isNull, allowsNull { return .null }
    let outcome: Result<JSONValue, Refusal>
    switch self {
    case .boolean: outcome = Self.boolean(value)
    case .text(let maximumLength, _): outcome = Self.text(value, maximumLength)
    case .choice(let choices): outcome = Self.choice(value, choices)
    case .timestamp: outcome = Self.timestamp(value)
    case .identifier: outcome = Self.identifier(value)
    case .number: outcome = Self.number(value)
    case .integer: outcome = Self.integer(value)
    case .decimal: outcome = Self.decimal(value)
    case .object(let fields):
      return Self.object(value, fields, at: location, problems: &problems)
    }
    switch outcome {
    case .success(let stored): return stored
    case .failure(let refusal):
      problems.append(
        ValidationProblem(refusal.type, at: location, refusal.message, context: refusal.context))
      return nil
    }
  }

  private var allowsNull: Bool {
    switch self {
    case .boolean(let nullable), .text(_, let nullable): nullable
    case .choice, .object: false
    default: true
    }
  }
}

/// Why a value was refused.
private struct Refusal: Error {
  let type: String
  let message: String
  var context: JSONValue?

  init(_ type: String, _ message: String, _ context: JSONValue? = nil) {
    self.type = type
    self.message = message
    self.context = context
  }
}

extension FieldType {
  private static let truthWords: [String: Bool] = [
    "true": true, "t": true, "yes": true, "y": true, "on": true, "1": true,
    "false": false, "f": false, "no": false, "n": false, "off": false, "0": false,
  ]

  private static func boolean(_ value: JSONValue) -> Result<JSONValue, Refusal> {
    switch value {
    case .bool: return .success(value)
    case .number(let number):
      if let integer = number.integer, integer == 0 || integer == 1 {
        return .success(.bool(integer == 1))
      }
    case .string(let text):
      if let truth = truthWords[text.lowercased()] { return .success(.bool(truth)) }
    default:
      return .failure(Refusal("bool_type", "Input should be a valid boolean"))
    }
    return .failure(
      Refusal("bool_parsing", "Input should be a valid boolean, unable to interpret input"))
  }

  private static func text(
    _ value: JSONValue, _ maximumLength: Int?
  ) -> Result<JSONValue, Refusal> {
    guard case .string(let text) = value else {
      return .failure(Refusal("string_type", "Input should be a valid string"))
    }
    // The upstream counts code points, not what a reader would call characters.
    if let maximumLength, text.unicodeScalars.count > maximumLength {
      return .failure(
        Refusal(
          "string_too_long", "String should have at most \(maximumLength) characters",
          ["max_length": .number(ExactDecimal(maximumLength))]))
    }
    return .success(value)
  }

  private static func choice(
    _ value: JSONValue, _ choices: [String]
  ) -> Result<JSONValue, Refusal> {
    if let text = value.string, choices.contains(text) { return .success(value) }
    let quoted = choices.map { "'\($0)'" }
    let expected = quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "")
    return .failure(
      Refusal("enum", "Input should be \(expected)", ["expected": .string(expected)]))
  }

  private static func timestamp(_ value: JSONValue) -> Result<JSONValue, Refusal> {
    if let seconds = value.integer, abs(seconds) < 100_000_000_000 {
      return .success(.time(Timestamp(microseconds: Int64(seconds) * 1_000_000)))
    }
    guard let text = value.string else {
      return .failure(Refusal("datetime_type", "Input should be a valid datetime"))
    }
    guard let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "Z") else {
      let reason = text.utf8.count < 10 ? "input is too short" : "invalid character in date"
      return .failure(
        Refusal(
          "datetime_from_date_parsing", "Input should be a valid datetime or date, \(reason)",
          ["error": .string(reason)]))
    }
    return .success(.time(time))
  }

  private static func identifier(_ value: JSONValue) -> Result<JSONValue, Refusal> {
    guard let text = value.string else {
      return .failure(
        Refusal("uuid_type", "UUID input should be a string, bytes or UUID object"))
    }
    guard let id = ResourceID(text) else {
      let reason = "invalid group count or length"
      return .failure(
        Refusal(
          "uuid_parsing", "Input should be a valid UUID, \(reason)", ["error": .string(reason)]))
    }
    return .success(.id(id))
  }

  private static func number(_ value: JSONValue) -> Result<JSONValue, Refusal> {
    switch value {
    case .number: return .success(value)
    case .string(let text):
      if let decimal = ExactDecimal(text) { return .success(.number(decimal)) }
      return .failure(
        Refusal(
          "float_parsing", "Input should be a valid number, unable to parse string as a number"))
    default: return .failure(Refusal("float_type", "Input should be a valid number"))
    }
  }

  private static func integer(_ value: JSONValue) -> Result<JSONValue, Refusal> {
    switch value {
    case .number(let number):
      if let integer = number.integer { return .success(.number(ExactDecimal(integer))) }
      return .failure(
        Refusal(
          "int_from_float",
          "Input should be a valid integer, got a number with a fractional part"))
    case .string(let text):
      if let integer = Int(text) { return .success(.number(ExactDecimal(integer))) }
      return .failure(
        Refusal(
          "int_parsing", "Input should be a valid integer, unable to parse string as an integer"))
    default: return .failure(Refusal("int_type", "Input should be a valid integer"))
    }
  }

  private static func decimal(_ value: JSONValue) -> Result<JSONValue, Refusal> {
    switch value {
    case .number: return .success(value)
    case .string(let text):
      if let decimal = ExactDecimal(text) { return .success(.number(decimal)) }
      return .failure(Refusal("decimal_parsing", "Input should be a valid decimal"))
    default:
      return .failure(
        Refusal(
          "decimal_type", "Decimal input should be an integer, float, string or Decimal object"))
    }
  }

  private static func object(
    _ value: JSONValue, _ fields: [NestedField], at location: [String],
    problems: inout [ValidationProblem]
  ) -> JSONValue? {
    guard let object = value.object else {
      problems.append(
        ValidationProblem(
          "model_attributes_type", at: location,
          "Input should be a valid dictionary or object to extract fields from"))
      return nil
    }
    var stored = JSONObject()
    for field in fields {
      guard let member = object[field.name] else { continue }
      stored[field.name] = field.type.read(
        member, at: location + [field.name], problems: &problems)
    }
    return .object(stored)
  }
}

extension JSONValue {
  /// A time in the upstream's form.
  static func time(_ time: Timestamp) -> JSONValue { .string(time.description) }

  /// An id in the upstream's form.
  static func id(_ id: ResourceID) -> JSONValue { .string(id.description) }

  /// A time, if it is one.
  var timestamp: Timestamp? { string.flatMap { Timestamp(rfc3339: $0) } }
}
