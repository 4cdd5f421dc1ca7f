public import GatewayCore

/// Two fields of which one must not pass the other.
struct OrderedPair: Sendable {
  let lower: String
  let upper: String
  let allowsEqual: Bool
  let detail: String

  static let all = [
    OrderedPair(
      lower: "/away/start", upper: "/away/end", allowsEqual: false,
      detail: "the absence must end after its start"),
    OrderedPair(
      lower: "/space_heating/minimum_temperature", upper: "/space_heating/maximum_temperature",
      allowsEqual: true, detail: "the minimum must not be above the maximum"),
    OrderedPair(
      lower: "/hot_water/minimum_temperature", upper: "/hot_water/standard_temperature",
      allowsEqual: true, detail: "the standard temperature must not be below the minimum"),
  ]

  /// Whether both values are there and in the wrong order.
  func isBroken(_ lower: JSONValue?, _ upper: JSONValue?) -> Bool {
    if let lower = lower?.number, let upper = upper?.number {
      return allowsEqual ? upper < lower : upper <= lower
    }
    if let lower = lower?.string.flatMap({ Timestamp(rfc3339: $0) }),
      let upper = upper?.string.flatMap({ Timestamp(rfc3339: $0) })
    {
      return allowsEqual ? upper < lower : upper <= lower
    }
    return false
  }
}

extension HeatPumpPatch {
  /// Whether the present values are needed: to check a rule between a named field and one that is
  /// not named, or to complete a part of the device model, which the upstream takes as a whole.
  public var needsCurrent: Bool {
    if isPartialDeviceModel { return true }
    return OrderedPair.all.contains { pair in
      switch (named(pair.lower), named(pair.upper)) {
      case (let value?, nil), (nil, let value?): !value.isNull
      default: false
      }
    }
  }

  /// Checks the rules between two fields, taking what the patch doesn't name from the present
  /// values. A value that is `null` or left out breaks no rule.
  ///
  /// - Throws: ``GatewayFault`` (`invalid-patch`, code `contradiction`) with all broken rules.
  public func check(against current: HeatPumpDocument) throws(GatewayFault) {
    var findings = PatchFindings()
    for finding in contradictions(with: current) {
      findings.add(finding.pointer, .contradiction, finding.detail)
    }
    if let fault = findings.fault { throw fault }
  }

  /// The broken rules of which the patch names at least one side, each at a named field.
  func contradictions(
    with current: HeatPumpDocument?
  ) -> [(pointer: String, detail: String)] {
    OrderedPair.all.compactMap { pair in
      // Most patches name neither, and the rest costs more than the names.
      guard names(pair.lower) || names(pair.upper) else { return nil }
      let (lower, upper) = (named(pair.lower), named(pair.upper))
      let present = { (pointer: String) in
        FieldTable.field(pointer: pointer).flatMap { current?.value($0) }
      }
      guard pair.isBroken(lower ?? present(pair.lower), upper ?? present(pair.upper)) else {
        return nil
      }
      return (upper != nil ? pair.upper : pair.lower, pair.detail)
    }
  }

  private func names(_ pointer: String) -> Bool {
    assignments.contains { $0.field.pointer == pointer }
  }

  private func named(_ pointer: String) -> JSONValue? {
    FieldTable.field(pointer: pointer).flatMap { value($0) }
  }

  private var isPartialDeviceModel: Bool {
    let named = assignments.count { $0.field.updateField == FieldTable.deviceModel }
    return named > 0 && named < FieldTable.fields(updateField: FieldTable.deviceModel).count
  }
}

extension FieldTable {
  /// The one update field that several rows share.
  static let deviceModel = "device_model"
}
