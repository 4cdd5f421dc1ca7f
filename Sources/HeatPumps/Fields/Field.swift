public import GatewayCore

/// One row of the ``FieldTable``: all that is constant about one pointer of the simplified
/// resource.
///
/// A class, though a value in all but name: rows are handed on many times for each write, and a
/// copy of this many members would cost more than what is done with it.
public final class Field: Sendable, Hashable {
  /// The row's place in ``FieldTable/fields``.
  public let index: Int
  /// JSON Pointer (RFC 6901) in the simplified resource, such as `/pause/until`.
  public let pointer: String
  /// The top-level member it stands in, such as `pause`; `nil` for a top-level field.
  public let group: String?
  /// The last token of the pointer, such as `until`.
  public let name: String
  /// The update field that writes it; the `/device` rows share `device_model`. `nil`: read only.
  public let updateField: String?
  /// Where the update body takes it, such as `["device_model", "device_type", "short_name"]`; empty
  /// for a field that is read only.
  public let updatePath: [String]
  /// Where the upstream's answer has it, such as `["owner", "email"]`; empty for a member of the
  /// gateway's own.
  public let answerPath: [String]
  /// What values it has.
  public let kind: FieldKind
  /// Whether `null` is a value of it.
  public let isNullable: Bool
  /// Who may write it.
  public let access: FieldAccess
  /// Whether it is shown only with `personal-data:read`.
  public let isPersonal: Bool
  /// Which event a change of it belongs to.
  public let eventClass: EventClass
  /// The default that the update schema lists, in its simplified form; `nil` if it lists none.
  public let schemaDefault: JSONValue?
  /// One sentence for people, with the unit.
  public let summary: String

  /// Names the field in what is stored, whatever the table looks like when it is read: two bytes of
  /// the pointer's hash. A test holds them apart.
  let key: UInt16
  let slot: Int?
  /// The tokens of the pointer, which have no escapes.
  let path: [String]

  init(
    index: Int, pointer: String, group: String?, name: String, updateField: String?,
    updatePath: [String], answerPath: [String], kind: FieldKind, isNullable: Bool,
    access: FieldAccess, isPersonal: Bool, eventClass: EventClass, schemaDefault: JSONValue?,
    summary: String, slot: Int?
  ) {
    self.index = index
    self.pointer = pointer
    key = UInt16(truncatingIfNeeded: stableHash(Array(pointer.utf8)))
    self.group = group
    self.name = name
    self.updateField = updateField
    self.updatePath = updatePath
    self.answerPath = answerPath
    self.kind = kind
    self.isNullable = isNullable
    self.access = access
    self.isPersonal = isPersonal
    self.eventClass = eventClass
    self.schemaDefault = schemaDefault
    self.summary = summary
    self.slot = slot
    path = pointer.split(separator: "/").map(String.init)
  }

  /// Whether anybody may write it.
  public var isWritable: Bool { access != .readOnly }

  /// ``key`` in hexadecimal digits, four at the most: its name in stored settings, of which there
  /// are too many to spell pointers out.
  public var shortName: String { String(key, radix: 16) }

  /// Rows are equal if they stand at the same pointer.
  public static func == (left: Field, right: Field) -> Bool { left.index == right.index }

  /// Hashes the row's place.
  public func hash(into hasher: inout Hasher) { hasher.combine(index) }
}

/// What values a field has.
public enum FieldKind: Sendable, Hashable {
  /// `true` or `false`.
  case boolean
  /// A whole number.
  case integer
  /// A number whose digits are kept; the upstream may write it as a string.
  case decimal
  /// Text of at most so many Unicode code points, if there is a limit.
  case text(maximumLength: Int?)
  /// A point in time, RFC 3339 in UTC. The upstream's year 1 reads as `null`.
  case time
  /// A UUID.
  case uuid
  /// One of these words. Others are shown as they come, and refused on write.
  case enumeration([String])
  /// `low`, `mid` or `max`; the upstream writes `Low`, `Mid`, `Max`. Others read in lower case.
  case level
  /// The upstream's list of pending actions: objects with a `code` and further members.
  case actions
  /// The gateway's list of values that are written and not yet verified.
  case pending

  /// The words that may be written, for the kinds that have a list of them.
  public var allowedValues: [String]? {
    switch self {
    case .enumeration(let values): values
    case .level: ["low", "mid", "max"]
    default: nil
    }
  }
}

/// Who may write a field.
public enum FieldAccess: String, Sendable, CaseIterable {
  /// Nobody.
  case readOnly = "read-only"
  /// Who has `heat-pumps:write`.
  case write
  /// Who has `heat-pumps:admin`.
  case admin
}

/// Which event a change of a field belongs to.
public enum EventClass: String, Sendable, CaseIterable {
  /// `heat_pump.settings_changed`
  case settings
  /// `heat_pump.state_changed`: readings, consumption and modes.
  case state
  /// `heat_pump.status_changed`: connection, monitoring, steering.
  case status
  /// None: times of observation, identity, the gateway's own.
  case none
}
