import GatewayCore

/// The rules of a patch; the raw value is the stable `code` of a finding in a problem's `errors`.
public enum PatchRule: String, Sendable, CaseIterable {
  /// The body is no object.
  case notAnObject = "not_an_object"
  /// There is no such field.
  case unknownField = "unknown_field"
  /// The field is only read.
  case readOnly = "read_only"
  /// `null` is no value of it; a group never takes it.
  case nullNotAllowed = "null_not_allowed"
  /// A value of another type.
  case wrongType = "wrong_type"
  /// A word that is not in the list.
  case notAllowedValue = "not_allowed_value"
  /// More characters than the upstream takes.
  case tooLong = "too_long"
  /// No RFC 3339 time.
  case invalidTime = "invalid_time"
  /// No ISO 8601 duration.
  case invalidDuration = "invalid_duration"
  /// No UUID.
  case invalidUUID = "invalid_uuid"
  /// A time that must lie in the future and doesn't.
  case inThePast = "in_the_past"
  /// Two values that don't go together.
  case contradiction
  /// A member that a command needs.
  case required
  /// A number outside its bounds.
  case outOfRange = "out_of_range"
  /// A time beyond its bound.
  case tooFarAhead = "too_far_ahead"
  /// The caller may not write the field.
  case forbiddenField = "forbidden_field"
  /// The caller may write the field, but not this value.
  case forbiddenValue = "forbidden_value"
}

/// All findings about one request, by the problem that they lead to.
struct PatchFindings {
  private(set) var forbidden: [GatewayFault.FieldError] = []
  private(set) var invalid: [GatewayFault.FieldError] = []
  private(set) var guardRail: [GatewayFault.FieldError] = []

  var isEmpty: Bool { forbidden.isEmpty && invalid.isEmpty && guardRail.isEmpty }

  mutating func add(_ pointer: String, _ rule: PatchRule, _ detail: String) {
    invalid.append(.init(pointer: pointer, code: rule.rawValue, detail: detail))
  }

  mutating func forbid(_ pointer: String, _ rule: PatchRule, _ detail: String) {
    forbidden.append(.init(pointer: pointer, code: rule.rawValue, detail: detail))
  }

  mutating func guardRail(_ pointer: String, _ rule: PatchRule, _ detail: String) {
    guardRail.append(.init(pointer: pointer, code: rule.rawValue, detail: detail))
  }

  /// Rewrites every pointer, for bodies whose members lie elsewhere than in the resource.
  func mapPointers(_ transform: (String) -> String) -> PatchFindings {
    func map(_ errors: [GatewayFault.FieldError]) -> [GatewayFault.FieldError] {
      errors.map {
        .init(pointer: transform($0.pointer), code: $0.code, detail: $0.detail)
      }
    }
    var mapped = PatchFindings()
    mapped.forbidden = map(forbidden)
    mapped.invalid = map(invalid)
    mapped.guardRail = map(guardRail)
    return mapped
  }

  mutating func append(_ other: PatchFindings) {
    forbidden += other.forbidden
    invalid += other.invalid
    guardRail += other.guardRail
  }

  /// The fault that the findings amount to: what is forbidden comes first, the rest after it.
  var fault: GatewayFault? {
    let errors = forbidden + invalid + guardRail
    if !forbidden.isEmpty {
      return GatewayFault(.forbidden, "The app may not write all of this.", errors: errors)
    }
    if !invalid.isEmpty {
      return GatewayFault(.invalidPatch, "The patch breaks the rules below.", errors: errors)
    }
    guard !guardRail.isEmpty else { return nil }
    return GatewayFault(
      .guardRail, "Values are outside the guard rails of the organisation.", errors: errors)
  }
}
