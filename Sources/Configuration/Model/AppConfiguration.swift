public import GatewayCore
public import HeatPumps

/// `apps[]`: an internal caller and what it may do.
public struct AppConfiguration: Sendable, Equatable {
  /// The name, unique among apps.
  public var name: String
  /// The name of its one organisation.
  public var organisation: String
  /// Its keys; several let them rotate without a gap. At least one, unless there are ``tokens`` or
  /// ``certificates``.
  public var keys: [AppKey]
  /// The access tokens that are its own; none by default.
  public var tokens: [AppToken] = []
  /// The client certificates that are its own; none by default.
  public var certificates: [AppCertificate] = []
  /// What it may do; nothing by default.
  public var scopes: Set<Scope> = []
  /// Whose heat pumps it may touch; nobody's by default.
  public var users = AllowList<ResourceID>.only([])
  /// Which heat pumps it may touch, aliases already resolved to ids; none by default.
  public var heatPumps = AllowList<ResourceID>.only([])
  /// The pointers that it may write, with limits; everything that its scopes allow if `nil`.
  public var mayWrite: [String: FieldBounds]?
  /// Its rate limit; none if `nil`.
  public var rate: RateConfiguration?

  /// Creates an app that may do nothing yet.
  public init(name: String, organisation: String, keys: [AppKey]) {
    self.name = name
    self.organisation = organisation
    self.keys = keys
  }
}

/// `apps[].keys[]`: one API key.
public struct AppKey: Sendable, Equatable {
  /// The key's SHA-256.
  public var hash: KeyHash
  /// When it ends; never if `nil`.
  public var expires: Timestamp?

  /// Creates a key.
  public init(hash: KeyHash, expires: Timestamp? = nil) {
    self.hash = hash
    self.expires = expires
  }
}

/// `apps[].scopes[]`: a right.
public enum Scope: String, Sendable, CaseIterable {
  /// Read heat pumps.
  case heatPumpsRead = "heat-pumps:read"
  /// Write their settings.
  case heatPumpsWrite = "heat-pumps:write"
  /// Write life cycle and internal fields.
  case heatPumpsAdmin = "heat-pumps:admin"
  /// See personal data.
  case personalDataRead = "personal-data:read"
  /// Read events.
  case eventsRead = "events:read"
  /// Manage subscriptions.
  case subscriptionsWrite = "subscriptions:write"
  /// Run fleet jobs.
  case jobsWrite = "jobs:write"
}

/// `apps[].rate`: a token bucket.
public struct RateConfiguration: Sendable, Equatable {
  /// How many requests per second, on average.
  public var requestsPerSecond: ExactDecimal
  /// How many at once; twice the rate, rounded up, if the file sets none.
  public var burst: Int

  /// Creates a limit.
  public init(requestsPerSecond: ExactDecimal, burst: Int) {
    self.requestsPerSecond = requestsPerSecond
    self.burst = burst
  }

  static func defaultBurst(for rate: ExactDecimal) -> Int {
    max(1, Int((rate.approximate * 2).rounded(.up)))
  }
}

/// `heat_pumps[]`: a heat pump with a name for people.
public struct HeatPumpConfiguration: Sendable, Equatable {
  /// The name, unique within the organisation, never of a UUID's form.
  public var alias: String
  /// The name of its organisation.
  public var organisation: String
  /// The owner's id.
  public var userID: ResourceID
  /// Its own id.
  public var heatPumpID: ResourceID

  /// Creates an entry.
  public init(alias: String, organisation: String, userID: ResourceID, heatPumpID: ResourceID) {
    self.alias = alias
    self.organisation = organisation
    self.userID = userID
    self.heatPumpID = heatPumpID
  }
}
