public import GatewayCore

/// How far a value may go; a bound that is `nil` does not count.
public struct FieldBounds: Sendable, Hashable {
  /// The smallest number.
  public var minimum: ExactDecimal?
  /// The largest number.
  public var maximum: ExactDecimal?
  /// How far a time may lie ahead of now. For `/pause/until` it refuses a pause without an end too.
  public var maximumAhead: Duration?

  /// Creates bounds; without any, every value passes.
  public init(
    minimum: ExactDecimal? = nil, maximum: ExactDecimal? = nil, maximumAhead: Duration? = nil
  ) {
    self.minimum = minimum
    self.maximum = maximum
    self.maximumAhead = maximumAhead
  }

  /// Whether nothing is limited.
  public var isUnlimited: Bool { self == FieldBounds() }

  /// What a value breaks: a stable code and a sentence. `null` and other kinds pass.
  func violation(_ value: JSONValue, now: Timestamp) -> (code: PatchRule, detail: String)? {
    if let number = value.number {
      if let minimum, number < minimum { return (.outOfRange, "must be at least \(minimum)") }
      if let maximum, maximum < number { return (.outOfRange, "must be at most \(maximum)") }
    }
    if let maximumAhead, let text = value.string, let time = Timestamp(rfc3339: text),
      now + maximumAhead < time
    {
      return (.tooFarAhead, "must be at most \(maximumAhead.iso8601) ahead")
    }
    return nil
  }
}

/// What one caller may write, by scopes, policy and guard rails.
public struct WriteRules: Sendable {
  /// Whether the caller has `heat-pumps:write`.
  public var mayWrite: Bool
  /// Whether the caller has `heat-pumps:admin`.
  public var mayAdmin: Bool
  /// The app's `may_write`: the pointers that it may write, and how far. `nil` for all.
  public var fieldPolicy: [String: FieldBounds]?
  /// The organisation's guard rails, by pointer.
  public var guardRails: [String: FieldBounds]

  /// Creates rules.
  public init(
    mayWrite: Bool, mayAdmin: Bool, fieldPolicy: [String: FieldBounds]? = nil,
    guardRails: [String: FieldBounds] = [:]
  ) {
    self.mayWrite = mayWrite
    self.mayAdmin = mayAdmin
    self.fieldPolicy = fieldPolicy
    self.guardRails = guardRails
  }

  /// What a hook's rules may write: what people set, within the guard rails, and no internal
  /// fields.
  public static func hook(guardRails: [String: FieldBounds]) -> WriteRules {
    WriteRules(mayWrite: true, mayAdmin: false, guardRails: guardRails)
  }

  /// Every scope, no policy, no guard rails.
  public static let unrestricted = WriteRules(mayWrite: true, mayAdmin: true)
}
