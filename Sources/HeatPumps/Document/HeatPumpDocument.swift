public import GatewayCore

/// One heat pump as the upstream answered it: the bytes, and where each known field stands in them.
///
/// A field of a wrong type reads as `null` and is named in ``irregularFields``; unknown members are
/// checked and kept in ``upstream`` only. Of equal names in one object the last counts.
public struct HeatPumpDocument: Sendable {
  /// The heat pump's id.
  public let id: ResourceID
  /// The owner's id, if the answer has one.
  public let ownerID: ResourceID?
  /// The upstream's own JSON, byte by byte as it came.
  public let upstream: [UInt8]

  let slots: [Slot]
  // A list or update answer has no actions; those of the last detail answer are carried along.
  let carriedActions: [JSONValue]?

  /// Reads the upstream's answer to a detail or update call.
  ///
  /// - Throws: ``MappingFault`` if the bytes are no JSON object with an `id`.
  public init(parsing bytes: [UInt8]) throws(MappingFault) {
    let span = bytes.span
    try HeatPumpDocument.requireAddressable(span.count)
    var position = 0
    JSONGrammar.skipBlanks(span, at: &position)
    try HeatPumpDocument.require(.object, .notAnObject, span, at: position)
    let slots = try DocumentParser.slots(span, at: &position, depth: 0)
    try HeatPumpDocument.requireEnd(span, behind: position)
    try self.init(bytes: bytes, slots: slots)
  }

  /// Reads the upstream's answer to a list call: a plain array of heat pumps.
  ///
  /// - Throws: ``MappingFault`` if the bytes are no JSON array of objects with an `id` each.
  public static func list(parsing bytes: [UInt8]) throws(MappingFault) -> [HeatPumpDocument] {
    let span = bytes.span
    try requireAddressable(span.count)
    var position = 0
    JSONGrammar.skipBlanks(span, at: &position)
    try require(.array, .notAnArray, span, at: position)
    position += 1
    JSONGrammar.skipBlanks(span, at: &position)
    var documents: [HeatPumpDocument] = []
    if position < span.count, span[position] == UInt8(ascii: "]") {
      position += 1
    } else {
      repeat {
        JSONGrammar.skipBlanks(span, at: &position)
        documents.append(try element(bytes, at: &position))
      } while try continuesList(span, at: &position)
    }
    try requireEnd(span, behind: position)
    return documents
  }

  /// When the device was last observed, by its own account: `current_state_last_updated_at`.
  public var observedAt: Timestamp? { time(KnownSlots.shared.observedAt) }

  /// When the upstream last changed its record: `updated_at`.
  public var fieldsUpdatedAt: Timestamp? { time(KnownSlots.shared.updatedAt) }

  /// Whether somebody must act before the device works normally again: `action_needed`.
  public var actionNeeded: Bool {
    let slot = slots[KnownSlots.shared.actionNeeded]
    return slot.form == .verbatim && upstream[slot.range.lowerBound] == UInt8(ascii: "t")
  }

  /// Whether at least one action is known, from this answer or carried along from an older one.
  public var hasActions: Bool { !(actions ?? []).isEmpty }

  /// The answer fields whose value has a wrong type and reads as `null`, such as
  /// `device_model.year`; in the order of the table.
  public var irregularFields: [String] {
    slots.indices.filter { slots[$0].form == .irregular }
      .map { AnswerIndex.shared.slotPaths[$0].joined(separator: ".") }
  }

  /// The same answer with the actions of an older one, unless it has some itself.
  ///
  /// List and update answers don't have the actions, or have them empty, so they never clear them;
  /// only a detail answer, taken as it is, does.
  public func carryingActions(from older: HeatPumpDocument) -> HeatPumpDocument {
    if hasActions { return self }
    guard let actions = older.actions else { return self }
    return HeatPumpDocument(
      id: id, ownerID: ownerID, upstream: upstream, slots: slots, carriedActions: actions)
  }
}

extension HeatPumpDocument {
  private init(
    id: ResourceID, ownerID: ResourceID?, upstream: [UInt8], slots: [Slot],
    carriedActions: [JSONValue]?
  ) {
    self.id = id
    self.ownerID = ownerID
    self.upstream = upstream
    self.slots = slots
    self.carriedActions = carriedActions
  }

  private init(bytes: [UInt8], slots: [Slot]) throws(MappingFault) {
    let known = KnownSlots.shared
    let identity = slots[known.id]
    guard let id = HeatPumpDocument.uuid(bytes, identity) else {
      throw MappingFault(.noIdentity, at: identity.range.lowerBound)
    }
    self.init(
      id: id, ownerID: HeatPumpDocument.uuid(bytes, slots[known.ownerID]), upstream: bytes,
      slots: slots, carriedActions: nil)
  }

  private static func element(
    _ bytes: [UInt8], at position: inout Int
  ) throws(MappingFault) -> HeatPumpDocument {
    let start = position
    try require(.object, .notAnObject, bytes.span, at: start)
    var slots = try DocumentParser.slots(bytes.span, at: &position, depth: 1)
    let shift = Int32(truncatingIfNeeded: start)
    for index in slots.indices where slots[index].form != .absent {
      slots[index].start -= shift
      slots[index].end -= shift
    }
    return try HeatPumpDocument(bytes: Array(bytes[start..<position]), slots: slots)
  }

  private static func continuesList(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(MappingFault) -> Bool {
    do throws(JSONFault) {
      return try JSONGrammar.continues(bytes, at: &position, closing: UInt8(ascii: "]"))
    } catch {
      throw MappingFault(error)
    }
  }

  private static func require(
    _ kind: JSONKind, _ reason: MappingFault.Reason, _ bytes: Span<UInt8>, at position: Int
  ) throws(MappingFault) {
    do throws(JSONFault) {
      guard try JSONGrammar.kind(bytes, at: position) != kind else { return }
    } catch {
      throw MappingFault(error)
    }
    throw MappingFault(reason, at: position)
  }

  private static func requireEnd(
    _ bytes: Span<UInt8>, behind position: Int
  ) throws(MappingFault) {
    var position = position
    JSONGrammar.skipBlanks(bytes, at: &position)
    guard position == bytes.count else {
      throw MappingFault(JSONFault(.unexpectedCharacter, at: position))
    }
  }

  // Slots hold 32-bit offsets.
  private static func requireAddressable(_ count: Int) throws(MappingFault) {
    guard count < Int(Int32.max) else { throw MappingFault(.notJSON, at: 0) }
  }

  private static func uuid(_ bytes: [UInt8], _ slot: Slot) -> ResourceID? {
    switch slot.form {
    case .verbatim, .lowered:
      ResourceID(bytes.span.extracting(slot.range.lowerBound + 1..<slot.range.upperBound - 1))
    case .derived: RawText.string(bytes, slot.range).flatMap { ResourceID($0) }
    case .absent, .null, .irregular: nil
    }
  }

  func time(_ place: Int) -> Timestamp? {
    let slot = slots[place]
    guard slot.form == .verbatim || slot.form == .derived else { return nil }
    let content = slot.range.lowerBound + 1..<slot.range.upperBound - 1
    if let time = Timestamp(rfc3339: upstream.span.extracting(content)) { return time }
    // With an escape in it.
    return RawText.string(upstream, slot.range).flatMap { Timestamp(rfc3339: $0) }
  }
}

/// The slots that the document itself reads.
struct KnownSlots: Sendable {
  static let shared = KnownSlots()

  let id: Int
  let ownerID: Int
  let observedAt: Int
  let updatedAt: Int
  let actionNeeded: Int
  let actions: Int

  private init() {
    func slot(_ pointer: String) -> Int {
      guard let slot = FieldTable.field(pointer: pointer)?.slot else {
        preconditionFailure("the field table lacks \(pointer)")
      }
      return slot
    }
    id = slot("/id")
    ownerID = slot("/user_id")
    observedAt = slot("/readings/updated_at")
    updatedAt = slot("/updated_at")
    actionNeeded = slot("/status/action_needed")
    actions = slot("/status/actions")
  }
}
