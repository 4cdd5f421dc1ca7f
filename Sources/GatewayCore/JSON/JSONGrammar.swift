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
    // Between two machines there are nearly never any.
    guard bytes.peek(position) <= 0x20 else { return }
    position = endOfBlanks(bytes, from: position)
  }

  @usableFromInline
  static func endOfBlanks(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while true {
      let byte = bytes.peek(position)
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return position }
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
    guard bytes.peek(position) == byte else { throw unexpected(bytes, at: position) }
    position &+= 1
  }

  /// Takes the colon behind a member's name, with the blanks around it.
  ///
  /// - Throws: ``JSONFault`` if none stands there.
  @inlinable
  @inline(__always)
  public static func expectColon(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) {
    if bytes.peek(position) != UInt8(ascii: ":") { skipBlanks(bytes, at: &position) }
    try expect(UInt8(ascii: ":"), bytes, at: &position)
    skipBlanks(bytes, at: &position)
  }

  @usableFromInline
  static func unexpected(_ bytes: Span<UInt8>, at position: Int) -> JSONFault {
    JSONFault(position < bytes.count ? .unexpectedCharacter : .unexpectedEnd, at: position)
  }

  /// The kind of the value that begins at `position`.
  ///
  /// - Throws: ``JSONFault`` if no value begins there.
  @inlinable
  @inline(__always)
  public static func kind(_ bytes: Span<UInt8>, at position: Int) throws(JSONFault) -> JSONKind {
    switch bytes.peek(position) {
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw unexpected(bytes, at: position)
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
    case .number: _ = try scanNumber(bytes, at: &position)
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
    switch bytes.peek(position) {
    case UInt8(ascii: "t"): word = "true"
    case UInt8(ascii: "f"): word = "false"
    case UInt8(ascii: "n"): word = "null"
    default: throw unexpected(bytes, at: position)
    }
    for offset in 0..<word.utf8CodeUnitCount {
      try expect(unsafe word.utf8Start[offset], bytes, at: &position)
    }
  }

  /// Reads a string with its quotes.
  ///
  /// - Returns: the range between the quotes, and whether an escape stands in it.
  /// - Throws: ``JSONFault`` for bad UTF-8, bare controls, unknown escapes and half surrogates.
  @inlinable
  @inline(__always)
  public static func scanString(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) -> (content: Range<Int>, escaped: Bool) {
    try expect(UInt8(ascii: "\""), bytes, at: &position)
    let start = position
    position = bytes.skippingPlainText(from: start)
    // Nearly all strings are plain to their end.
    if bytes.peek(position) == UInt8(ascii: "\"") {
      position &+= 1
      return (start..<position &- 1, false)
    }
    let escaped = try scanRestOfString(bytes, at: &position)
    return (start..<position &- 1, escaped)
  }

  /// Reads on inside a string to behind its closing quote.
  ///
  /// - Returns: whether an escape stood there.
  @usableFromInline
  static func scanRestOfString(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) -> Bool {
    var escaped = false
    while true {
      switch bytes.peek(position) {
      case UInt8(ascii: "\""):
        position += 1
        return escaped
      case UInt8(ascii: "\\"):
        escaped = true
        try scanEscape(bytes, at: &position)
      case 0x20..<0x80:
        position += 1
      case 0..<0x20:
        guard position < bytes.count else { throw JSONFault(.unexpectedEnd, at: position) }
        throw JSONFault(.invalidEscape, at: position)
      default:
        try scanMultibyte(bytes, at: &position)
      }
      position = bytes.skippingPlainText(from: position)
    }
  }

  private static func skipArray(
    _ bytes: Span<UInt8>, at position: inout Int, depth: Int
  ) throws(JSONFault) {
    guard depth < depthLimit else { throw JSONFault(.tooDeep, at: position) }
    position += 1
    skipBlanks(bytes, at: &position)
    if bytes.peek(position) == UInt8(ascii: "]") {
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
    if bytes.peek(position) == UInt8(ascii: "}") {
      position += 1
      return
    }
    while true {
      skipBlanks(bytes, at: &position)
      _ = try scanString(bytes, at: &position)
      try expectColon(bytes, at: &position)
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
    var byte = bytes.peek(position)
    if byte <= 0x20 {
      position = endOfBlanks(bytes, from: position)
      byte = bytes.peek(position)
    }
    guard byte == UInt8(ascii: ",") || byte == closing else {
      throw unexpected(bytes, at: position)
    }
    position &+= 1
    return byte != closing
  }
}
