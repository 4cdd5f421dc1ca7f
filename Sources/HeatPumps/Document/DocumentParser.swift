import GatewayCore

/// The one pass over an upstream answer: known members into slots, unknown ones checked and
/// skipped.
struct DocumentParser {
  private let index = AnswerIndex.shared
  private var order = AnswerOrder.learnt.withLock { $0 }

  /// Reads one heat pump's object; `position` is left behind it.
  static func slots(
    _ bytes: Span<UInt8>, at position: inout Int, depth: Int
  ) throws(MappingFault) -> [Slot] {
    var parser = DocumentParser()
    var slots = [Slot](repeating: Slot(), count: parser.index.slotPaths.count)
    do throws(JSONFault) {
      guard try JSONGrammar.kind(bytes, at: position) == .object else {
        throw JSONFault(.unexpectedCharacter, at: position)
      }
      // Borrowed once, so that it is not asked again for each member whether they are shared.
      var span = slots.mutableSpan
      try parser.object(bytes, at: &position, container: 0, depth: depth, into: &span)
    } catch {
      throw MappingFault(error)
    }
    parser.order.keep()
    return slots
  }

  private mutating func object(
    _ bytes: Span<UInt8>, at position: inout Int, container: Int, depth: Int,
    into slots: inout MutableSpan<Slot>
  ) throws(JSONFault) {
    guard depth < JSONGrammar.depthLimit else { throw JSONFault(.tooDeep, at: position) }
    // A copy, which stays in a register.
    var here = position + 1
    JSONGrammar.skipBlanks(bytes, at: &here)
    if bytes.peek(here) == UInt8(ascii: "}") {
      position = here + 1
      return
    }
    var place = order.start(of: container)
    repeat {
      JSONGrammar.skipBlanks(bytes, at: &here)
      let known = try name(bytes, at: &here, behind: place, container: container)
      try JSONGrammar.expectColon(bytes, at: &here)
      guard let slot = known else {
        try JSONGrammar.skipValue(bytes, at: &here, depth: depth + 1)
        continue
      }
      place = slot
      let check = index.entries[slot].check
      if check == .object {
        try inner(bytes, at: &here, slot, depth: depth + 1, into: &slots)
      } else {
        slots[slot] = try SlotRule.read(bytes, at: &here, check, depth: depth + 1)
      }
    } while try JSONGrammar.continues(bytes, at: &here, closing: UInt8(ascii: "}"))
    position = here
  }

  // Reads a member's name with its quotes; `nil` for one that is not known.
  @inline(__always)
  private mutating func name(
    _ bytes: Span<UInt8>, at position: inout Int, behind place: Int, container: Int
  ) throws(JSONFault) -> Int? {
    if let expected = order.follower(of: place), bytes.peek(position) == UInt8(ascii: "\"") {
      let entry = index.entries[expected]
      let end = position &+ 1 &+ Int(entry.nameCount)
      if bytes.peek(end) == UInt8(ascii: "\""), index.stands(entry, bytes, at: position &+ 1) {
        position = end &+ 1
        return expected
      }
    }
    return try unexpectedName(bytes, at: &position, behind: place, container: container)
  }

  private mutating func unexpectedName(
    _ bytes: Span<UInt8>, at position: inout Int, behind place: Int, container: Int
  ) throws(JSONFault) -> Int? {
    let (name, escaped) = try JSONGrammar.scanString(bytes, at: &position)
    let slot: Int?
    if escaped {
      let text = Array(try JSONGrammar.text(bytes, in: name, escaped: true).utf8)
      slot = index.find(text.span, text.indices, container: container)
    } else {
      slot = index.find(bytes, name, container: container)
    }
    if let slot { order.learn(slot, behind: place) }
    return slot
  }

  private mutating func inner(
    _ bytes: Span<UInt8>, at position: inout Int, _ slot: Int, depth: Int,
    into slots: inout MutableSpan<Slot>
  ) throws(JSONFault) {
    let container = Int(index.entries[slot].container)
    // An object that comes twice counts as it comes last: nothing of the first may shine through.
    if slots[slot].form != .absent {
      for below in index.slotsBelow[container] { slots[below] = Slot() }
    }
    guard try JSONGrammar.kind(bytes, at: position) == .object else {
      slots[slot] = try SlotRule.read(bytes, at: &position, .object, depth: depth)
      return
    }
    slots[slot] = Slot(form: .verbatim)
    try object(bytes, at: &position, container: container, depth: depth, into: &slots)
  }
}
