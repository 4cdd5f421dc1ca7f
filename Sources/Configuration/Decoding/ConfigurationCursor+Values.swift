import GatewayCore

extension ConfigurationCursor {
  /// The row of the value here.
  var key: ConfigurationKey? { ConfigurationKeys.named(pattern) }

  /// Text that is quoted or cannot be taken for anything else; also empty.
  func anyText() -> String? {
    guard case .scalar(let text, let quoted) = node.content else {
      mismatch("text")
      return nil
    }
    if !quoted {
      guard case .text = PlainScalar(text) else {
        problem("expected text, found \(node.kind); quote it if it is meant as text")
        return nil
      }
    }
    return text
  }

  /// Text that is not empty.
  func text() -> String? {
    guard let text = anyText() else { return nil }
    guard !text.isEmpty, text.utf8.count <= 4096, !text.utf8.contains(where: { $0 < 0x20 }) else {
      problem("must be 1 to 4096 characters without controls")
      return nil
    }
    return text
  }

  /// Text that some reader understands; `expected` is what the message asks for.
  func parsed<Value>(_ expected: String, _ parse: (String) -> Value?) -> Value? {
    guard let text = text() else { return nil }
    guard let value = parse(text) else {
      problem("not valid: expected \(expected)")
      return nil
    }
    return value
  }

  func name() -> String? {
    parsed("1 to 64 letters, digits, \"-\", \"_\" or \".\", a letter or digit first") {
      NameGrammar.isName($0) ? $0 : nil
    }
  }

  func header() -> String? {
    parsed("a header's name") { NameGrammar.isToken($0) ? $0 : nil }
  }

  func id() -> ResourceID? {
    parsed("a UUID such as 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a11") { ResourceID($0) }
  }

  func hash() -> KeyHash? {
    parsed("a SHA-256 as 64 lower-case hexadecimal digits, as new-key prints it") {
      KeyHash(hexadecimal: $0)
    }
  }

  func time() -> Timestamp? {
    parsed("an RFC 3339 time such as 2027-06-30T00:00:00Z") { Timestamp(rfc3339: $0) }
  }

  func address() -> InternetAddress? {
    parsed("an IP address") { InternetAddress($0) }
  }

  func pointer() -> String? {
    parsed("a JSON Pointer such as /device/id") { NameGrammar.isPointer($0) ? $0 : nil }
  }

  func boolean() -> Bool? {
    if case .scalar(let text, quoted: false) = node.content,
      case .boolean(let value) = PlainScalar(text)
    {
      return value
    }
    mismatch("true or false")
    return nil
  }

  /// A number within the range of the value's row.
  func decimal() -> ExactDecimal? {
    guard let number = number() else { return nil }
    guard case .decimal(let range)? = key?.kind else { return number }
    return inRange(number, range)
  }

  /// A whole number within the range of the value's row.
  func integer() -> Int? {
    guard let number = number() else { return nil }
    guard let integer = number.integer else {
      problem(number.text.contains(".") ? "expected a whole number" : "the number is out of range")
      return nil
    }
    guard case .integer(let range)? = key?.kind else { return integer }
    return inRange(integer, range)
  }

  /// A duration within the range of the value's row.
  func duration() -> Duration? {
    let parsed = parsed("an ISO 8601 duration such as PT30S or P1D") { Duration(iso8601: $0) }
    guard let parsed, case .duration(let range)? = key?.kind else { return parsed }
    guard range.contains(parsed) else {
      problem("must be \(range.lowerBound.iso8601) to \(range.upperBound.iso8601)")
      return nil
    }
    return parsed
  }

  func choice<Choice>(_ type: Choice.Type = Choice.self) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    guard let text = text() else { return nil }
    guard let value = Choice(rawValue: text) else {
      let words = Choice.allCases.map(\.rawValue)
      let hint = NearestName.hint(for: text, among: words)
      problem("must be one of \(words.joined(separator: ", "))\(hint)")
      return nil
    }
    return value
  }

  private func number() -> ExactDecimal? {
    if case .scalar(let text, quoted: false) = node.content,
      case .number(let number) = PlainScalar(text)
    {
      return number
    }
    mismatch("a number")
    return nil
  }

  private func inRange<Value: CustomStringConvertible>(
    _ value: Value, _ range: ClosedRange<Value>
  ) -> Value? {
    guard range.contains(value) else {
      problem("must be \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return value
  }
}

/// The grammars of names that are no values of their own.
enum NameGrammar {
  static func isName(_ text: String) -> Bool {
    guard (1...64).contains(text.utf8.count), let first = text.utf8.first,
      first.isLetterOrDigit
    else { return false }
    return text.utf8.allSatisfy { $0.isLetterOrDigit || "-_.".utf8.contains($0) }
  }

  /// A token of RFC 9110, section 5.6.2.
  static func isToken(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0.isLetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains($0) }
  }

  /// A JSON Pointer (RFC 6901, section 3) that doesn't mean the whole document.
  static func isPointer(_ text: String) -> Bool {
    guard text.first == "/", text.utf8.count <= 1024 else { return false }
    return text.split(separator: "~", omittingEmptySubsequences: false).dropFirst()
      .allSatisfy { $0.first == "0" || $0.first == "1" }
  }
}

extension UInt8 {
  fileprivate var isLetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
