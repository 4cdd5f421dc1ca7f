public import Foundation

extension HeatPumpPatch {
  /// How it is optimized.
  public struct Optimization: PatchGroup {
    /// Whether the heat pump is optimized.
    public var enabled: Setting<Bool> = .unchanged
    /// How strongly the heat pump is optimized.
    public var level: Setting<String?> = .unchanged
    /// How well the heat pump can be optimized, as the upstream rates it.
    public var score: Setting<Decimal?> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// A pause.
  public struct Pause: PatchGroup {
    /// When the pause ends; must lie in the future when written.
    public var until: Setting<Date?> = .unchanged
    /// Whether the heat pump is paused.
    public var active: Setting<Bool> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// The away mode.
  public struct Away: PatchGroup {
    /// Whether the away mode is on.
    public var enabled: Setting<Bool?> = .unchanged
    /// When the absence begins.
    public var start: Setting<Date?> = .unchanged
    /// When the absence ends; after its start.
    public var end: Setting<Date?> = .unchanged
    /// The lowest room temperature during an absence, in °C.
    public var minimumTemperature: Setting<Decimal?> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// The heating of rooms.
  public struct SpaceHeating: PatchGroup {
    /// Whether rooms are heated.
    public var enabled: Setting<Bool?> = .unchanged
    /// The lowest room temperature, in °C; not above the maximum.
    public var minimumTemperature: Setting<Decimal?> = .unchanged
    /// The highest room temperature, in °C; not below the minimum.
    public var maximumTemperature: Setting<Decimal?> = .unchanged
    /// What is added to the target room temperature, in °C.
    public var targetOffset: Setting<Decimal?> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// The cooling of rooms.
  public struct SpaceCooling: PatchGroup {
    /// Whether rooms are cooled.
    public var enabled: Setting<Bool?> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// The heating of a pool.
  public struct PoolHeating: PatchGroup {
    /// Whether the pool is heated.
    public var enabled: Setting<Bool?> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// Hot water.
  public struct HotWater: PatchGroup {
    /// Whether hot water is made.
    public var enabled: Setting<Bool?> = .unchanged
    /// The usual hot-water temperature, in °C; not below the minimum.
    public var standardTemperature: Setting<Decimal?> = .unchanged
    /// The lowest hot-water temperature, in °C; not above the usual one.
    public var minimumTemperature: Setting<Decimal?> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// The heating policy.
  public struct HeatingPolicy: PatchGroup {
    /// Whether the heating policy is followed.
    public var enabled: Setting<Bool?> = .unchanged
    /// The name of the heating policy, at most 100 characters.
    public var name: Setting<String?> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// The solar inverter.
  public struct Inverter: PatchGroup {
    /// Whether surplus solar power may force the heat pump on.
    public var forcedModeEnabled: Setting<Bool> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// The energy market.
  public struct Market: PatchGroup {
    /// The electricity market's price zone.
    public var priceZone: Setting<String> = .unchanged
    /// Whether the heat pump takes part in trading.
    public var tradingEnabled: Setting<Bool> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// What device it is.
  public struct Device: PatchGroup {
    /// The manufacturer's name.
    public var manufacturer: Setting<String> = .unchanged
    /// The model's name.
    public var model: Setting<String> = .unchanged
    /// The model's year.
    public var year: Setting<Int?> = .unchanged
    /// Its kind.
    public var type = Kind()
    /// The manufacturer's cloud that the device is reached through.
    public var cloudServiceId: Setting<String?> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// The kind of a device.
  public struct Kind: PatchGroup {
    /// The short name of the kind of device.
    public var shortName: Setting<String> = .unchanged
    /// The full name of the kind of device.
    public var longName: Setting<String> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// The upstream's lifecycle of the device.
  public struct Lifecycle: PatchGroup {
    /// How far the device's connection has come, at most 20 characters.
    public var state: Setting<String> = .unchanged
    /// What is wrong when the lifecycle state is an error.
    public var error: Setting<String?> = .unchanged
    /// When the device was deleted; writing a time removes the customer's device.
    public var deletedAt: Setting<Date?> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }

  /// Connection, monitoring and steering.
  public struct Status: PatchGroup {
    /// What the device is steered to at present, at most 20 characters.
    public var steeringState: Setting<String> = .unchanged
    /// When the upstream last monitored the device.
    public var lastMonitoredAt: Setting<Date?> = .unchanged
    /// Leaves everything as it is.
    public init() {}
  }
}
