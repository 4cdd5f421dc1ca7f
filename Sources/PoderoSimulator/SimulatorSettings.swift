public import GatewayCore

/// What the update call does with fields that the body does not name.
public enum PutMode: String, Sendable, CaseIterable {
  /// They stay as they are: what the vendor's guide says.
  case sparse
  /// They get the schema's defaults: what the vendor's schema can be read to say.
  case defaults
}

/// How answers show the fields that the reference gives no type.
public enum DecimalStyle: String, Sendable, CaseIterable {
  /// `21.50`
  case numbers
  /// `"21.50"`
  case strings
}

/// Which bodies the token endpoint takes.
public enum TokenBodyStyle: String, Sendable, CaseIterable {
  /// JSON and form-encoded.
  case both
  /// JSON only; a form is answered `unsupported_grant_type`.
  case json
  /// Form-encoded only (RFC 6749, section 4.4.2); JSON is answered `unsupported_grant_type`.
  case form
}

/// How a simulator is set up.
public struct SimulatorSettings: Sendable {
  /// The address to listen on. The control calls answer to loopback peers only, whatever it is.
  public var host = "127.0.0.1"
  /// The port to listen on; 0 lets the system choose.
  public var port = 0
  /// Threads that move bytes; at least 1.
  public var threads = 2

  /// The one organisation.
  public var organisationID = SimulatorSettings.defaultOrganisationID
  /// The client id of its application.
  public var clientID = "demo-client"
  /// The secrets that are accepted for it; several while a secret is being exchanged.
  public var clientSecrets = [Secret(SimulatorSettings.demoClientSecret)]

  /// How many users there are; `users` × `heatPumpsPerUser` is 1 through 10,000.
  public var users = 3
  /// How many heat pumps each of them has.
  public var heatPumpsPerUser = 2
  /// Where the differences between heat pumps and the weather come from.
  public var seed: UInt64 = 1

  /// What the update call does with fields that the body does not name.
  public var putMode = PutMode.sparse
  /// How answers show decimals.
  public var decimals = DecimalStyle.numbers
  /// Which bodies the token endpoint takes.
  public var tokenBody = TokenBodyStyle.both
  /// How long a token lives, in real time.
  public var tokenLifetime = Duration.seconds(36000)
  /// Whether token answers leave `expires_in` out.
  public var omitsExpiresIn = false

  /// The first simulated time; `nil` for the wall clock's time at the start.
  public var simulatedStart: Timestamp?
  /// Simulated seconds per real second; 0 or more.
  public var timeFactor = 1.0
  /// Simulated time between two refreshes of a device's state; at least one second.
  public var refreshInterval = Duration.seconds(300)

  /// How many received updates are kept; the oldest go first.
  public var updateLimit = 100_000
  /// The answer fields whose values are kept of every answer, by name; `nil` if no journal of calls
  /// is kept. It grows with every call.
  public var journalFields: [String]?
  /// Where real time comes from: token lifetimes and the simulated clock's pace.
  public var clock: any GatewayClock = SystemClock()

  /// The defaults.
  public init() {}

  /// The organisation unless another is set: `7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a11`.
  public static let defaultOrganisationID = ResourceID(
    high: 0x7d1f_0c9e_6a53_4c53, low: 0x9d5f_3f0a_7c0b_1a11)

  /// The client secret unless another is set: a value for demonstrations, and no secret at all.
  public static let demoClientSecret = "demo-secret"

  /// What is wrong with the settings; `nil` if nothing is.
  public var problem: String? {
    if users < 1 || heatPumpsPerUser < 0 { return "at least one user is needed" }
    if users.multipliedReportingOverflow(by: max(1, heatPumpsPerUser)).overflow
      || users * max(1, heatPumpsPerUser) > 10_000
    {
      return "users × heat pumps per user is at most 10,000"
    }
    if !(0...1_000_000).contains(timeFactor) { return "the time factor is 0 through 1,000,000" }
    if refreshInterval < .seconds(1) { return "the refresh interval is at least one second" }
    if !(0...65535).contains(port) { return "the port is 0 through 65535" }
    if tokenLifetime <= .zero { return "the token lifetime is more than zero" }
    if threads < 1 || updateLimit < 1 { return "threads and update limit are at least 1" }
    return nil
  }
}
