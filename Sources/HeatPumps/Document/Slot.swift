import GatewayCore

/// Where one field's value stands in the upstream's bytes, and how it is shown.
struct Slot: Sendable {
  enum Form: UInt8, Sendable {
    /// The upstream left it out.
    case absent
    /// `null`, or a time that means never.
    case null
    /// Of a wrong type; reads as `null`.
    case irregular
    /// The bytes are the simplified value as they stand.
    case verbatim
    /// The bytes in ASCII lower case are the simplified value.
    case lowered
    /// The simplified value must be worked out; rare.
    case derived
  }

  var start: Int32 = 0
  var end: Int32 = 0
  var form = Form.absent

  @inline(__always)
  var range: Range<Int> { Int(start)..<Int(end) }
}

/// Decides how a value of the upstream's is shown, by its field's check.
enum SlotRule {
  @inline(__always)
  static func form(
    _ check: AnswerIndex.Check, _ kind: JSONKind, _ bytes: Span<UInt8>, _ range: inout Range<Int>,
    escaped: Bool
  ) -> Slot.Form {
    if kind == .null { return .null }
    switch check {
    case .text: return kind == .string ? .verbatim : .irregular
    case .boolean: return kind == .boolean ? .verbatim : .irregular
    case .decimal, .integer:
      return number(check, kind, bytes, &range, escaped: escaped)
    case .actions: return kind == .array ? actions(bytes, range) : .irregular
    case .time, .uuid, .level:
      guard kind == .string else { return .irregular }
      if escaped { return derived(check, bytes, range) }
      let content = range.lowerBound + 1..<range.upperBound - 1
      if check == .level { return .lowered }
      return check == .time ? time(bytes, content) : uuid(bytes, content)
    case .object: return .irregular
    }
  }

  private static func number(
    _ check: AnswerIndex.Check, _ kind: JSONKind, _ bytes: Span<UInt8>, _ range: inout Range<Int>,
    escaped: Bool
  ) -> Slot.Form {
    var digits = range
    if kind == .string {
      digits = range.lowerBound + 1..<range.upperBound - 1
      var position = digits.lowerBound
      guard !digits.isEmpty, !escaped,
        (try? JSONGrammar.scanNumber(bytes, at: &position)) != nil, position == digits.upperBound
      else { return .irregular }
    } else if kind != .number {
      return .irregular
    }
    range = digits
    for index in digits {
      let byte = bytes[index]
      let isExponent = byte | 0x20 == UInt8(ascii: "e")
      guard isExponent || byte == UInt8(ascii: ".") && check == .integer else { continue }
      guard let value = ExactDecimal(ascii(bytes, digits)) else { return .irregular }
      if check == .integer { return value.integer == nil ? .irregular : .derived }
      return .verbatim
    }
    return .verbatim
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
    for index in content where bytes[index] >= UInt8(ascii: "A") && bytes[index] <= 0x5A {
      return .lowered
    }
    return .verbatim
  }

  private static func derived(
    _ check: AnswerIndex.Check, _ bytes: Span<UInt8>, _ range: Range<Int>
  ) -> Slot.Form {
    let content = range.lowerBound + 1..<range.upperBound - 1
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
    let raw = range.map { bytes[$0] }
    return (try? JSONValue(parsing: raw, duplicateKeys: .lastWins)) == nil ? .irregular : .derived
  }

  private static func ascii(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    String(decoding: range.map { bytes[$0] }, as: UTF8.self)
  }
}
