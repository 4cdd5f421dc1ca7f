public import GatewayCore

/// All settings of a gateway, as `config/gateway.default.yaml` documents them.
///
/// Durations, ids and hashes are parsed; secrets are references only.
public struct GatewayConfiguration: Sendable, Equatable {
  /// `listen`: where apps and hooks call.
  public var listen = ListenConfiguration()
  /// `admin`: where operators call.
  public var admin = AdminConfiguration()
  /// `storage`: what must last.
  public var storage = StorageConfiguration()
  /// `trusted_proxies`: whose `X-Forwarded-For` is believed; nobody's by default.
  public var trustedProxies: [AddressRange] = []
  /// `log`: form and amount of the log.
  public var log = LogConfiguration()
  /// `cache`: memory for answers.
  public var cache = CacheConfiguration()
  /// `retention`: how long what is stored is kept.
  public var retention = RetentionConfiguration()
  /// `organisations`: the upstream organisations that the gateway speaks for.
  public var organisations: [OrganisationConfiguration] = []
  /// `identity_providers`: whose access tokens apps may present in place of keys; none by default.
  public var identityProviders: [IdentityProviderConfiguration] = []
  /// `apps`: internal callers and what each may do.
  public var apps: [AppConfiguration] = []
  /// `heat_pumps`: heat pumps with an alias.
  public var heatPumps: [HeatPumpConfiguration] = []
  /// `hooks`: home-automation sources.
  public var hooks: [HookConfiguration] = []
  /// `webhooks_out`: where events may be sent.
  public var webhooksOut = WebhooksOutConfiguration()
  /// `limits`: what a caller may ask of the server.
  public var limits = LimitsConfiguration()

  /// The defaults: nobody may call, nothing is reached.
  public init() {}
}

/// `listen`: the public listener.
public struct ListenConfiguration: Sendable, Equatable {
  /// The address to bind; `127.0.0.1` by default.
  public var address = InternetAddress.loopback
  /// The port, 0 for any free one; 8080 by default.
  public var port = 8080
  /// Reactor threads, 0 for one per core, which is the default.
  public var threads = 0
  /// TLS; plain HTTP if `nil`.
  public var tls: TLSConfiguration?

  /// The defaults.
  public init() {}
}

/// `admin`: the operators' listener.
public struct AdminConfiguration: Sendable, Equatable {
  /// The address to bind; `127.0.0.1` by default.
  public var address = InternetAddress.loopback
  /// The port, 0 for any free one; 8081 by default.
  public var port = 8081
  /// The host names, in lower case, under which it answers, beside `localhost` and addresses; none
  /// by default.
  public var hosts: [String] = []
  /// The keys that are let in; none by default.
  public var keys: [AdminKey] = []
  /// How long browsers stay logged in.
  public var session = AdminSessionConfiguration()

  /// The defaults.
  public init() {}
}

/// `admin.session`: browsers that have logged in with a key.
public struct AdminSessionConfiguration: Sendable, Equatable {
  /// How long a session lasts that nobody uses, 1 minute to 1 day; 30 minutes by default.
  public var idle: Duration = .seconds(1800)
  /// How long one lasts at most, 5 minutes to 7 days; 12 hours by default.
  public var lifetime: Duration = .seconds(43_200)

  /// The defaults.
  public init() {}
}

/// `admin.keys[]`: one key of an operator or a metrics collector.
public struct AdminKey: Sendable, Equatable {
  /// What the key opens.
  public enum Role: String, Sendable, CaseIterable {
    /// Everything on the admin listener.
    case `operator`
    /// `/metrics` only.
    case metrics
  }

  /// The key's SHA-256.
  public var hash: KeyHash
  /// What it opens.
  public var role: Role
  /// When it ends; never if `nil`.
  public var expires: Timestamp?

  /// Creates a key.
  public init(hash: KeyHash, role: Role, expires: Timestamp? = nil) {
    self.hash = hash
    self.role = role
    self.expires = expires
  }
}

/// `storage`: the store and the key for what must be kept recoverable.
public struct StorageConfiguration: Sendable, Equatable {
  /// Which store.
  public enum Backend: Sendable, Equatable {
    /// An embedded SQLite file at that path.
    case sqlite(path: String)
    /// A PostgreSQL database.
    case postgres(PostgresConfiguration)
  }

  /// The store; SQLite in `data/gateway.db` by default.
  public var backend = Backend.sqlite(path: "data/gateway.db")
  /// The encryption key. If `nil`, one is made beside the database with mode 0600.
  public var encryptionKey: SecretReference?

  /// The defaults.
  public init() {}
}

/// `log`: form and amount of the log.
public struct LogConfiguration: Sendable, Equatable {
  /// How a line is written.
  public enum Format: String, Sendable, CaseIterable {
    /// One JSON object a line.
    case json
    /// For people.
    case text
  }

  /// The least severe lines that are written.
  public enum Level: String, Sendable, CaseIterable {
    /// Everything.
    case trace
    /// For finding faults.
    case debug
    /// What happens.
    case info
    /// What is rare.
    case notice
    /// What should be looked at.
    case warning
    /// What failed.
    case error
    /// What needs someone now.
    case critical
  }

  /// The form; JSON by default.
  public var format = Format.json
  /// The amount; `info` by default.
  public var level = Level.info

  /// The defaults.
  public init() {}
}

/// `cache`: memory for answers.
public struct CacheConfiguration: Sendable, Equatable {
  /// The most that all cached answers may take together, in bytes; 256 MiB by default.
  public var bytes = 268_435_456

  /// The defaults.
  public init() {}
}

/// `retention`: how long what is stored is kept.
public struct RetentionConfiguration: Sendable, Equatable {
  /// Operations that have ended; 30 days by default.
  public var operations = Duration.seconds(2_592_000)
  /// Events of hooks and their ids; 30 days by default, at least 7.
  public var hookEvents = Duration.seconds(2_592_000)
  /// The most that the bodies of events may take together, in bytes; 256 MiB by default.
  public var hookEventBytes = 268_435_456
  /// Events out; 7 days by default.
  public var events = Duration.seconds(604_800)
  /// The most that their bodies may take together, in bytes, for each organisation; 1 GiB by
  /// default.
  public var eventBytes = 1_073_741_824
  /// Deliveries of events out that have ended; 7 days by default.
  public var deliveries = Duration.seconds(604_800)

  /// The defaults.
  public init() {}
}

/// `webhooks_out`: where events may be sent.
public struct WebhooksOutConfiguration: Sendable, Equatable {
  /// A kind of place.
  public enum Target: Hashable, Sendable {
    /// Any address in the range.
    case range(AddressRange)
    /// The host of that name, in lower case.
    case host(String)
  }

  /// Allowed targets; none if empty, which is the default.
  public var allow: [Target] = []
  /// Targets refused although allowed.
  public var deny: [Target] = []
  /// How long one delivery may take; 15 s by default.
  public var timeout = Duration.seconds(15)

  /// The defaults.
  public init() {}
}

/// `limits`: what a caller may ask of the server.
public struct LimitsConfiguration: Sendable, Equatable {
  /// Request line and headers together, in bytes; 8192 by default.
  public var headerBytes = 8192
  /// A request body, in bytes; 262144 by default.
  public var bodyBytes = 262_144
  /// How long a whole request may take to arrive, in seconds; 10 by default.
  public var requestSeconds = 10
  /// How long the gateway itself may take to answer, in seconds; 60 by default.
  public var responseSeconds = 60
  /// How long a connection may stay open unused, in seconds; 60 by default.
  public var idleSeconds = 60
  /// Connections in all; 20000 by default.
  public var connections = 20_000
  /// Connections from one address; 2000 by default.
  public var connectionsPerAddress = 2000
  /// Open event streams; 2000 by default.
  public var streams = 2000
  /// Open event streams from one address; 1000 by default.
  public var streamsPerAddress = 1000
  /// Open event streams of one app; 500 by default.
  public var streamsPerApp = 500
  /// How long running requests may take to end after SIGTERM; 20 s by default.
  public var drain = Duration.seconds(20)

  /// The defaults.
  public init() {}
}
