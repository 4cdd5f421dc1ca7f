public import GatewayCore

/// How one organisation's API is called.
public struct UpstreamSettings: Sendable, Equatable {
  /// The organisation's id in every path.
  public var organisationID: ResourceID
  /// The API's base URL, with or without a slash at its end.
  public var apiBase: String
  /// How long connecting may take.
  public var connectTimeout: Duration = .seconds(3)
  /// How long one request may take, from connecting to the end of the answer.
  public var totalTimeout: Duration = .seconds(15)
  /// The budget: requests per second; a second's worth may go at once.
  public var requestsPerSecond: Double = 50
  /// The budget: requests under way at the same time.
  public var inFlight = 32
  /// How many calls may wait for the budget; beyond it the least important is turned away.
  public var waitingLimit = 1000
  /// A file of PEM certificates to trust in place of the system's.
  public var caFile: String?
  /// The largest answer that is read, in bytes.
  public var maximumBodyBytes = 8 << 20
  /// How many failures in a row open the breaker.
  public var breakerThreshold = 5
  /// The longest `Retry-After` that is obeyed.
  public var maximumRetryAfter: Duration = .seconds(300)
  /// The pause after a 429 that names none, moved by a fifth to either side.
  public var defaultRetryAfter: Duration = .seconds(5)
  /// How often a GET is sent again at most.
  public var readRetries = 2

  /// Creates settings with the usual values.
  public init(organisationID: ResourceID, apiBase: String) {
    self.organisationID = organisationID
    self.apiBase = apiBase
  }
}

extension UpstreamSettings {
  /// The settings of one of so many gateways that divide the budget equally.
  func share(of gateways: Int) -> UpstreamSettings {
    var settings = self
    settings.requestsPerSecond /= Double(gateways)
    settings.inFlight = max(1, inFlight / gateways)
    return settings
  }
}
