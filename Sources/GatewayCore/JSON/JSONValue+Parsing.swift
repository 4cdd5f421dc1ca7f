extension JSONValue {
  /// What to do with an object that names a member twice.
  public enum DuplicateKeys: Sendable {
    /// Refuse it: what a caller means by it is unknowable.
    case refused
    /// Take the last: an upstream is not corrected.
    case lastWins
  }

  /// Reads one JSON text (RFC 8259) in UTF-8.
  ///
  /// - Parameters:
  ///   - bytes: the whole text; blanks around the value are fine, anything else behind it is not.
  ///   - duplicateKeys: what to do with an object that names a member twice.
  /// - Throws: ``JSONFault`` with the offset of the first error.
  public init(
    parsing bytes: [UInt8], duplicateKeys: DuplicateKeys = .refused
  ) throws(JSONFault) {
    let span = bytes.span
    var position = 0
    JSONGrammar.skipBlanks(span, at: &position)
    let reader = TreeReader(duplicateKeys: duplicateKeys)
    self = try reader.value(span, at: &position, depth: 0)
    JSONGrammar.skipBlanks(span, at: &position)
    guard position == span.count else {
      throw JSONFault(.unexpectedCharacter, at: position)
    }
  }
}

private struct TreeReader {
  let duplicateKeys: JSONValue.DuplicateKeys

  func value(
    _ bytes: Span<UInt8>, at position: inout Int, depth: Int
  ) throws(JSONFault) -> JSONValue {
    switch try JSONGrammar.kind(bytes, at: position) {
    case .string:
      return .string(try string(bytes, at: &position))
    case .number:
      return .number(try number(bytes, at: &position))
    case .null:
      try JSONGrammar.scanLiteral(bytes, at: &position)
      return .null
    case .boolean:
      let isTrue = bytes[position] == UInt8(ascii: "t")
      try JSONGrammar.scanLiteral(bytes, at: &position)
      return .bool(isTrue)
    case .array:
      return .array(try array(bytes, at: &position, depth: depth))
    case .object:
      return .object(try object(bytes, at: &position, depth: depth))
    }
  }

  private func string(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) -> String {
    let (content, escaped) = try JSONGrammar.scanString(bytes, at: &position)
    return try JSONGrammar.text(bytes, in: content, escaped: escaped)
  }

  private func number(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) -> ExactDecimal {
    let start = position
    try JSONGrammar.scanNumber(bytes, at: &position)
    let text = try JSONGrammar.text(bytes, in: start..<position, escaped: false)
    guard let decimal = ExactDecimal(text) else { throw JSONFault(.invalidNumber, at: start) }
    return decimal
  }

  private func array(
    _ bytes: Span<UInt8>, at position: inout Int, depth: Int
  ) throws(JSONFault) -> [JSONValue] {
    guard depth < JSONGrammar.depthLimit else { throw JSONFault(.tooDeep, at: position) }
    position += 1
    var elements: [JSONValue] = []
    JSONGrammar.skipBlanks(bytes, at: &position)
    if position < bytes.count, bytes[position] == UInt8(ascii: "]") {
      position += 1
      return elements
    }
    repeat {
      JSONGrammar.skipBlanks(bytes, at: &position)
      elements.append(try value(bytes, at: &position, depth: depth + 1))
    } while try JSONGrammar.continues(bytes, at: &position, closing: UInt8(ascii: "]"))
    return elements
  }

  private func object(
    _ bytes: Span<UInt8>, at position: inout Int, depth: Int
  ) throws(JSONFault) -> JSONObject {
    guard depth < JSONGrammar.depthLimit else { throw JSONFault(.tooDeep, at: position) }
    position += 1
    var object = JSONObject()
    JSONGrammar.skipBlanks(bytes, at: &position)
    if position < bytes.count, bytes[position] == UInt8(ascii: "}") {
      position += 1
      return object
    }
    // Room for a few members at once: most objects have more than one.
    object.reserveCapacity(4)
    repeat {
      JSONGrammar.skipBlanks(bytes, at: &position)
      let start = position
      let key = try string(bytes, at: &position)
      let isRepeated = object.contains(key)
      if isRepeated, duplicateKeys == .refused { throw JSONFault(.duplicateKey, at: start) }
      try JSONGrammar.expectColon(bytes, at: &position)
      let value = try value(bytes, at: &position, depth: depth + 1)
      if isRepeated { object[key] = value } else { object.append(key, value) }
    } while try JSONGrammar.continues(bytes, at: &position, closing: UInt8(ascii: "}"))
    return object
  }
}
