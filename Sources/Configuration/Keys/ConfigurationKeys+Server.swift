extension ConfigurationKeys {
  static let server = rows([
    ("listen", .group, .optional, "Where apps and hooks call."),
    ("listen.address", .address, .defaulted("127.0.0.1"), "The address to bind."),
    (
      "listen.port", .integer(0...65535), .defaulted("8080"),
      "The port. 0 takes any free one, which the log line `listening` names."
    ),
    (
      "listen.threads", .integer(0...256), .defaulted("0"),
      "Threads that serve connections. 0 means one per core."
    ),
    ("listen.tls", .group, .optional, "Serve HTTPS. Without it, plain HTTP."),
    ("listen.tls.certificate", .path, .required, "The certificate chain, PEM."),
    ("listen.tls.key", .path, .required, "The private key, PEM."),
    (
      "listen.tls.client_ca", .path, .optional,
      "Authorities of clients' certificates, PEM. Without it, clients are asked for none."
    ),
    (
      "listen.tls.client_certificates", .choice(of: ClientCertificatePolicy.self),
      .defaulted("optional"),
      "With `client_ca`: whether a client may come without a certificate."
    ),
    ("admin", .group, .optional, "Where operators call."),
    ("admin.address", .address, .defaulted("127.0.0.1"), "The address to bind."),
    ("admin.port", .integer(0...65535), .defaulted("8081"), "The port. 0 takes any free one."),
    (
      "admin.hosts", .list("host names"), .defaulted("[]"),
      "Its names, beside `localhost` and IP addresses. Requests under other names are refused, so "
        + "that no web page reaches it."
    ),
    ("admin.keys", .list("keys"), .defaulted("[]"), "Who is let in. Nobody by default."),
    ("admin.keys[].sha256", .hash, .required, "The key's hash, as `new-key` prints it."),
    (
      "admin.keys[].role", .choice(of: AdminKey.Role.self), .required,
      "`operator` opens everything, `metrics` just `/metrics`."
    ),
    ("admin.keys[].expires", .time, .optional, "When the key ends. Never by default."),
    ("admin.session", .group, .optional, "Browsers that have logged in with one of the keys."),
    (
      "admin.session.idle", .duration(60, 86400), .defaulted("PT30M"),
      "How long a session lasts that nobody uses."
    ),
    (
      "admin.session.lifetime", .duration(300, 604_800), .defaulted("PT12H"),
      "How long one lasts at most. None outlasts its key, or a restart."
    ),
    ("storage", .group, .optional, "What must last. One of `sqlite` and `postgres`."),
    ("storage.sqlite", .group, .optional, "An embedded database in one file."),
    (
      "storage.sqlite.path", .path, .defaulted("data/gateway.db"),
      "The file. Its folder is where an encryption key is made if none is named."
    ),
    ("storage.postgres", .group, .optional, "A server shared by several gateways."),
    (
      "storage.postgres.url", .secret, .required,
      "The server, as libpq takes it: "
        + "`postgresql://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full`. "
        + "A secret, since it may hold a password."
    ),
    (
      "storage.postgres.schema", .name, .defaulted("podero_gateway"),
      "The schema that holds all tables. It is made at the first start if it is not there."
    ),
    (
      "storage.postgres.connections", .integer(1...1000), .defaulted("10"),
      "How many connections this gateway makes at most."
    ),
    (
      "storage.postgres.connect_timeout", .duration(1, 60), .defaulted("PT5S"),
      "How long it may take to make a connection."
    ),
    (
      "storage.postgres.statement_timeout", .duration(1, 300), .defaulted("PT10S"),
      "How long the server may take for a statement."
    ),
    (
      "storage.encryption_key", .secret, .optional,
      "The key for what must be kept recoverable: webhook secrets, a shared token. Without it, one "
        + "is made beside the database with mode 0600."
    ),
    (
      "trusted_proxies", .list("addresses or CIDR ranges"), .defaulted("[]"),
      "Whose `X-Forwarded-For` is believed, for the log."
    ),
    ("log", .group, .optional, "The log, written to standard error."),
    (
      "log.format", .choice(of: LogConfiguration.Format.self), .defaulted("json"), "Form of a line."
    ),
    (
      "log.level", .choice(of: LogConfiguration.Level.self), .defaulted("info"),
      "The least severe lines that are written."
    ),
    ("cache", .group, .optional, "Memory for the last answers."),
    (
      "cache.bytes", .integer(1_048_576...1_099_511_627_776), .defaulted("268435456"),
      "The most that they may take together."
    ),
    ("retention", .group, .optional, "How long what is stored is kept."),
    (
      "retention.operations", .duration(86400, 315_360_000), .defaulted("P30D"),
      "Operations that have ended."
    ),
    (
      "retention.hook_events", .duration(604_800, 315_360_000), .defaulted("P30D"),
      "Events of hooks, and the ids by which a repeat is known."
    ),
    (
      "retention.hook_event_bytes", .integer(1_048_576...1_099_511_627_776),
      .defaulted("268435456"),
      "The most that their bodies may take together; the oldest go first."
    ),
    (
      "retention.events", .duration(3600, 315_360_000), .defaulted("P7D"),
      "Events out. One that waits for its delivery stays twice as long."
    ),
    (
      "retention.event_bytes", .integer(1_048_576...1_099_511_627_776),
      .defaulted("1073741824"),
      "The most that their bodies may take together, for each organisation; the oldest go first."
    ),
    (
      "retention.deliveries", .duration(3600, 315_360_000), .defaulted("P7D"),
      "Deliveries of events out that have ended; not longer than their events."
    ),
  ])

  static let outgoing = rows([
    ("webhooks_out", .group, .optional, "Where subscriptions may send events."),
    (
      "webhooks_out.allow", .list("addresses, CIDR ranges or host names"), .defaulted("[]"),
      "Allowed targets. Empty: none. A host name's address must be public or in a listed range."
    ),
    (
      "webhooks_out.deny", .list("addresses, CIDR ranges or host names"), .defaulted("[]"),
      "Targets refused although allowed."
    ),
    (
      "webhooks_out.timeout", .duration(1, 60), .defaulted("PT15S"),
      "How long one delivery may take."
    ),
    ("limits", .group, .optional, "What a caller may ask of the server."),
    (
      "limits.header_bytes", .integer(1024...65536), .defaulted("8192"),
      "Request line and headers together."
    ),
    ("limits.body_bytes", .integer(1024...16_777_216), .defaulted("262144"), "A request's body."),
    (
      "limits.request_seconds", .integer(1...600), .defaulted("10"),
      "How long a whole request may take to arrive."
    ),
    (
      "limits.response_seconds", .integer(1...600), .defaulted("60"),
      "The gateway's own deadline for an answer; a caller may ask for a shorter one."
    ),
    (
      "limits.idle_seconds", .integer(1...3600), .defaulted("60"),
      "How long a connection may stay open unused."
    ),
    ("limits.connections", .integer(1...1_000_000), .defaulted("20000"), "Connections in all."),
    (
      "limits.connections_per_address", .integer(1...1_000_000), .defaulted("2000"),
      "Connections from one address, over all threads."
    ),
    ("limits.streams", .integer(0...1_000_000), .defaulted("2000"), "Open event streams."),
    (
      "limits.streams_per_address", .integer(0...1_000_000), .defaulted("1000"),
      "Open event streams from one address. A proxy in front counts as one address."
    ),
    (
      "limits.streams_per_app", .integer(0...1_000_000), .defaulted("500"),
      "Open event streams of one app."
    ),
    (
      "limits.drain", .duration(0, 600), .defaulted("PT20S"),
      "How long running requests may take to end after SIGTERM."
    ),
  ])
}
