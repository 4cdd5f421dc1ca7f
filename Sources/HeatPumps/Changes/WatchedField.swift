internal import GatewayCore

/// A row of the field table whose changes are told.
struct WatchedField: Sendable {
  let field: Field
  /// Names the field in a stored state, whatever the table looks like when it is read: two bytes of
  /// the pointer's hash. A test holds them apart.
  let key: UInt16

  static let all: [WatchedField] = FieldTable.fields
    .filter { $0.eventClass != .none && $0.slot != nil }
    .map { WatchedField(field: $0, key: key(pointer: $0.pointer)) }

  /// The keys and the slots of ``all``, without the rest of their rows.
  static let places: [(key: UInt16, slot: Int)] = all.compactMap { watched in
    watched.field.slot.map { (watched.key, $0) }
  }

  /// Where the list of actions stands in ``all``.
  static let actions = all.firstIndex { $0.field.kind == .actions }

  /// The index in ``all`` by key.
  static let indices: [UInt16: Int] = Dictionary(
    all.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })

  private static func key(pointer: String) -> UInt16 {
    UInt16(truncatingIfNeeded: stableHash(Array(pointer.utf8)))
  }
}

extension HeatPumpDocument {
  /// Whether the answer's own bytes say that a watched field has a coded value: the usual case, for
  /// which nothing has to be read. Where it is `false` the field may have it all the same.
  func plainly(_ index: Int, shows coded: Span<UInt8>) -> Bool {
    let slot = slots[WatchedField.places[index].slot]
    switch slot.form {
    case .null: return ValueCoding.isNull(coded)
    case .verbatim, .lowered:
      return ValueCoding.isCoded(
        coded, json: upstream.span.extracting(slot.range), isLowered: slot.form == .lowered)
    case .absent, .irregular, .derived: return false
    }
  }

  /// Whether the answer surely leaves all that is reported of the watched fields as it is, and so
  /// has nothing to tell, whatever was written meanwhile.
  func plainlyRepeats(_ reported: ReportedState, from source: AnswerSource) -> Bool {
    guard !reported.isDamped else { return false }
    return WatchedField.places.indices.allSatisfy { index in
      switch slots[WatchedField.places[index].slot].form {
      case .absent, .irregular: return index != WatchedField.actions || !hasActions
      case .null, .verbatim, .lowered, .derived:
        if index == WatchedField.actions { return source == .partial && !hasActions }
        guard let coded = reported.place(index) else { return false }
        return plainly(index, shows: reported.bytes.span.extracting(coded))
      }
    }
  }

  /// What the answer says about a field; `nil` if it says nothing: it leaves the field out, has it
  /// in a wrong type, or comes from a call that never has it right.
  func statement(on field: Field, from source: AnswerSource) -> JSONValue? {
    guard let slot = field.slot, slots[slot].form != .irregular else { return nil }
    guard let value = value(field) else { return nil }
    if field.kind == .actions, source == .partial, !hasActions { return nil }
    return value
  }
}

extension Field {
  /// Whether a listener would take two values for the same.
  ///
  /// Actions are the same in any order, and whatever their links: those may be made anew for each
  /// answer.
  func isSameToListeners(_ left: JSONValue, _ right: JSONValue) -> Bool {
    guard kind == .actions else { return isSame(left, right) }
    let left = FieldTable.removingLinks(fromActions: left).array ?? []
    let right = FieldTable.removingLinks(fromActions: right).array ?? []
    return left.count == right.count && left.allSatisfy(right.contains)
      && right.allSatisfy(left.contains)
  }
}
