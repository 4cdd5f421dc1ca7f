import GatewayCore

extension ConfigurationCursor {
  /// The whole file.
  func gateway() -> GatewayConfiguration? {
    guard let fields = fields() else { return nil }
    var gateway = GatewayConfiguration()
    gateway.listen = fields["listen"]?.listen() ?? gateway.listen
    gateway.admin = fields["admin"]?.admin() ?? gateway.admin
    gateway.storage = fields["storage"]?.storage() ?? gateway.storage
    gateway.trustedProxies = fields["trusted_proxies"]?.list { $0.addressRange() } ?? []
    gateway.log = fields["log"]?.log() ?? gateway.log
    gateway.cache = fields["cache"]?.cache() ?? gateway.cache
    gateway.retention = fields["retention"]?.retention() ?? gateway.retention
    // The order matters: what comes later refers to what came before.
    gateway.organisations = fields["organisations"]?.list { $0.organisationEntry() } ?? []
    gateway.heatPumps = fields["heat_pumps"]?.list { $0.heatPumpEntry() } ?? []
    gateway.identityProviders =
      fields["identity_providers"]?.list { $0.identityProvider() } ?? []
    gateway.apps = fields["apps"]?.list { $0.app() } ?? []
    gateway.hooks = fields["hooks"]?.list { $0.hook() } ?? []
    gateway.webhooksOut = fields["webhooks_out"]?.webhooksOut() ?? gateway.webhooksOut
    gateway.limits = fields["limits"]?.limits() ?? gateway.limits
    if context.organisations.isEmpty {
      (fields["organisations"] ?? self).problem(
        "no organisation is configured; the gateway can reach nothing", severity: .warning)
    }
    let (listen, admin) = (gateway.listen, gateway.admin)
    if listen.port != 0, listen.port == admin.port, listen.address == admin.address {
      (fields["admin"] ?? fields["listen"] ?? self).problem(
        "admin and listen need different addresses or ports")
    }
    return gateway
  }

  private func listen() -> ListenConfiguration? {
    guard let fields = fields() else { return nil }
    var listen = ListenConfiguration()
    listen.address = fields["address"]?.address() ?? listen.address
    listen.port = fields["port"]?.integer() ?? listen.port
    listen.threads = fields["threads"]?.integer() ?? listen.threads
    listen.tls = fields["tls"]?.tls()
    return listen
  }

  private func admin() -> AdminConfiguration? {
    guard let fields = fields() else { return nil }
    var admin = AdminConfiguration()
    admin.address = fields["address"]?.address() ?? admin.address
    admin.port = fields["port"]?.integer() ?? admin.port
    admin.hosts = fields["hosts"]?.list { $0.hostName() } ?? admin.hosts
    admin.keys = fields["keys"]?.list { $0.adminKey() } ?? admin.keys
    admin.session = fields["session"]?.adminSession() ?? admin.session
    return admin
  }

  private func adminSession() -> AdminSessionConfiguration? {
    guard let fields = fields() else { return nil }
    var session = AdminSessionConfiguration()
    session.idle = fields["idle"]?.duration() ?? session.idle
    session.lifetime = fields["lifetime"]?.duration() ?? session.lifetime
    return session
  }

  private func adminKey() -> AdminKey? {
    guard let fields = fields() else { return nil }
    let hash = fields.required("sha256")?.keyHash()
    let role = fields.required("role")?.choice(AdminKey.Role.self)
    let expires = fields["expires"]?.expiry()
    guard let hash, let role else { return nil }
    return AdminKey(hash: hash, role: role, expires: expires)
  }

  /// The hash of an API key, which opens one door only.
  func keyHash() -> KeyHash? {
    guard let hash = hash() else { return nil }
    reportIfRepeated(String(describing: hash.bytes), of: "key")
    return hash
  }

  private func storage() -> StorageConfiguration? {
    guard let fields = fields() else { return nil }
    var storage = StorageConfiguration()
    if fields["sqlite"] != nil || fields["postgres"] != nil,
      let chosen = fields.exactlyOne(of: ["sqlite", "postgres"]),
      let group = chosen.cursor.fields()
    {
      if chosen.key == "postgres" {
        if let postgres = group.postgres() { storage.backend = .postgres(postgres) }
      } else if let path = group["path"]?.text() {
        storage.backend = .sqlite(path: path)
      }
    }
    storage.encryptionKey = fields["encryption_key"]?.secret { .encryptionKey($0) }
    return storage
  }

  private func log() -> LogConfiguration? {
    guard let fields = fields() else { return nil }
    var log = LogConfiguration()
    log.format = fields["format"]?.choice() ?? log.format
    log.level = fields["level"]?.choice() ?? log.level
    return log
  }

  private func cache() -> CacheConfiguration? {
    guard let fields = fields() else { return nil }
    var cache = CacheConfiguration()
    cache.bytes = fields["bytes"]?.integer() ?? cache.bytes
    return cache
  }

  private func retention() -> RetentionConfiguration? {
    guard let fields = fields() else { return nil }
    var retention = RetentionConfiguration()
    retention.operations = fields["operations"]?.duration() ?? retention.operations
    retention.hookEvents = fields["hook_events"]?.duration() ?? retention.hookEvents
    retention.hookEventBytes = fields["hook_event_bytes"]?.integer() ?? retention.hookEventBytes
    retention.events = fields["events"]?.duration() ?? retention.events
    retention.eventBytes = fields["event_bytes"]?.integer() ?? retention.eventBytes
    retention.deliveries = fields["deliveries"]?.duration() ?? retention.deliveries
    return retention
  }

  private func webhooksOut() -> WebhooksOutConfiguration? {
    guard let fields = fields() else { return nil }
    var webhooks = WebhooksOutConfiguration()
    webhooks.allow = fields["allow"]?.list { $0.webhookTarget() } ?? webhooks.allow
    webhooks.deny = fields["deny"]?.list { $0.webhookTarget() } ?? webhooks.deny
    webhooks.timeout = fields["timeout"]?.duration() ?? webhooks.timeout
    return webhooks
  }

  private func limits() -> LimitsConfiguration? {
    guard let fields = fields() else { return nil }
    var limits = LimitsConfiguration()
    limits.headerBytes = fields["header_bytes"]?.integer() ?? limits.headerBytes
    limits.bodyBytes = fields["body_bytes"]?.integer() ?? limits.bodyBytes
    limits.requestSeconds = fields["request_seconds"]?.integer() ?? limits.requestSeconds
    limits.responseSeconds = fields["response_seconds"]?.integer() ?? limits.responseSeconds
    limits.idleSeconds = fields["idle_seconds"]?.integer() ?? limits.idleSeconds
    limits.connections = fields["connections"]?.integer() ?? limits.connections
    limits.connectionsPerAddress =
      fields["connections_per_address"]?.integer() ?? limits.connectionsPerAddress
    limits.streams = fields["streams"]?.integer() ?? limits.streams
    limits.streamsPerAddress =
      fields["streams_per_address"]?.integer() ?? limits.streamsPerAddress
    limits.streamsPerApp = fields["streams_per_app"]?.integer() ?? limits.streamsPerApp
    limits.drain = fields["drain"]?.duration() ?? limits.drain
    return limits
  }
}

extension ConfigurationFields {
  /// `storage.postgres`.
  fileprivate func postgres() -> PostgresConfiguration? {
    guard let url = required("url")?.secret() else { return nil }
    var postgres = PostgresConfiguration(url: url)
    postgres.schema = self["schema"]?.name() ?? postgres.schema
    postgres.connections = self["connections"]?.integer() ?? postgres.connections
    postgres.connectTimeout = self["connect_timeout"]?.duration() ?? postgres.connectTimeout
    postgres.statementTimeout = self["statement_timeout"]?.duration() ?? postgres.statementTimeout
    return postgres
  }
}
