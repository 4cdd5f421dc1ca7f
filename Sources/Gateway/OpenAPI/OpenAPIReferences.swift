import GatewayCore

/// The components of a document, of which it is to hold those that something refers to.
struct OpenAPIReferences {
  private let kinds: [(kind: String, all: JSONObject)]

  init(_ kinds: [(kind: String, all: JSONObject)]) {
    self.kinds = kinds
  }

  /// What a value refers to, and what that refers to, by kind and in its order.
  func reached(from value: JSONValue) -> JSONObject {
    var reached: Set<String> = []
    var open = [value]
    while let next = open.popLast() {
      switch next {
      case .object(let object):
        if let reference = object["$ref"]?.string, reached.insert(reference).inserted,
          let target = target(reference)
        {
          open.append(target)
        }
        open += object.members.map(\.value)
      case .array(let elements): open += elements
      default: break
      }
    }
    return kinds.reduce(into: JSONObject()) { components, part in
      components[part.kind] = .object(
        part.all.members.reduce(into: JSONObject()) { kept, member in
          if reached.contains(Self.reference(part.kind, member.key)) {
            kept[member.key] = member.value
          }
        })
    }
  }

  private func target(_ reference: String) -> JSONValue? {
    for (kind, all) in kinds {
      let start = Self.reference(kind, "")
      if reference.hasPrefix(start) { return all[String(reference.dropFirst(start.count))] }
    }
    return nil
  }

  private static func reference(_ kind: String, _ name: String) -> String {
    "#/components/\(kind)/\(name)"
  }
}
