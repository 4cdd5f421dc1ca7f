public import GatewayCore

extension FieldTable {
  /// A representation as it is shown without `personal-data:read`, from one that was made with it.
  ///
  /// What the table doesn't know, as in a representation that an older release stored, is left out.
  public static func removingPersonalData(from representation: JSONValue) -> JSONValue {
    guard let object = representation.object else { return representation }
    return .object(shown(object, prefix: ""))
  }

  static func removingLinks(fromActions actions: JSONValue) -> JSONValue {
    guard let list = actions.array else { return actions }
    return .array(
      list.map { action in
        guard var object = action.object else { return action }
        object[personalActionMember] = nil
        return .object(object)
      })
  }

  private static func shown(_ object: JSONObject, prefix: String) -> JSONObject {
    var result = JSONObject()
    for (key, value) in object.members {
      let pointer = prefix + pointerStep(key)
      if isPersonal(pointer: pointer) { continue }
      if let field = field(pointer: pointer) {
        result[key] = shown(value, field.kind)
      } else if groupPointers.contains(pointer), let group = value.object {
        let members = shown(group, prefix: pointer)
        if !members.isEmpty { result[key] = .object(members) }
      }
    }
    return result
  }

  private static func shown(_ value: JSONValue, _ kind: FieldKind) -> JSONValue {
    switch kind {
    case .actions: return removingLinks(fromActions: value)
    case .pending:
      return .array(
        (value.array ?? []).filter { entry in
          entry["pointer"]?.string.map { !isPersonal(pointer: $0) } ?? false
        })
    default: return value
    }
  }
}
