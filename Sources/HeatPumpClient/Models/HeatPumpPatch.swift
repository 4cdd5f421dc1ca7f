/// A change of a heat pump's settings: what is not set stays as it is (RFC 7396).
///
/// ```swift
/// var patch = HeatPumpPatch()
/// patch.hotWater.standardTemperature = .to(50.5)
/// patch.pause.until = .to(nil)
/// ```
public struct HeatPumpPatch: Sendable, Hashable, Encodable {
  /// How it is optimized.
  public var optimization = Optimization()
  /// A pause.
  public var pause = Pause()
  /// The away mode.
  public var away = Away()
  /// The heating of rooms.
  public var spaceHeating = SpaceHeating()
  /// The cooling of rooms.
  public var spaceCooling = SpaceCooling()
  /// The heating of a pool.
  public var poolHeating = PoolHeating()
  /// Hot water.
  public var hotWater = HotWater()
  /// The heating policy.
  public var heatingPolicy = HeatingPolicy()
  /// The solar inverter.
  public var inverter = Inverter()
  /// The energy market.
  public var market = Market()
  /// A remark for people, at most 300 characters; shown only with `personal-data:read`.
  public var comment: Setting<String?> = .unchanged
  /// The building that the heat pump belongs to.
  public var buildingId: Setting<String?> = .unchanged
  /// What device it is.
  public var device = Device()
  /// The upstream's lifecycle of the device.
  public var lifecycle = Lifecycle()
  /// Connection, monitoring and steering.
  public var status = Status()
  /// Leaves everything as it is.
  public init() {}

  /// Whether it leaves everything as it is.
  public var isEmpty: Bool { self == HeatPumpPatch() }
}
