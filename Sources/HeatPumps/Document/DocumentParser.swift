import GatewayCore

/// The one pass over an upstream answer: known members into slots, unknown ones checked and
/// skipped.
struct DocumentParser {
  private let index = AnswerIndex.shared
  private(set) var slots: [Slot]

  init() {
    slots = [Slot](repeating: Slot(), count: index.slotPaths.count)
  }

  /// Reads one heat pump's object; `position` is left behind it.
  mutating func document(
    _ bytes: Span<UInt8>, at position: inout Int, depth: Int
  ) throws(MappingFault) {
    do throws(JSONFault) {
      guard try JSONGrammar.kind(bytes, at: position) == .object else {
        throw JSONFault(.unexpectedCharacter, at: position)
      }
      try object(bytes, at: &position, container: 0, depth: depth)
    } catch {
      throw MappingFault(error)
    }
  }

  private mutating func object(
    _ bytes: Span<UInt8>, at position: inout Int, container: Int, depth: Int
  ) throws(JSONFault) {
    guard depth < JSONGrammar.depthLimit else { throw JSONFault(.tooDeep, at: position) }
    position += 1
    JSONGrammar.skipBlanks(bytes, at: &position)
    if position < bytes.count, bytes[position] == UInt8(ascii: "}") {
      position += 1
      return
    }
    repeat {
      JSONGrammar.skipBlanks(bytes, at: &position)
      let (name, escaped) = try JSONGrammar.scanString(bytes, at: &position)
      JSONGrammar.skipBlanks(bytes, at: &position)
      try JSONGrammar.expect(UInt8(ascii: ":"), bytes, at: &position)
      JSONGrammar.skipBlanks(bytes, at: &position)
      if let entry = try find(bytes, name, escaped: escaped, container: container) {
        try member(bytes, at: &position, entry, depth: depth)
      } else {
        try JSONGrammar.skipValue(bytes, at: &position, depth: depth + 1)
      }
    } while try JSONGrammar.continues(bytes, at: &position, closing: UInt8(ascii: "}"))
  }

  @inline(__always)
  private func find(
    _ bytes: Span<UInt8>, _ name: Range<Int>, escaped: Bool, container: Int
  ) throws(JSONFault) -> AnswerIndex.Entry? {
    guard escaped else { return index.find(bytes, name, container: container) }
    let text = Array(try JSONGrammar.text(bytes, in: name, escaped: true).utf8)
    return index.find(text.span, 0..<text.count, container: container)
  }

  @inline(__always)
  private mutating func member(
    _ bytes: Span<UInt8>, at position: inout Int, _ entry: AnswerIndex.Entry, depth: Int
  ) throws(JSONFault) {
    let start = position
    let kind = try JSONGrammar.kind(bytes, at: position)
    if entry.check == .object {
      // An object that comes twice counts as it comes last: nothing of the first may shine through.
      for slot in index.slotsBelow[entry.container] { slots[slot] = Slot() }
      if kind == .object {
        slots[entry.slot] = Slot(form: .verbatim)
        return try object(
          bytes, at: &position, container: entry.container, depth: depth + 1)
      }
    }
    var escaped = false
    if kind == .string {
      escaped = try JSONGrammar.scanString(bytes, at: &position).escaped
    } else {
      try JSONGrammar.skipValue(bytes, at: &position, depth: depth + 1)
    }
    var range = start..<position
    let form = SlotRule.form(entry.check, kind, bytes, &range, escaped: escaped)
    slots[entry.slot] = Slot(
      start: Int32(truncatingIfNeeded: range.lowerBound),
      end: Int32(truncatingIfNeeded: range.upperBound), form: form)
  }
}
