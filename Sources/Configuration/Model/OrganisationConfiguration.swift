public import GatewayCore
public import HeatPumps

/// `organisations[]`: an upstream organisation and how the gateway speaks for it.
public struct OrganisationConfiguration: Sendable, Equatable {
  /// The name that apps, hooks and heat pumps refer to.
  public var name: String
  /// The id that the upstream's paths carry.
  public var id: ResourceID
  /// The API base; always ends in `/`.
  public var apiBase = "https://app.podero.com/api/partners/v2.0/"
  /// The token endpoint.
  public var tokenURL = "https://app.podero.com/oauth2/token/"
  /// Whether `http://` is allowed beyond loopback; not by default.
  public var allowsInsecure = false
  /// How a token is asked for; `auto` by default.
  public var tokenRequest = TokenRequestForm.auto
  /// The client credentials in use.
  public var credentials: ClientCredentials
  /// A second slot, tried when the first is refused.
  public var nextCredentials: ClientCredentials?
  /// PEM certificates to trust in place of the system's.
  public var authorityFile: String?
  /// How updates are sent; `sparse` by default.
  public var writeMode = WriteMode.sparse
  /// What happens when the upstream fills in defaults; `restore` by default.
  public var resetPolicy = ResetPolicy.restore
  /// How long calls may take.
  public var timeouts = TimeoutConfiguration()
  /// How much may be asked of the upstream.
  public var budget = BudgetConfiguration()
  /// How long answers are served from memory.
  public var cache = FreshnessConfiguration()
  /// How often watched heat pumps are read; every 5 min by default.
  public var pollingInterval = Duration.seconds(300)
  /// Whether users and heat pumps are learned from the upstream.
  public var discovery = DiscoveryConfiguration()
  /// Limits that no write passes, by pointer. What a file sets for a pointer takes the place of
  /// that pointer's default; the others keep theirs.
  public var guardRails = OrganisationConfiguration.defaultGuardRails

  /// Creates an organisation with all defaults.
  public init(name: String, id: ResourceID, credentials: ClientCredentials) {
    self.name = name
    self.id = id
    self.credentials = credentials
  }

  /// Limits that hold for the pointers for which a file sets none: no scalding or freezing water
  /// and rooms, no pause beyond a day.
  public static let defaultGuardRails: [String: FieldBounds] = [
    "/hot_water/standard_temperature": FieldBounds(minimum: 30, maximum: 65),
    "/hot_water/minimum_temperature": FieldBounds(minimum: 5, maximum: 65),
    "/space_heating/minimum_temperature": FieldBounds(minimum: 5, maximum: 30),
    "/space_heating/maximum_temperature": FieldBounds(minimum: 5, maximum: 30),
    "/away/minimum_temperature": FieldBounds(minimum: 5, maximum: 30),
    "/pause/until": FieldBounds(maximumAhead: .seconds(86400)),
  ]
}

/// `organisations[].client_id` and `.client_secret`: one slot of OAuth client credentials.
public struct ClientCredentials: Sendable, Equatable {
  /// The client id.
  public var id: SecretReference
  /// The client secret.
  public var secret: SecretReference

  /// Creates a slot.
  public init(id: SecretReference, secret: SecretReference) {
    self.id = id
    self.secret = secret
  }
}

/// `organisations[].token_request`: the body of a token request.
public enum TokenRequestForm: String, Sendable, CaseIterable {
  /// JSON as the vendor documents it, then form-encoded if the server refuses it.
  case auto
  /// JSON always.
  case json
  /// Form-encoded always (RFC 6749, section 4.4.2).
  case form
}

/// `organisations[].write_mode`: what an update holds.
public enum WriteMode: String, Sendable, CaseIterable {
  /// Just the named fields.
  case sparse
  /// All fields, read just before, for an upstream that fills in defaults.
  case merge
}

/// `organisations[].on_reset`: what to do when the upstream changed fields that nobody named.
public enum ResetPolicy: String, Sendable, CaseIterable {
  /// Put them back at once.
  case restore
  /// Report only.
  case report
}

/// `organisations[].timeouts`: how long upstream calls may take.
public struct TimeoutConfiguration: Sendable, Equatable {
  /// Name look-up, connecting and TLS; 3 s by default.
  public var connect = Duration.seconds(3)
  /// The whole call; 15 s by default.
  public var total = Duration.seconds(15)

  /// The defaults.
  public init() {}
}

/// `organisations[].budget`: how much may be asked of the upstream.
public struct BudgetConfiguration: Sendable, Equatable {
  /// Calls per second, on average; 50 by default.
  public var requestsPerSecond: ExactDecimal = 50
  /// Calls at the same time; 32 by default.
  public var inFlight = 32

  /// The defaults.
  public init() {}
}

/// `organisations[].cache`: how long answers are served from memory.
public struct FreshnessConfiguration: Sendable, Equatable {
  /// Served without asking; 30 s by default.
  public var fresh = Duration.seconds(30)
  /// After that, served while a refresh runs; 15 min by default.
  public var staleWhileRevalidate = Duration.seconds(900)
  /// Served when the upstream fails; 24 h by default.
  public var staleIfError = Duration.seconds(86400)

  /// The defaults.
  public init() {}
}

/// `organisations[].discovery`: learning users and heat pumps by listing the organisation.
public struct DiscoveryConfiguration: Sendable, Equatable {
  /// Whether it is done; not by default.
  public var enabled = false
  /// How often; hourly by default.
  public var interval = Duration.seconds(3600)

  /// The defaults.
  public init() {}
}
