internal import GatewayCore

/// A row of the field table whose changes are told.
struct WatchedField: Sendable {
  let field: Field
  /// Names the field in a stored state.
  var key: UInt16 { field.key }

  static let all: [WatchedField] = FieldTable.fields
    .filter { $0.eventClass != .none && $0.slot != nil }
    .map { WatchedField(field: $0) }

  /// The keys and the slots of ``all``, without the rest of their rows.
  static let places: [(key: UInt16, slot: Int)] = all.compactMap { watched in
    watched.field.slot.map { (watched.key, $0) }
  }

  /// The index in ``all`` by key.
  static let indices: [UInt16: Int] = Dictionary(
    all.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
}

extension HeatPumpDocument {
  /// Whether the answer's own bytes say that a field has a coded value: the usual case, for which
  /// nothing has to be read. Where it is `false` the field may have it all the same.
  func plainly(_ place: Int, shows item: ValueCoding.Item, of coded: Span<UInt8>) -> Bool {
    let slot = slots[place]
    switch slot.form {
    case .null: return ValueCoding.isNull(item, of: coded)
    case .verbatim, .lowered:
      return ValueCoding.isValue(
        item, of: coded, json: upstream.span.extracting(slot.range),
        isLowered: slot.form == .lowered)
    case .absent, .irregular, .derived: return false
    }
  }

  /// What the answer says about a field; `nil` if it says nothing: it leaves the field out, has it
  /// in a wrong type, or comes from a call that never has it right.
  func statement(on field: Field, from source: AnswerSource) -> JSONValue? {
    if field.kind == .actions, source == .partial, !hasActions { return nil }
    guard let slot = field.slot, slots[slot].form != .irregular else { return nil }
    return value(field)
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
