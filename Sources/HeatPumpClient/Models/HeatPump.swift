public import Foundation

/// A heat pump as the gateway shows it: settings, readings and what is known about them.
///
/// Everything but ``id`` may be absent: what `fields` left out, what the app may not see (personal
/// data), and what the upstream did not say. Temperatures are in °C, power in W, energy in kWh.
/// What each field means is in the OpenAPI document, at `#/components/schemas/HeatPump`.
public struct HeatPump: Sendable, Hashable, Codable, Identifiable {
  /// The heat pump's id, a UUID.
  public var id: String
  /// The id of the user whom it belongs to.
  public var userId: String?
  /// The organisation's name in the gateway's configuration.
  public var organisation: String?
  /// Its name in the gateway's configuration, if it has one.
  public var alias: String?
  /// How it is optimized.
  public var optimization: Optimization?
  /// Whether it is paused, and until when.
  public var pause: Pause?
  /// The away mode.
  public var away: Away?
  /// The heating of rooms.
  public var spaceHeating: SpaceHeating?
  /// The cooling of rooms.
  public var spaceCooling: Switch?
  /// The heating of a pool.
  public var poolHeating: Switch?
  /// Hot water.
  public var hotWater: HotWater?
  /// The heating policy.
  public var heatingPolicy: HeatingPolicy?
  /// The solar inverter.
  public var inverter: Inverter?
  /// The energy market.
  public var market: Market?
  /// The owner's words; personal data.
  public var comment: String?
  /// The id of the building.
  public var buildingId: String?
  /// What device it is.
  public var device: Device?
  /// The upstream's lifecycle of the device.
  public var lifecycle: Lifecycle?
  /// Connection, monitoring and steering.
  public var status: Status?
  /// What the device last reported.
  public var readings: Readings?
  /// Energy used.
  public var consumption: Consumption?
  /// How far steering may go.
  public var steering: Steering?
  /// Whose it is; personal data.
  public var owner: Owner?
  /// Links for the owner; personal data.
  public var links: Links?
  /// The id of the device at its maker's.
  public var externalDeviceId: String?
  /// When the upstream made it.
  public var createdAt: Date?
  /// When the upstream last changed it.
  public var updatedAt: Date?
  /// How far the readings can be trusted.
  public var freshness: Freshness?
  /// What was written and is not yet seen in a later observation of the device.
  public var pending: [PendingValue]?
}

extension HeatPump {
  /// How far readings can be trusted, judged by the device's own time.
  public struct Freshness: Sendable, Hashable, Codable {
    /// When the device was observed.
    public var observedAt: Date?
    /// How old that is.
    public var state: FreshnessState?
    /// How the upstream does.
    public var upstream: UpstreamState?
  }

  /// A value that was written and that the device does not show yet.
  public struct PendingValue: Sendable, Hashable, Codable {
    /// The field, as a JSON Pointer.
    public var pointer: String
    /// What was written.
    public var requested: AnyJSON
    /// Since when.
    public var since: Date
    /// The write.
    public var operationId: String
  }
}

/// How old a reading is.
public struct FreshnessState: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// Younger than 20 minutes.
  public static let live = FreshnessState(rawValue: "live")
  /// Younger than an hour.
  public static let ageing = FreshnessState(rawValue: "ageing")
  /// Older.
  public static let stale = FreshnessState(rawValue: "stale")
  /// Of no known age.
  public static let unknown = FreshnessState(rawValue: "unknown")
  /// The words that this client knows.
  public static let known = [live, ageing, stale, unknown]
}

/// How the upstream does, as the gateway sees it.
public struct UpstreamState: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// As usual.
  public static let ok = UpstreamState(rawValue: "ok")
  /// Some calls fail.
  public static let degraded = UpstreamState(rawValue: "degraded")
  /// It is not called, or there is no access token; reads come from memory.
  public static let down = UpstreamState(rawValue: "down")
  /// The words that this client knows.
  public static let known = [ok, degraded, down]
}
