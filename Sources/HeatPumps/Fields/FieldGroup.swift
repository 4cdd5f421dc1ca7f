/// The rows by the names of members, level by level: a patch finds its fields there without a
/// pointer made for each.
struct FieldGroup: Sendable {
  /// What a name stands for.
  enum Member: Sendable {
    case field(Field)
    case group(FieldGroup)
  }

  /// All rows.
  static let all = FieldGroup(pointer: "", FieldTable.fields, depth: 0)

  /// The group's own pointer, such as `/pause`; empty for all rows.
  let pointer: String
  private let members: [String: Member]

  private init(pointer: String, _ fields: [Field], depth: Int) {
    self.pointer = pointer
    members = Dictionary(grouping: fields) { $0.path[depth] }.reduce(into: [:]) { members, entry in
      let (name, fields) = entry
      if let field = fields.first(where: { $0.path.count == depth + 1 }) {
        members[name] = .field(field)
      } else {
        members[name] = .group(
          FieldGroup(pointer: "\(pointer)/\(name)", fields, depth: depth + 1))
      }
    }
  }

  /// The member of that name; `nil` if there is none.
  subscript(name: String) -> Member? { members[name] }
}
