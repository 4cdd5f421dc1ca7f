import Configuration
import Credentials
import CurlTransport
import GatewayCore
import Glibc
import HeatPumpService
import HeatPumps
import Logging
import PoderoClient
import Reactor
import ResponseCache
import Storage

/// Everything between the listeners and the upstream, wired from a configuration.
struct Parts {
  let state: GatewayState
  let reactors: [Reactor]
  let threads: [ReactorThread]
  let transport: CurlTransportPool
  let deliveryTransport: CurlTransportPool
  let deliveries: DeliverySetup
  let requestIDs: RequestIDs
  let publicHandler: EndpointHandler
  let adminHandler: EndpointHandler

  init(
    _ configuration: GatewayConfiguration, _ storage: any Storage, _ logger: Logger
  ) throws(GatewayApplication.StartFault) {
    let clock = SystemClock()
    let random = SystemRandomSource()
    let key = try EncryptionSetup.key(configuration.storage)
    do {
      let count =
        configuration.listen.threads > 0
        ? configuration.listen.threads : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
      let reactors = try (0..<count).map { _ in try Reactor(clock: clock) }
      transport = CurlTransportPool(try reactors.map { try CurlTransport(reactor: $0) })
      deliveryTransport = try DeliverySetup.transport(reactors)
      threads = try Parts.start(reactors)
      self.reactors = reactors
      let wiring = Wiring(
        configuration: configuration, clock: clock, random: random, transport: transport,
        cache: ResponseCache(bytes: configuration.cache.bytes), storage: storage,
        journal: EventJournal(storage), instanceID: random.timeOrderedID(at: clock.wall),
        logger: logger)
      state = wiring.makeState()
    } catch {
      throw GatewayApplication.StartFault(description: "\(error)")
    }
    requestIDs = RequestIDs(random: random)
    let hooks = try Wiring.hooks(configuration, state.organisations.map(\.service), logger)
    state.hooks.withLock { $0 = hooks }
    let apps = Callers.apps(configuration, state.organisations.map(\.service), clock)
    deliveries = DeliverySetup(
      configuration.webhooksOut, key: key, transport: deliveryTransport, state: state,
      apps: AppRegistry(apps), random: random, logger: logger)
    state.deliverer.withLock { [deliveries] in $0 = deliveries.deliverer }
    let tokens = IdentitySetup.ring(
      configuration, apps, transport: transport, clock: clock, random: random, logger: logger)
    state.tokens.withLock { $0 = tokens }
    let endpoints = RouteTable.endpoints
    let services = Services(
      clock: clock, keys: Callers.keyRing(configuration, apps), tokens: tokens,
      endpoints: endpoints,
      requestIDs: requestIDs, logger: logger, hooks: hooks, subscriptions: deliveries.desk,
      events: state.events, readiness: { [state] in state.readiness })
    publicHandler = EndpointHandler(services)
    state.metrics.withLock { $0 = services.metrics }
    let session = configuration.admin.session
    let login = AdminLogin(
      .init(idle: session.idle, lifetime: session.lifetime), random: random, now: clock.monotonic)
    state.login.withLock { $0 = login }
    adminHandler = EndpointHandler(
      Services(
        clock: clock, adminKeys: Callers.adminKeyRing(configuration), login: login,
        endpoints: AdminEndpoints.table(state, apps: AppRegistry(apps)), requestIDs: requestIDs,
        logger: logger,
        hostGuard: HostGuard(names: configuration.admin.hosts), events: state.events,
        readiness: { [state] in state.readiness }))
  }

  /// Ends the transfers, then the threads.
  func stop() async {
    await transport.shutDown()
    await deliveryTransport.shutDown()
    for reactor in reactors { reactor.stop() }
    for thread in threads { thread.join() }
  }

  // All or none: a thread that was started before another could not be is ended again.
  private static func start(_ reactors: [Reactor]) throws(ReactorFault) -> [ReactorThread] {
    var threads: [ReactorThread] = []
    do {
      for (index, reactor) in reactors.enumerated() {
        threads.append(try reactor.start(name: "reactor-\(index)"))
      }
    } catch {
      for (reactor, thread) in zip(reactors, threads) {
        reactor.stop()
        thread.join()
      }
      throw error
    }
    return threads
  }
}

/// Makes each organisation's parts.
private struct Wiring {
  let configuration: GatewayConfiguration
  let clock: any GatewayClock
  let random: any RandomSource
  let transport: CurlTransportPool
  let cache: ResponseCache
  let storage: any Storage
  let journal: EventJournal
  let instanceID: ResourceID
  let logger: Logger

  func makeState() -> GatewayState {
    GatewayState(
      organisations: configuration.organisations.enumerated().map { organisation($1, index: $0) },
      cache: cache, storage: storage, journal: journal,
      streamsPerApp: configuration.limits.streamsPerApp, clock: clock, logger: logger)
  }

  private func organisation(
    _ organisation: OrganisationConfiguration, index: Int
  ) -> GatewayState.Organisation {
    var logger = logger
    logger[metadataKey: "organisation"] = "\(organisation.name)"
    let metrics = UpstreamMetrics()
    let broker = TokenBroker(
      settings: tokenSettings(organisation), slots: slots(organisation), transport: transport,
      clock: clock, random: random, logger: logger)
    let client = PoderoClient(
      settings: upstreamSettings(organisation), broker: broker, transport: transport,
      clock: clock, random: random, logger: logger, observer: metrics)
    let service = OrganisationService(
      settings: serviceSettings(organisation, index: index),
      directory: Directory(aliases: aliases(of: organisation.name)), client: client, cache: cache,
      storage: storage, journal: journal, instanceID: instanceID, clock: clock, random: random,
      logger: logger)
    return GatewayState.Organisation(service: service, broker: broker, upstream: metrics)
  }

  /// The hooks, each with its organisation's service and guard rails.
  static func hooks(
    _ configuration: GatewayConfiguration, _ services: [OrganisationService], _ logger: Logger
  ) throws(GatewayApplication.StartFault) -> Hooks {
    let registry = try HookSetup.registry(
      configuration.hooks, reader: SecretReader(), logger: logger)
    return Hooks(
      registry,
      places: Dictionary(
        zip(configuration.organisations, services).map { organisation, service in
          (
            organisation.name,
            Hooks.Place(service: service, rules: HookSetup.writeRules(organisation))
          )
        }, uniquingKeysWith: { first, _ in first }))
  }

  private func aliases(of organisation: String) -> [String: HeatPumpAddress] {
    Dictionary(
      configuration.heatPumps.filter { $0.organisation == organisation }.map {
        ($0.alias, HeatPumpAddress(user: $0.userID, id: $0.heatPumpID))
      }, uniquingKeysWith: { first, _ in first })
  }

  private func tokenSettings(_ organisation: OrganisationConfiguration) -> TokenSettings {
    var settings = TokenSettings(tokenURL: organisation.tokenURL)
    settings.style =
      switch organisation.tokenRequest {
      case .auto: .auto
      case .json: .json
      case .form: .form
      }
    settings.connectTimeout = organisation.timeouts.connect
    settings.totalTimeout = organisation.timeouts.total
    settings.caFile = organisation.authorityFile
    return settings
  }

  private func slots(_ organisation: OrganisationConfiguration) -> CredentialSlots {
    let reader = SecretReader()
    return CredentialSlots(
      current: source(organisation.credentials, reader),
      next: organisation.nextCredentials.map { source($0, reader) })
  }

  private func source(
    _ credentials: Configuration.ClientCredentials, _ reader: SecretReader
  ) -> CredentialSlots.Source {
    { () throws(SecretFault) in
      try Credentials.ClientCredentials(
        clientID: credentials.id, clientSecret: credentials.secret, reader: reader)
    }
  }

  private func upstreamSettings(_ organisation: OrganisationConfiguration) -> UpstreamSettings {
    var settings = UpstreamSettings(
      organisationID: organisation.id, apiBase: organisation.apiBase)
    settings.connectTimeout = organisation.timeouts.connect
    settings.totalTimeout = organisation.timeouts.total
    settings.requestsPerSecond = organisation.budget.requestsPerSecond.approximate
    settings.inFlight = organisation.budget.inFlight
    settings.caFile = organisation.authorityFile
    return settings
  }

  private func serviceSettings(
    _ organisation: OrganisationConfiguration, index: Int
  ) -> OrganisationSettings {
    OrganisationSettings(
      name: organisation.name, index: index,
      cache: CachePolicy(
        fresh: organisation.cache.fresh,
        staleWhileRevalidate: organisation.cache.staleWhileRevalidate,
        staleIfError: organisation.cache.staleIfError),
      writeMode: organisation.writeMode == .merge ? .merge : .sparse,
      onReset: organisation.resetPolicy == .restore ? .restore : .report,
      callTimeout: organisation.timeouts.total,
      retention: RetentionSettings(
        operations: configuration.retention.operations,
        hookEvents: configuration.retention.hookEvents,
        hookEventBytes: configuration.retention.hookEventBytes,
        events: configuration.retention.events,
        eventBytes: configuration.retention.eventBytes,
        deliveries: configuration.retention.deliveries),
      discoveryInterval: organisation.discovery.enabled ? organisation.discovery.interval : nil,
      polling: pollSettings(organisation),
      pollsAtOnce: max(1, organisation.budget.inFlight / 2))
  }

  // Half of the budget at most, in rate and at the same time: the rest is for those who wait.
  private func pollSettings(_ organisation: OrganisationConfiguration) -> PollSettings {
    let interval = organisation.pollingInterval
    let usual = PollSettings()
    return PollSettings(
      interval: interval,
      requestsPerMinute: organisation.budget.requestsPerSecond.approximate * 30,
      afterWrite: min(usual.afterWrite, interval), unverified: min(usual.unverified, interval))
  }
}

/// Makes the key rings from the configuration's callers.
enum Callers {
  /// The configured apps.
  static func apps(
    _ configuration: GatewayConfiguration, _ services: [OrganisationService],
    _ clock: any GatewayClock
  ) -> [App] {
    configuration.apps.compactMap { app in
      configuration.organisations.firstIndex { $0.name == app.organisation }.map { index in
        make(app, configuration.organisations[index], services[index], clock)
      }
    }
  }

  static func keyRing(_ configuration: GatewayConfiguration, _ apps: [App]) -> KeyRing<App> {
    let owners = Dictionary(apps.map { ($0.name, $0) }) { first, _ in first }
    return KeyRing(
      configuration.apps.flatMap { app -> [KeyRing<App>.Key] in
        guard let owner = owners[app.name] else { return [] }
        return app.keys.compactMap { key in
          KeyDigest(key.hash.bytes).map {
            KeyRing<App>.Key(digest: $0, expires: key.expires, owner: owner)
          }
        }
      })
  }

  static func adminKeyRing(
    _ configuration: GatewayConfiguration
  ) -> KeyRing<Endpoint.AdminRole> {
    KeyRing(
      configuration.admin.keys.compactMap { key in
        KeyDigest(key.hash.bytes).map {
          KeyRing<Endpoint.AdminRole>.Key(
            digest: $0, expires: key.expires, owner: key.role == .operator ? .operator : .metrics)
        }
      })
  }

  private static func make(
    _ app: AppConfiguration, _ organisation: OrganisationConfiguration,
    _ service: OrganisationService, _ clock: any GatewayClock
  ) -> App {
    let scopes = app.scopes.reduce(into: Scopes()) {
      $0.formUnion(Scopes(name: $1.rawValue) ?? [])
    }
    let limiter = app.rate.map { rate in
      RateLimiter(
        requestsPerSecond: rate.requestsPerSecond.approximate, burst: Double(rate.burst),
        now: clock.monotonic)
    }
    return App(
      name: app.name, organisation: service, scopes: scopes, users: app.users,
      heatPumps: app.heatPumps,
      writeRules: WriteRules(
        mayWrite: scopes.contains(.heatPumpsWrite), mayAdmin: scopes.contains(.heatPumpsAdmin),
        fieldPolicy: app.mayWrite,
        guardRails: organisation.guardRails),
      limiter: limiter)
  }
}
