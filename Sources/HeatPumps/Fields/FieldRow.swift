import GatewayCore

/// A row as it is written down, before it gets its place.
struct FieldRow {
  let pointer: String
  var update: [String] = []
  let answer: [String]
  let kind: FieldKind
  var isNullable = true
  var access = FieldAccess.readOnly
  var isPersonal = false
  var eventClass = EventClass.none
  var schemaDefault: JSONValue?
  let summary: String

  /// A setting whose update and answer field have the same name.
  static func setting(
    _ pointer: String, _ name: String, _ kind: FieldKind, nullable: Bool = true,
    access: FieldAccess = .write, personal: Bool = false, event: EventClass = .settings,
    default schemaDefault: JSONValue? = nil, _ summary: String
  ) -> FieldRow {
    FieldRow(
      pointer: pointer, update: [name], answer: [name], kind: kind, isNullable: nullable,
      access: access, isPersonal: personal, eventClass: event, schemaDefault: schemaDefault,
      summary: summary)
  }

  /// A part of the device model, which is written as a whole.
  static func device(
    _ pointer: String, update: [String], answer: [String]? = nil, _ kind: FieldKind,
    nullable: Bool = false, _ summary: String
  ) -> FieldRow {
    FieldRow(
      pointer: pointer, update: ["device_model"] + update,
      answer: ["device_model"] + (answer ?? update), kind: kind, isNullable: nullable,
      access: .admin, eventClass: .settings, summary: summary)
  }

  /// A value that is only read.
  static func reading(
    _ pointer: String, _ answer: String..., kind: FieldKind = .decimal, nullable: Bool = true,
    personal: Bool = false, event: EventClass = .none, _ summary: String
  ) -> FieldRow {
    FieldRow(
      pointer: pointer, answer: answer, kind: kind, isNullable: nullable, isPersonal: personal,
      eventClass: event, summary: summary)
  }

  /// A member of the gateway's own.
  static func own(
    _ pointer: String, _ kind: FieldKind, nullable: Bool, _ summary: String
  ) -> FieldRow {
    FieldRow(pointer: pointer, answer: [], kind: kind, isNullable: nullable, summary: summary)
  }
}
