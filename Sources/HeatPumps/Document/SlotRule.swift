import GatewayCore

/// Decides how a value of the upstream's is shown, by its field's check.
enum SlotRule {
  /// Reads one value, whatever it is.
  ///
  /// - Throws: ``JSONFault`` at the first byte that breaks the grammar.
  @inline(__always)
  static func read(
    _ bytes: Span<UInt8>, at position: inout Int, _ check: AnswerIndex.Check, depth: Int
  ) throws(JSONFault) -> Slot {
    let start = position
    switch try JSONGrammar.kind(bytes, at: start) {
    case .string:
      let (content, escaped) = try JSONGrammar.scanString(bytes, at: &position)
      return string(bytes, check, content, escaped: escaped)
    case .number:
      let form = try JSONGrammar.scanNumber(bytes, at: &position)
      guard check == .decimal || check == .integer else {
        return Slot(start..<position, .irregular)
      }
      return number(bytes, check, start..<position, form)
    case .null:
      try JSONGrammar.scanLiteral(bytes, at: &position)
      return Slot(start..<position, .null)
    case .boolean:
      try JSONGrammar.scanLiteral(bytes, at: &position)
      return Slot(start..<position, check == .boolean ? .verbatim : .irregular)
    case .array:
      try JSONGrammar.skipValue(bytes, at: &position, depth: depth)
      let range = start..<position
      return Slot(range, check == .actions ? actions(bytes, range) : .irregular)
    case .object:
      try JSONGrammar.skipValue(bytes, at: &position, depth: depth)
      return Slot(start..<position, .irregular)
    }
  }

  @inline(__always)
  private static func string(
    _ bytes: Span<UInt8>, _ check: AnswerIndex.Check, _ content: Range<Int>, escaped: Bool
  ) -> Slot {
    let range = content.lowerBound &- 1..<content.upperBound &+ 1
    switch check {
    case .text: return Slot(range, .verbatim)
    case .decimal, .integer:
      var end = content.lowerBound
      guard let form = try? JSONGrammar.scanNumber(bytes, at: &end), end == content.upperBound
      else { return Slot(range, .irregular) }
      return number(bytes, check, content, form)
    case .time, .uuid, .level:
      if escaped { return Slot(range, derived(check, bytes, content)) }
      if check == .level { return Slot(range, .lowered) }
      return Slot(range, check == .time ? time(bytes, content) : uuid(bytes, content))
    case .boolean, .actions, .object: return Slot(range, .irregular)
    }
  }

  @inline(__always)
  private static func number(
    _ bytes: Span<UInt8>, _ check: AnswerIndex.Check, _ range: Range<Int>,
    _ form: JSONGrammar.NumberForm
  ) -> Slot {
    if form == .whole || form == .fraction && check == .decimal { return Slot(range, .verbatim) }
    guard let value = ExactDecimal(ascii(bytes, range)) else { return Slot(range, .irregular) }
    if check == .decimal { return Slot(range, .verbatim) }
    return Slot(range, value.integer == nil ? .irregular : .derived)
  }

  private static func time(_ bytes: Span<UInt8>, _ content: Range<Int>) -> Slot.Form {
    guard let time = Timestamp(rfc3339: bytes.extracting(content)) else { return .irregular }
    if time.meansNever { return .null }
    return isCanonicalTime(bytes, content) ? .verbatim : .derived
  }

  /// Whether an RFC 3339 time is written as ``Timestamp/description`` would write it.
  private static func isCanonicalTime(_ bytes: Span<UInt8>, _ content: Range<Int>) -> Bool {
    let start = content.lowerBound
    guard bytes[start + 10] == UInt8(ascii: "T"),
      bytes[content.upperBound - 1] == UInt8(ascii: "Z"), bytes[start + 17] < UInt8(ascii: "6")
    else { return false }
    return content.count == 20
      || content.count <= 27 && bytes[content.upperBound - 2] != UInt8(ascii: "0")
  }

  private static func uuid(_ bytes: Span<UInt8>, _ content: Range<Int>) -> Slot.Form {
    guard ResourceID(bytes.extracting(content)) != nil else { return .irregular }
    // Of digits, hyphens and letters, capital letters alone have the bit of letters and not that of
    // small ones, which stands one place lower.
    let capitals = stride(from: content.lowerBound, through: content.upperBound - 8, by: 7)
      .reduce(0 as UInt64) { found, position in
        let word = bytes.word(at: position)
        return found | (word & ~(word << 1))
      }
    return capitals & 0x4040_4040_4040_4040 == 0 ? .verbatim : .lowered
  }

  private static func derived(
    _ check: AnswerIndex.Check, _ bytes: Span<UInt8>, _ content: Range<Int>
  ) -> Slot.Form {
    guard let text = try? JSONGrammar.text(bytes, in: content, escaped: true) else {
      return .irregular
    }
    switch check {
    case .time:
      guard let time = Timestamp(rfc3339: text) else { return .irregular }
      return time.meansNever ? .null : .derived
    case .uuid: return ResourceID(text) == nil ? .irregular : .derived
    default: return .derived
    }
  }

  private static func actions(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Slot.Form {
    if range.count == 2 { return .verbatim }
    // All that the grammar lets through can be read as a tree, except numbers with a huge exponent.
    let isDoubtful = range.contains { position in
      bytes[position] | 0x20 == UInt8(ascii: "e") && bytes[position - 1] &- UInt8(ascii: "0") < 10
    }
    guard isDoubtful else { return .derived }
    let raw = range.map { bytes[$0] }
    return (try? JSONValue(parsing: raw, duplicateKeys: .lastWins)) == nil ? .irregular : .derived
  }

  private static func ascii(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    String(decoding: range.map { bytes[$0] }, as: UTF8.self)
  }
}
