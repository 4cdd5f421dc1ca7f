public import GatewayCore

/// A choice of heat pumps by what they show: all conditions hold. A field that a heat pump does not
/// show counts as absent.
public struct HeatPumpFilter: Sendable, Equatable {
  /// The conditions; their pointers name fields of the simplified heat pump.
  public let conditions: [RuleCondition]

  /// Creates a filter.
  public init(_ conditions: [RuleCondition]) {
    self.conditions = conditions
  }

  /// Whether a heat pump is chosen.
  public func admits(_ document: HeatPumpDocument) -> Bool {
    conditions.allSatisfy { condition in
      var shown = JSONObject()
      if let field = FieldTable.field(pointer: condition.pointer),
        let value = document.value(field)
      {
        shown.set(value, at: condition.pointer)
      }
      return condition.holds(for: EventBody(.object(shown)))
    }
  }

  /// Reads `{"/pause/active": false, "/readings/outdoor_temperature": {"less": 5}}`: a value to be
  /// equal to, or an object with one of the comparisons of rules.
  ///
  /// - Parameters:
  ///   - pointer: where the filter stands, for the findings.
  ///   - seesPersonalData: whether fields of personal data may be named.
  /// - Returns: the filter, and all that is wrong with it.
  public static func read(
    _ value: JSONValue, at pointer: String, seesPersonalData: Bool
  ) -> (filter: HeatPumpFilter, findings: [GatewayFault.FieldError]) {
    guard let object = value.object, !object.isEmpty else {
      let finding = GatewayFault.FieldError(
        pointer: pointer, code: "wrong_type",
        detail: "must be an object of fields' pointers with at least one member")
      return (HeatPumpFilter([]), [finding])
    }
    var conditions: [RuleCondition] = []
    var findings: [GatewayFault.FieldError] = []
    for (name, test) in object.members {
      let place = pointer + pointerStep(name)
      guard let field = FieldTable.field(pointer: name), seesPersonalData || !field.isPersonal
      else {
        findings.append(
          .init(pointer: place, code: "unknown_field", detail: "is no field of a heat pump"))
        continue
      }
      if let test = RuleCondition.Test(json: test) {
        conditions.append(RuleCondition(pointer: field.pointer, test: test))
      } else {
        findings.append(
          .init(
            pointer: place, code: "wrong_type",
            detail: "must be a value, or an object with one of equals, not_equals, in, less, "
              + "greater, exists"))
      }
    }
    return (HeatPumpFilter(conditions), findings)
  }
}

extension RuleCondition.Test {
  /// Reads a plain value, or an object of one comparison; `nil` for anything else.
  fileprivate init?(json: JSONValue) {
    guard let object = json.object else {
      guard json.array == nil else { return nil }
      self = .equals(json)
      return
    }
    guard object.count == 1, let (name, value) = object.members.first else { return nil }
    switch name {
    case "equals": self = .equals(value)
    case "not_equals": self = .notEquals(value)
    case "in":
      guard let values = value.array else { return nil }
      self = .isIn(values)
    case "less", "greater":
      guard let number = value.number else { return nil }
      self = name == "less" ? .less(number) : .greater(number)
    case "exists":
      guard let exists = value.bool else { return nil }
      self = .exists(exists)
    default: return nil
    }
  }
}
