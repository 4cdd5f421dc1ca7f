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
  func plainly(_ index: Int, shows coded: ArraySlice<UInt8>) -> Bool {
    guard let slot = WatchedField.all[index].field.slot else { return false }
    switch slots[slot].form {
    case .verbatim, .null: return ValueCoding.isCoded(coded, json: upstream[slots[slot].range])
    case .absent, .irregular, .lowered, .derived: return false
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
