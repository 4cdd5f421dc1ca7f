public import Foundation

extension HeatPump {
  /// What device it is.
  public struct Device: Sendable, Hashable, Codable {
    /// The manufacturer's name.
    public var manufacturer: String?
    /// The model's name.
    public var model: String?
    /// The model's year.
    public var year: Int?
    /// Its kind.
    public var type: Kind?
    /// The manufacturer's cloud that the device is reached through.
    public var cloudServiceId: String?
    /// How to connect the device in the manufacturer's cloud.
    public var cloudServiceInstructions: String?
    /// Where to sign up for the manufacturer's cloud; shown only with `personal-data:read`.
    public var cloudServiceSignupLink: String?
  }

  /// The kind of a device.
  public struct Kind: Sendable, Hashable, Codable {
    /// The short name of the kind of device.
    public var shortName: String?
    /// The full name of the kind of device.
    public var longName: String?
  }

  /// The upstream's lifecycle of the device.
  public struct Lifecycle: Sendable, Hashable, Codable {
    /// How far the device's connection has come, at most 20 characters.
    public var state: String?
    /// What is wrong when the lifecycle state is an error.
    public var error: String?
    /// When the device was deleted; writing a time removes the customer's device.
    public var deletedAt: Date?
  }

  /// Connection, monitoring and steering.
  public struct Status: Sendable, Hashable, Codable {
    /// What the device is steered to at present, at most 20 characters.
    public var steeringState: String?
    /// When the upstream last monitored the device.
    public var lastMonitoredAt: Date?
    /// Whether the device is reached.
    public var connection: String?
    /// Whether the device is monitored.
    public var monitoring: String?
    /// Whether the device follows its steering.
    public var steering: String?
    /// Whether the upstream may use the manufacturer's cloud for the user.
    public var authenticated: Bool?
    /// Whether somebody must act before the device works normally again.
    public var actionNeeded: Bool?
    /// Whether the device needs a gateway in the house.
    public var needsGateway: Bool?
    /// What must be done, each with a `code`; `resolution_link` only with `personal-data:read`.
    public var actions: [Action]?
  }

  /// Something that somebody has to do.
  public struct Action: Sendable, Hashable, Codable {
    /// What must be done.
    public var code: String?
    /// Where it is done; shown only with `personal-data:read`.
    public var resolutionLink: String?
  }

  /// What the device last reported.
  public struct Readings: Sendable, Hashable, Codable {
    /// The electrical power drawn, in W.
    public var powerW: Int?
    /// What the device says it is doing.
    public var operationalMode: String?
    /// The room temperature, in °C.
    public var indoorTemperature: Decimal?
    /// The target room temperature, in °C.
    public var indoorTargetTemperature: Decimal?
    /// The outdoor temperature, in °C.
    public var outdoorTemperature: Decimal?
    /// The temperature of the water that comes back, in °C.
    public var inletTemperature: Decimal?
    /// The temperature of the water that goes out, in °C.
    public var outletTemperature: Decimal?
    /// The hot-water temperature, in °C.
    public var hotWaterTemperature: Decimal?
    /// When the device was last observed.
    public var updatedAt: Date?
  }

  /// Energy used.
  public struct Consumption: Sendable, Hashable, Codable {
    /// The energy used in the last day, in kWh.
    public var lastDayKwh: Decimal?
    /// The energy used in the last week, in kWh.
    public var lastWeekKwh: Decimal?
    /// The energy used in the last month, in kWh.
    public var lastMonthKwh: Decimal?
    /// When the consumption was last computed.
    public var updatedAt: Date?
  }

  /// How far steering may go.
  public struct Steering: Sendable, Hashable, Codable {
    /// By how much a slight steering step changes, in °C.
    public var slightChangeDelta: Int?
    /// By how much a large steering step changes, in °C.
    public var significantChangeDelta: Int?
  }

  /// Whose it is; personal data.
  public struct Owner: Sendable, Hashable, Codable {
    /// The owner's id.
    public var id: String?
    /// The owner's e-mail address.
    public var email: String?
    /// The owner's first name.
    public var firstName: String?
    /// The owner's last name.
    public var lastName: String?
    /// The owner's id in the organisation's own books.
    public var externalId: String?
  }

  /// Links for the owner; personal data.
  public struct Links: Sendable, Hashable, Codable {
    /// Address of an onboarding form that can be embedded.
    public var embeddableUrl: String?
    /// Address at which the user authorizes the upstream.
    public var authorizationUrl: String?
  }
}
