public import GatewayCore

extension HeatPumpPatch {
  /// Checks a simplified merge patch (RFC 7396) in full and reports all that is wrong at once.
  ///
  /// - Parameters:
  ///   - body: the request's body; `{}` gives an empty patch.
  ///   - rules: what the caller may write.
  ///   - now: the time that "in the future" is measured from.
  /// - Throws: ``GatewayFault`` with all findings in `errors` (codes: ``PatchRule``): `forbidden`
  ///   if any is about scope or policy, otherwise `invalid-patch`, or `guard-rail` if nothing but
  ///   guard rails is broken.
  public static func validate(
    _ body: JSONValue, rules: WriteRules, now: Timestamp
  ) throws(GatewayFault) -> HeatPumpPatch {
    let (patch, findings) = examine(body, rules: rules, now: now)
    if let fault = findings.fault { throw fault }
    return patch
  }

  static func examine(
    _ body: JSONValue, rules: WriteRules, now: Timestamp
  ) -> (patch: HeatPumpPatch, findings: PatchFindings) {
    var examiner = PatchExaminer(rules: rules, now: now)
    if let object = body.object {
      examiner.walk(object, of: .all)
    } else {
      examiner.findings.add("", .notAnObject, "must be a JSON object")
    }
    return examiner.result
  }

  /// The same for values by the pointers of their fields, without a body around them.
  ///
  /// - Returns: `nil` if there is no such field, or a field stands twice.
  static func examine(
    _ values: [(place: String, value: JSONValue)], rules: WriteRules, now: Timestamp
  ) -> (patch: HeatPumpPatch, findings: PatchFindings)? {
    var examiner = PatchExaminer(rules: rules, now: now)
    var seen: [Int] = []
    for (place, value) in values {
      guard let field = FieldTable.field(pointer: place), !seen.contains(field.index) else {
        return nil
      }
      seen.append(field.index)
      examiner.examine(field, value)
    }
    return examiner.result
  }
}

extension HeatPumpPatch {
  fileprivate static let pauseEnd = "/pause/until"

  /// Whether it switches the pause on and takes its end away.
  fileprivate var pausesWithoutEnd: Bool {
    func named(_ pointer: String) -> JSONValue? {
      assignments.first { $0.field.pointer == pointer }?.value
    }
    return named("/pause/active") == true && named(Self.pauseEnd) == .null
  }
}

/// Walks a patch and collects assignments and findings.
private struct PatchExaminer {
  let rules: WriteRules
  let now: Timestamp
  var findings = PatchFindings()
  var assignments: [HeatPumpPatch.Assignment] = []

  init(rules: WriteRules, now: Timestamp) {
    self.rules = rules
    self.now = now
    if !rules.mayWrite && !rules.mayAdmin {
      findings.forbid(
        "", .forbiddenField, "needs the scope heat-pumps:write or heat-pumps:admin")
    }
  }

  /// The patch with all that is wrong with it, once all fields have been looked at.
  var result: (patch: HeatPumpPatch, findings: PatchFindings) {
    var examiner = self
    let patch = HeatPumpPatch(assignments)
    for finding in patch.contradictions(with: nil) {
      examiner.findings.add(finding.pointer, .contradiction, finding.detail)
    }
    if patch.pausesWithoutEnd { examiner.refuseEndlessPause() }
    return (patch, examiner.findings)
  }

  mutating func walk(_ object: JSONObject, of group: FieldGroup) {
    for (key, value) in object.members {
      switch (group[key], value) {
      case (.field(let field), _): examine(field, value)
      case (.group(let inner), .object(let object)): walk(object, of: inner)
      case (.group(let inner), .null):
        findings.add(inner.pointer, .nullNotAllowed, "is a group; name its members")
      case (.group(let inner), _):
        findings.add(inner.pointer, .wrongType, "must be an object")
      case (nil, _):
        findings.add(
          group.pointer + pointerStep(key), .unknownField, "is no field of a heat pump")
      }
    }
  }

  mutating func examine(_ field: Field, _ value: JSONValue) {
    let pointer = field.pointer
    guard field.isWritable else {
      return findings.add(pointer, .readOnly, "is only read")
    }
    checkAccess(field)
    switch ValueRule.check(field, value, now: now) {
    case .failure(let finding):
      findings.add(pointer, finding.rule, finding.detail)
    case .success(let simplified):
      assignments.append(.init(field, simplified))
      if let bounds = rules.fieldPolicy?[pointer],
        let violation = bounds.violation(simplified, now: now)
      {
        findings.forbid(pointer, .forbiddenValue, violation.detail + " for this app")
      }
      if let violation = rules.guardRails[pointer]?.violation(simplified, now: now) {
        findings.guardRail(pointer, violation.code, violation.detail)
      }
    }
  }

  /// A pause without an end passes whatever bound there is on its end, though no value does.
  mutating func refuseEndlessPause() {
    let pointer = HeatPumpPatch.pauseEnd
    let detail = { (bound: Duration) in
      "must be at most \(bound.iso8601) ahead, so a pause without an end is too long"
    }
    if let bound = rules.fieldPolicy?[pointer]?.maximumAhead {
      findings.forbid(pointer, .forbiddenValue, detail(bound) + " for this app")
    }
    if let bound = rules.guardRails[pointer]?.maximumAhead {
      findings.guardRail(pointer, .tooFarAhead, detail(bound))
    }
  }

  private mutating func checkAccess(_ field: Field) {
    if field.access == .write && !rules.mayWrite {
      findings.forbid(field.pointer, .forbiddenField, "needs the scope heat-pumps:write")
    } else if field.access == .admin && !rules.mayAdmin {
      findings.forbid(field.pointer, .forbiddenField, "needs the scope heat-pumps:admin")
    } else if let policy = rules.fieldPolicy, policy[field.pointer] == nil {
      findings.forbid(field.pointer, .forbiddenField, "is not among the fields of this app")
    }
  }
}
