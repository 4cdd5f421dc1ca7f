public import GatewayCore

/// A requested value that did not come back.
public struct FieldMismatch: Sendable, Equatable {
  /// The field.
  public let field: Field
  /// What was asked for, in its simplified form.
  public let requested: JSONValue
  /// What came back; `nil` if the upstream left the field out.
  public let actual: JSONValue?

  /// Creates a finding.
  public init(field: Field, requested: JSONValue, actual: JSONValue?) {
    self.field = field
    self.requested = requested
    self.actual = actual
  }
}

extension Field {
  /// Whether two simplified values mean the same: numbers by value, times by instant.
  ///
  /// Times count as equal within the same millisecond, since the upstream writes no more digits
  /// than that. `nil` (left out) equals only `nil`.
  public func isSame(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
    if left == right { return true }
    guard kind == .time,
      let left = left?.string.flatMap({ Timestamp(rfc3339: $0) }),
      let right = right?.string.flatMap({ Timestamp(rfc3339: $0) })
    else { return false }
    let (larger, smaller) = (max(left, right), min(left, right))
    return larger - smaller < .milliseconds(1)
  }
}

extension HeatPumpPatch {
  /// The requested values that a later answer does not show.
  ///
  /// A requested `null` counts as applied where the answer leaves the field out.
  public func unapplied(in confirmed: HeatPumpDocument) -> [FieldMismatch] {
    assignments.compactMap { assignment in
      let actual = confirmed.value(assignment.field)
      if assignment.field.isSame(assignment.value, actual ?? .null) { return nil }
      return FieldMismatch(field: assignment.field, requested: assignment.value, actual: actual)
    }
  }

  /// The upstream resets of one write: fields that nobody named and that changed to the default of
  /// the update schema.
  ///
  /// An optional setting without a listed default has `null` for one. A pause or an absence that
  /// ran out by itself meanwhile is no reset. Where there is a reset, internal fields that became
  /// `null` with it belong to it.
  public static func resets(
    before: HeatPumpDocument, after: HeatPumpDocument, named: HeatPumpPatch
  ) -> [Field] {
    // Nearly all fields are as they were, so nothing else of them is looked at.
    let changed = writableSlots.filter { !before.hasSameBytes($0.slot, as: after) }
    let resets = changed.map { FieldTable.fields[$0.index] }.filter { field in
      guard named.value(field) == nil, let filledIn = field.filledInDefault,
        let old = before.value(field), let new = after.value(field)
      else { return false }
      return field.isSame(new, filledIn) && !field.isSame(old, new)
        && !hasRunOut(field, before, after)
    }
    guard !resets.isEmpty else { return [] }
    return (resets + emptied(before: before, after: after, named: named))
      .sorted { $0.index < $1.index }
  }

  // The upstream empties some internal fields by itself, so that alone is no sign of a reset; next
  // to one it is part of it.
  private static func emptied(
    before: HeatPumpDocument, after: HeatPumpDocument, named: HeatPumpPatch
  ) -> [Field] {
    FieldTable.writableFields.filter { field in
      field.filledInDefault == nil && field.isNullable && named.value(field) == nil
        && before.value(field).map { !$0.isNull } == true && after.value(field) == JSONValue.null
    }
  }

  private static let writableSlots: [(slot: Int, index: Int)] =
    FieldTable.writableFields.compactMap { field in field.slot.map { ($0, field.index) } }

  private static func hasRunOut(
    _ field: Field, _ before: HeatPumpDocument, _ after: HeatPumpDocument
  ) -> Bool {
    guard let pointer = endPointers[field.pointer],
      let end = FieldTable.field(pointer: pointer).flatMap({ before.value($0)?.string })
        .flatMap({ Timestamp(rfc3339: $0) }),
      let now = after.fieldsUpdatedAt
    else { return false }
    return end <= now
  }

  private static let endPointers = [
    "/pause/active": "/pause/until", "/pause/until": "/pause/until",
    "/away/start": "/away/end", "/away/end": "/away/end",
  ]
}

extension Field {
  /// What an upstream would fill in if it took a missing field for its default.
  fileprivate var filledInDefault: JSONValue? {
    if let schemaDefault { return schemaDefault }
    guard isNullable, access == .write else { return nil }
    return .null
  }
}
