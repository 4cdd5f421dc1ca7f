public import GatewayCore

/// Limits for the values of one pointer; `nil` means no limit on that side.
public struct ValueBounds: Sendable, Equatable {
  /// The smallest number allowed.
  public var minimum: ExactDecimal?
  /// The largest number allowed.
  public var maximum: ExactDecimal?
  /// How far a time may lie in the future.
  public var maximumAhead: Duration?

  /// Creates limits.
  public init(
    minimum: ExactDecimal? = nil, maximum: ExactDecimal? = nil, maximumAhead: Duration? = nil
  ) {
    self.minimum = minimum
    self.maximum = maximum
    self.maximumAhead = maximumAhead
  }

  /// Whether nothing is limited.
  public var isUnlimited: Bool { self == ValueBounds() }
}
