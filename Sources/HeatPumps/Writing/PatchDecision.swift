public import GatewayCore

/// Which rule allows or refuses one value of a patch.
public struct PatchDecision: Sendable, Equatable {
  /// The rules, in the order in which they are asked.
  public enum Rule: String, Sendable, CaseIterable {
    /// The field's own: that it exists, can be written and takes the value.
    case field
    /// The app's scopes.
    case scope
    /// The app's `may_write`.
    case mayWrite = "may_write"
    /// The organisation's `guard_rails`.
    case guardRails = "guard_rails"
  }

  /// JSON Pointer (RFC 6901) into the patch; empty for the patch as a whole.
  public let pointer: String
  /// The rule that decides.
  public let rule: Rule
  /// Whether it allows.
  public let isAllowed: Bool
  /// A sentence for people.
  public let detail: String
}

extension HeatPumpPatch {
  /// Says of each value of a patch what decides about it: every rule that refuses it, or the last
  /// one that had to allow it.
  ///
  /// - Parameters:
  ///   - body: the patch, as ``validate(_:rules:now:)`` takes it.
  ///   - rules: what the caller may write.
  ///   - now: the time that "in the future" is measured from.
  public static func explain(
    _ body: JSONValue, rules: WriteRules, now: Timestamp
  ) -> [PatchDecision] {
    let (patch, findings) = examine(body, rules: rules, now: now)
    let refusals =
      findings.invalid.map { refusal($0, .field) }
      + findings.forbidden.map { refusal($0, rules.ruleBehind($0)) }
      + findings.guardRail.map { refusal($0, .guardRails) }
    let refused = Set(refusals.map(\.pointer))
    let permissions =
      refused.contains("")
      ? []
      : patch.assignments.filter {
        !refused.contains($0.field.pointer)
      }
    return refusals + permissions.map { rules.permission(of: $0.field) }
  }

  private static func refusal(
    _ finding: GatewayFault.FieldError, _ rule: PatchDecision.Rule
  ) -> PatchDecision {
    PatchDecision(pointer: finding.pointer, rule: rule, isAllowed: false, detail: finding.detail)
  }
}

extension WriteRules {
  fileprivate func ruleBehind(_ finding: GatewayFault.FieldError) -> PatchDecision.Rule {
    guard let field = FieldTable.field(pointer: finding.pointer) else { return .scope }
    return isInScope(field) ? .mayWrite : .scope
  }

  fileprivate func permission(of field: Field) -> PatchDecision {
    if guardRails[field.pointer] != nil {
      return PatchDecision(
        pointer: field.pointer, rule: .guardRails, isAllowed: true,
        detail: "is within the guard rails")
    }
    if fieldPolicy != nil {
      return PatchDecision(
        pointer: field.pointer, rule: .mayWrite, isAllowed: true,
        detail: "is among the fields and within the bounds of this app")
    }
    let scope = field.access == .admin ? "heat-pumps:admin" : "heat-pumps:write"
    return PatchDecision(
      pointer: field.pointer, rule: .scope, isAllowed: true, detail: "the app has \(scope)")
  }

  private func isInScope(_ field: Field) -> Bool {
    field.access == .admin ? mayAdmin : mayWrite
  }
}
