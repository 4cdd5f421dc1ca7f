public import GatewayCore

/// A checked change of a heat pump's settings: just the named fields, with their new values.
///
/// Absent, `null` and a value are three different things all the way up: what is not assigned here
/// never appears in an update body.
public struct HeatPumpPatch: Sendable, Equatable {
  /// One field and its new simplified value; `null` sets it to null.
  public struct Assignment: Sendable, Equatable {
    /// The field.
    public let field: Field
    /// The new value: times in UTC, ids in lower case, numbers digit by digit.
    public let value: JSONValue

    /// Creates an assignment; the value is not checked.
    init(_ field: Field, _ value: JSONValue) {
      self.field = field
      self.value = value
    }
  }

  /// What is assigned, in the order of the table; no field stands twice.
  public let assignments: [Assignment]

  init(_ assignments: [Assignment]) {
    self.assignments = assignments.sorted { $0.field.index < $1.field.index }
  }

  /// A patch that changes nothing.
  public static let empty = HeatPumpPatch([])

  /// Whether nothing is assigned.
  public var isEmpty: Bool { assignments.isEmpty }

  /// The pointers of the assigned fields, in the order of the table.
  public var changedPointers: [String] { assignments.map { $0.field.pointer } }

  /// The value assigned to a field; `nil` if it is not named.
  public func value(_ field: Field) -> JSONValue? {
    assignments.first { $0.field == field }?.value
  }

  /// The patch as a simplified merge patch, such as `{"pause": {"until": null}}`; reads back with
  /// ``init(stored:)``.
  public var body: JSONValue {
    var body = JSONObject()
    for assignment in assignments {
      body.set(assignment.value, at: assignment.field.path[...])
    }
    return .object(body)
  }

  /// The JSON text of ``body``.
  public var bodyText: [UInt8] {
    var text = JSONObjectText()
    assignments[...].append(to: &text, depth: 0)
    return text.closed()
  }

  /// Reads a patch that was checked before it was stored. Its values are not checked again: a time
  /// may have passed meanwhile, and a restored value may be one that nobody could write.
  ///
  /// - Throws: ``GatewayFault`` (`invalid-patch`) if it names what is no writable field.
  public init(stored body: JSONValue) throws(GatewayFault) {
    var assignments: [Assignment] = []
    guard let object = body.object, Self.read(object, of: .all, into: &assignments) else {
      throw GatewayFault(.invalidPatch, "The stored patch names no writable field.")
    }
    self.init(assignments)
  }

  /// - Returns: whether all names are those of writable fields.
  private static func read(
    _ object: JSONObject, of group: FieldGroup, into assignments: inout [Assignment]
  ) -> Bool {
    for (name, value) in object.members {
      switch (group[name], value) {
      case (.field(let field), _) where field.isWritable:
        assignments.append(Assignment(field, value))
      case (.group(let inner), .object(let object)):
        guard read(object, of: inner, into: &assignments) else { return false }
      default:
        return false
      }
    }
    return true
  }

  /// This patch and then a newer one, as one: the newest value of each field.
  ///
  /// Rules between two fields may be broken by the two together; ``check(against:)`` finds that.
  public func merged(with newer: HeatPumpPatch) -> HeatPumpPatch {
    HeatPumpPatch(assignments.filter { newer.value($0.field) == nil } + newer.assignments)
  }

  /// Puts fields back to what they were: the write that follows an upstream reset. A field that the
  /// document leaves out or has in a wrong type is not written.
  public init(restoring fields: [Field], from document: HeatPumpDocument) {
    let irregular = Set(document.irregularFields)
    self.init(
      Set(fields).compactMap { field in
        guard field.isWritable, !irregular.contains(field.answerPath.joined(separator: ".")),
          let value = document.value(field)
        else { return nil }
        return Assignment(field, value)
      })
  }

  /// Puts fields back to values that they once held; these are not checked. Fields that cannot be
  /// written are left out.
  public init(restoring values: [(field: Field, value: JSONValue)]) {
    self.init(
      values.compactMap { $0.field.isWritable ? Assignment($0.field, $0.value) : nil })
  }
}

extension ArraySlice<HeatPumpPatch.Assignment> {
  // Appends members that are alike in so many tokens of their pointers. Fields of one group stand
  // together in the table.
  fileprivate func append(to text: inout JSONObjectText, depth: Int) {
    var rest = self
    while let first = rest.first {
      let path = first.field.path
      if path.count == depth + 1 {
        text.append(path[depth], first.value)
        rest = rest.dropFirst()
      } else {
        let group = rest.prefix { $0.field.path[depth] == path[depth] }
        text.append(path[depth]) { group.append(to: &$0, depth: depth + 1) }
        rest = rest.dropFirst(group.count)
      }
    }
  }
}

extension JSONObject {
  /// Sets a member of nested objects, which are made as needed. The JSON Pointer to it is one of
  /// the field table's, which have no escapes.
  mutating func set(_ value: JSONValue, at pointer: String) {
    let path = pointer.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    set(value, at: path[...])
  }

  /// The same by the tokens of the pointer.
  mutating func set(_ value: JSONValue, at path: ArraySlice<String>) {
    guard let first = path.first else { return }
    guard path.count > 1 else { return self[first] = value }
    var inner = self[first]?.object ?? JSONObject()
    inner.set(value, at: path.dropFirst())
    self[first] = .object(inner)
  }
}
