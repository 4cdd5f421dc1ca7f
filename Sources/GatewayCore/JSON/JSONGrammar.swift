/// The kind of a JSON value, as its first byte tells it.
public enum JSONKind: UInt8, Sendable {
  /// `null`
  case null
  /// `true` or `false`
  case boolean
  /// A number.
  case number
  /// A string.
  case string
  /// An array.
  case array
  /// An object.
  case object
}

/// RFC 8259's grammar as plain functions over bytes: the one place that reads JSON.
///
/// Each function starts at `position`, checks what it reads in full (UTF-8 included) and leaves
/// `position` behind it. Nothing is allocated.
public enum JSONGrammar {
  /// How deep arrays and objects may stand inside one another.
  public static let depthLimit = 32

  /// Skips blanks, tabs and line breaks.
  @inlinable
  @inline(__always)
  public static func skipBlanks(_ bytes: Span<UInt8>, at position: inout Int) {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  /// Takes one expected byte.
  ///
  /// - Throws: ``JSONFault`` if another byte, or none, stands there.
  @inlinable
  @inline(__always)
  public static func expect(
    _ byte: UInt8, _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) {
    guard position < bytes.count else { throw JSONFault(.unexpectedEnd, at: position) }
    guard bytes[position] == byte else { throw JSONFault(.unexpectedCharacter, at: position) }
    position += 1
  }

  /// The kind of the value that begins at `position`.
  ///
  /// - Throws: ``JSONFault`` if no value begins there.
  @inlinable
  @inline(__always)
  public static func kind(_ bytes: Span<UInt8>, at position: Int) throws(JSONFault) -> JSONKind {
    guard position < bytes.count else { throw JSONFault(.unexpectedEnd, at: position) }
    switch bytes[position] {
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw JSONFault(.unexpectedCharacter, at: position)
    }
  }

  /// Skips one value of any kind, checking all of it.
  ///
  /// - Parameters:
  ///   - depth: how many arrays and objects already stand around the value.
  /// - Returns: the value's kind.
  /// - Throws: ``JSONFault`` at the first byte that breaks the grammar. Duplicate keys pass.
  @discardableResult
  public static func skipValue(
    _ bytes: Span<UInt8>, at position: inout Int, depth: Int = 0
  ) throws(JSONFault) -> JSONKind {
    let kind = try kind(bytes, at: position)
    switch kind {
    case .string: _ = try scanString(bytes, at: &position)
    case .number: try scanNumber(bytes, at: &position)
    case .boolean, .null: try scanLiteral(bytes, at: &position)
    case .array: try skipArray(bytes, at: &position, depth: depth)
    case .object: try skipObject(bytes, at: &position, depth: depth)
    }
    return kind
  }

  /// Reads `true`, `false` or `null`.
  ///
  /// - Throws: ``JSONFault`` if none of them stands there.
  public static func scanLiteral(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) {
    let word: StaticString
    switch try kind(bytes, at: position) {
    case .null: word = "null"
    case .boolean: word = bytes[position] == UInt8(ascii: "t") ? "true" : "false"
    default: throw JSONFault(.unexpectedCharacter, at: position)
    }
    for offset in 0..<word.utf8CodeUnitCount {
      try expect(unsafe word.utf8Start[offset], bytes, at: &position)
    }
  }

  /// Reads a number.
  ///
  /// - Throws: ``JSONFault`` if it breaks the grammar, such as `01`, `+1`, `.5`, `1.` or `NaN`.
  public static func scanNumber(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) {
    let start = position
    if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    try scanDigits(bytes, at: &position)
    if bytes[firstDigit] == UInt8(ascii: "0"), position > firstDigit + 1 {
      throw JSONFault(.invalidNumber, at: start)
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      try scanDigits(bytes, at: &position)
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < bytes.count,
        bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
      {
        position += 1
      }
      try scanDigits(bytes, at: &position)
    }
    if position - start > 64 { throw JSONFault(.invalidNumber, at: start) }
  }

  /// Reads a string with its quotes.
  ///
  /// - Returns: the range between the quotes, and whether an escape stands in it.
  /// - Throws: ``JSONFault`` for bad UTF-8, bare controls, unknown escapes and half surrogates.
  public static func scanString(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) -> (content: Range<Int>, escaped: Bool) {
    try expect(UInt8(ascii: "\""), bytes, at: &position)
    let start = position
    var escaped = false
    while true {
      position = bytes.skippingPlainText(from: position)
      guard position < bytes.count else { throw JSONFault(.unexpectedEnd, at: position) }
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return (start..<position - 1, escaped)
      case UInt8(ascii: "\\"):
        escaped = true
        try scanEscape(bytes, at: &position)
      case 0x20..<0x80:
        position += 1
      case 0..<0x20:
        throw JSONFault(.invalidEscape, at: position)
      default:
        try scanMultibyte(bytes, at: &position)
      }
    }
  }

  private static func scanDigits(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) {
    let start = position
    while position < bytes.count, bytes[position] >= UInt8(ascii: "0"),
      bytes[position] <= UInt8(ascii: "9")
    {
      position += 1
    }
    if position == start { throw JSONFault(.invalidNumber, at: position) }
  }

  private static func skipArray(
    _ bytes: Span<UInt8>, at position: inout Int, depth: Int
  ) throws(JSONFault) {
    guard depth < depthLimit else { throw JSONFault(.tooDeep, at: position) }
    position += 1
    skipBlanks(bytes, at: &position)
    if position < bytes.count, bytes[position] == UInt8(ascii: "]") {
      position += 1
      return
    }
    while true {
      skipBlanks(bytes, at: &position)
      try skipValue(bytes, at: &position, depth: depth + 1)
      guard try continues(bytes, at: &position, closing: UInt8(ascii: "]")) else { return }
    }
  }

  private static func skipObject(
    _ bytes: Span<UInt8>, at position: inout Int, depth: Int
  ) throws(JSONFault) {
    guard depth < depthLimit else { throw JSONFault(.tooDeep, at: position) }
    position += 1
    skipBlanks(bytes, at: &position)
    if position < bytes.count, bytes[position] == UInt8(ascii: "}") {
      position += 1
      return
    }
    while true {
      skipBlanks(bytes, at: &position)
      _ = try scanString(bytes, at: &position)
      skipBlanks(bytes, at: &position)
      try expect(UInt8(ascii: ":"), bytes, at: &position)
      skipBlanks(bytes, at: &position)
      try skipValue(bytes, at: &position, depth: depth + 1)
      guard try continues(bytes, at: &position, closing: UInt8(ascii: "}")) else { return }
    }
  }

  /// Takes the comma or the closing byte behind a member or element.
  ///
  /// - Returns: `true` behind a comma, `false` behind `closing`.
  /// - Throws: ``JSONFault`` if neither stands there.
  @inlinable
  @inline(__always)
  public static func continues(
    _ bytes: Span<UInt8>, at position: inout Int, closing: UInt8
  ) throws(JSONFault) -> Bool {
    skipBlanks(bytes, at: &position)
    guard position < bytes.count else { throw JSONFault(.unexpectedEnd, at: position) }
    let byte = bytes[position]
    guard byte == closing || byte == UInt8(ascii: ",") else {
      throw JSONFault(.unexpectedCharacter, at: position)
    }
    position += 1
    return byte != closing
  }
}
