public import GatewayCore

/// Two fields of which one must not pass the other.
struct OrderedPair: Sendable {
  let lower: Field
  let upper: Field
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
  ].compactMap(\.self)

  private init?(lower: String, upper: String, allowsEqual: Bool, detail: String) {
    guard let lower = FieldTable.field(pointer: lower), let upper = FieldTable.field(pointer: upper)
    else { return nil }
    self.lower = lower
    self.upper = upper
    self.allowsEqual = allowsEqual
    self.detail = detail
  }

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
      switch (value(pair.lower), value(pair.upper)) {
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
      let (lower, upper) = (value(pair.lower), value(pair.upper))
      guard lower != nil || upper != nil,
        pair.isBroken(
          lower ?? current?.value(pair.lower), upper ?? current?.value(pair.upper))
      else { return nil }
      return ((upper != nil ? pair.upper : pair.lower).pointer, pair.detail)
    }
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
