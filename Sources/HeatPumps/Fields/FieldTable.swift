/// The heart of the mapping: one row per pointer of the simplified resource.
///
/// Reading, writing, checking, policies, events and the OpenAPI document all go by this table; a
/// new upstream field is one new row. Source: the upstream's reference of its update call; the two
/// answer fields beyond it, `is_forecasting_enabled` and `actions`, come from its list and detail
/// calls.
public enum FieldTable {
  /// All rows, in the order in which the resource shows them.
  public static let fields: [Field] = assemble(rows)

  /// The names of the resource's top-level members, in their order; `?fields=` takes these.
  public static let topLevelNames: [String] = {
    var names: [String] = []
    for field in fields where names.last != field.group ?? field.name {
      names.append(field.group ?? field.name)
    }
    return names
  }()

  /// The rows that somebody may write.
  public static let writableFields: [Field] = fields.filter(\.isWritable)

  /// The row at a pointer, such as `/pause/until`.
  public static func field(pointer: String) -> Field? {
    byPointer[pointer].map { fields[$0] }
  }

  /// The row that an update field writes; of `device_model`, which several rows share, the first.
  public static func field(updateField: String) -> Field? {
    byUpdateField[updateField]?.first.map { fields[$0] }
  }

  /// All rows that an update field writes.
  public static func fields(updateField: String) -> [Field] {
    (byUpdateField[updateField] ?? []).map { fields[$0] }
  }

  /// The names of the update fields, in the order of the rows.
  public static let updateFields: [String] = {
    var names: [String] = []
    for case let name? in fields.map(\.updateField) where !names.contains(name) {
      names.append(name)
    }
    return names
  }()

  /// Whether what stands at a pointer is shown only with `personal-data:read`. Knows groups
  /// (`/owner`) and places inside the list of actions, too.
  public static func isPersonal(pointer: String) -> Bool {
    if let field = field(pointer: pointer) { return field.isPersonal }
    if personalGroups.contains(where: { pointer == $0 || pointer.hasPrefix($0 + "/") }) {
      return true
    }
    return pointer.hasPrefix("/status/actions/")
      && pointer.hasSuffix("/" + personalActionMember)
  }

  static let personalGroups = ["/owner", "/links"]
  static let personalActionMember = "resolution_link"

  /// The pointers that have members of their own, such as `/pause` and `/device/type`.
  static let groupPointers: Set<String> = {
    var pointers: Set<String> = []
    for field in fields {
      let tokens = field.pointer.split(separator: "/")
      for length in 1..<max(1, tokens.count) {
        pointers.insert("/" + tokens.prefix(length).joined(separator: "/"))
      }
    }
    return pointers
  }()

  private static let byPointer = Dictionary(
    uniqueKeysWithValues: fields.map { ($0.pointer, $0.index) })
  private static let byUpdateField = Dictionary(
    grouping: fields.filter(\.isWritable).map(\.index), by: { fields[$0].updateField ?? "" })

  private static let rows =
    identityRows + settingRows + deviceRows + statusRows + observationRows + personalRows
    + closingRows

  private static func assemble(_ rows: [FieldRow]) -> [Field] {
    var slots: [[String]: Int] = [:]
    return rows.enumerated().map { index, row in
      var slot: Int?
      if !row.answer.isEmpty {
        slot = slots[row.answer] ?? slots.count
        slots[row.answer] = slot
      }
      let tokens = row.pointer.split(separator: "/").map(String.init)
      return Field(
        index: index, pointer: row.pointer, group: tokens.count > 1 ? tokens.first : nil,
        name: tokens.last ?? "", updateField: row.update.first, updatePath: row.update,
        answerPath: row.answer, kind: row.kind, isNullable: row.isNullable, access: row.access,
        isPersonal: row.isPersonal, eventClass: row.eventClass, schemaDefault: row.schemaDefault,
        summary: row.summary, slot: slot)
    }
  }
}
