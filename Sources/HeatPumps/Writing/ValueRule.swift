import GatewayCore

/// Checks one new value by its field's kind and gives it its one simplified spelling.
enum ValueRule {
  struct Finding: Error {
    let rule: PatchRule
    let detail: String
  }

  static func check(
    _ field: Field, _ value: JSONValue, now: Timestamp
  ) -> Result<JSONValue, Finding> {
    if value.isNull {
      return field.isNullable
        ? .success(.null) : fail(.nullNotAllowed, "must not be null")
    }
    switch field.kind {
    case .boolean:
      return value.bool == nil ? fail(.wrongType, "must be a boolean") : .success(value)
    case .integer:
      guard let integer = value.integer else {
        return fail(.wrongType, "must be a whole number")
      }
      return .success(.number(ExactDecimal(integer)))
    case .decimal:
      return value.number == nil ? fail(.wrongType, "must be a number") : .success(value)
    case .text, .enumeration, .level, .time, .uuid:
      guard let text = value.string else { return fail(.wrongType, "must be a string") }
      return check(field, text, now: now)
    case .actions, .pending: return fail(.readOnly, "is only read")
    }
  }

  private static func check(
    _ field: Field, _ text: String, now: Timestamp
  ) -> Result<JSONValue, Finding> {
    switch field.kind {
    case .text(let maximumLength):
      // The upstream counts code points, as Python does.
      if let maximumLength, text.unicodeScalars.count > maximumLength {
        return fail(.tooLong, "must have at most \(maximumLength) characters")
      }
      if text.unicodeScalars.contains("\0") {
        return fail(.notAllowedValue, "must not hold the character U+0000")
      }
    case .time: return time(field, text, now: now)
    case .uuid:
      guard let id = ResourceID(text) else { return fail(.invalidUUID, "must be a UUID") }
      return .success(.string(id.description))
    default:
      guard let allowed = field.kind.allowedValues, allowed.contains(text) else {
        let words = (field.kind.allowedValues ?? []).joined(separator: ", ")
        return fail(.notAllowedValue, "must be one of \(words)")
      }
    }
    return .success(.string(text))
  }

  private static func time(
    _ field: Field, _ text: String, now: Timestamp
  ) -> Result<JSONValue, Finding> {
    // The year 1 would come back as null.
    guard let time = Timestamp(rfc3339: text), !time.meansNever else {
      return fail(.invalidTime, "must be an RFC 3339 time, such as 2026-12-24T18:00:00Z")
    }
    if field.pointer == "/pause/until", time <= now {
      return fail(.inThePast, "must lie in the future")
    }
    return .success(.string(time.description))
  }

  private static func fail(_ rule: PatchRule, _ detail: String) -> Result<JSONValue, Finding> {
    .failure(Finding(rule: rule, detail: detail))
  }
}
