public import Foundation

extension HeatPump {
  /// Something that is on or off.
  public struct Switch: Sendable, Hashable, Codable {
    /// Whether it is on.
    public var enabled: Bool?
  }

  /// How it is optimized.
  public struct Optimization: Sendable, Hashable, Codable {
    /// Whether the heat pump is optimized.
    public var enabled: Bool?
    /// How strongly the heat pump is optimized.
    public var level: String?
    /// How well the heat pump can be optimized, as the upstream rates it.
    public var score: Decimal?
    /// The mode that the optimization has chosen at present, such as min, low, mid or max.
    public var currentMode: String?
  }

  /// A pause.
  public struct Pause: Sendable, Hashable, Codable {
    /// When the pause ends; must lie in the future when written.
    public var until: Date?
    /// Whether the heat pump is paused.
    public var active: Bool?
  }

  /// The away mode.
  public struct Away: Sendable, Hashable, Codable {
    /// Whether the away mode is on.
    public var enabled: Bool?
    /// When the absence begins.
    public var start: Date?
    /// When the absence ends; after its start.
    public var end: Date?
    /// The lowest room temperature during an absence, in °C.
    public var minimumTemperature: Decimal?
    /// When the away mode was last changed.
    public var updatedAt: Date?
  }

  /// The heating of rooms.
  public struct SpaceHeating: Sendable, Hashable, Codable {
    /// Whether rooms are heated.
    public var enabled: Bool?
    /// The lowest room temperature, in °C; not above the maximum.
    public var minimumTemperature: Decimal?
    /// The highest room temperature, in °C; not below the minimum.
    public var maximumTemperature: Decimal?
    /// What is added to the target room temperature, in °C.
    public var targetOffset: Decimal?
  }

  /// Hot water.
  public struct HotWater: Sendable, Hashable, Codable {
    /// Whether hot water is made.
    public var enabled: Bool?
    /// The usual hot-water temperature, in °C; not below the minimum.
    public var standardTemperature: Decimal?
    /// The lowest hot-water temperature, in °C; not above the usual one.
    public var minimumTemperature: Decimal?
  }

  /// The heating policy.
  public struct HeatingPolicy: Sendable, Hashable, Codable {
    /// Whether the heating policy is followed.
    public var enabled: Bool?
    /// The name of the heating policy, at most 100 characters.
    public var name: String?
    /// When the heating policy was last changed.
    public var updatedAt: Date?
  }

  /// The solar inverter.
  public struct Inverter: Sendable, Hashable, Codable {
    /// Whether surplus solar power may force the heat pump on.
    public var forcedModeEnabled: Bool?
    /// Whether solar power forces the heat pump on at present.
    public var forcedModeActive: Bool?
    /// Since when solar power has forced the heat pump on.
    public var forcedModeSince: Date?
    /// From which solar power on the heat pump is forced on, in W.
    public var minimumSolarPowerW: Int?
  }

  /// The energy market.
  public struct Market: Sendable, Hashable, Codable {
    /// The electricity market's price zone.
    public var priceZone: String?
    /// Whether the heat pump takes part in trading.
    public var tradingEnabled: Bool?
    /// Whether the consumption is forecast; absent where the upstream leaves it out.
    public var forecastingEnabled: Bool?
  }
}
