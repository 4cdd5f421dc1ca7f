import Configuration
import Credentials
import CurlTransport
import GatewayCore
import HeatPumpService
import HeatPumps
import Logging
import PoderoClient
import ResponseCache
import Storage

/// Makes each organisation's parts, and makes them anew when their configuration changes.
struct OrganisationMaker: Sendable {
  let clock: any GatewayClock
  let random: any RandomSource
  let transport: CurlTransportPool
  let cache: ResponseCache
  let storage: any Storage
  let journal: EventJournal
  /// The place among other gateways; `nil` for one that is alone.
  let seat: ClusterSeat?
  let logger: Logger

  /// A new organisation.
  ///
  /// - Parameters:
  ///   - index: its place in keys of the cache; of its own for as long as the gateway runs.
  ///   - instanceID: names it among all that work in the lanes of organisations of its name.
  func make(
    _ organisation: OrganisationConfiguration, of configuration: GatewayConfiguration, index: Int,
    instanceID: ResourceID
  ) -> GatewayState.Organisation {
    var logger = logger
    logger[metadataKey: "organisation"] = "\(organisation.name)"
    let metrics = UpstreamMetrics()
    let broker = TokenBroker(
      settings: tokenSettings(organisation), slots: slots(organisation),
      sharing: seat?.tokens(of: organisation.name, logger), transport: transport, clock: clock,
      random: random, logger: logger)
    let client = PoderoClient(
      settings: upstreamSettings(organisation), broker: broker, transport: transport,
      clock: clock, random: random, logger: logger, observer: metrics)
    let service = OrganisationService(
      settings: serviceSettings(organisation, configuration, index: index),
      directory: Directory(aliases: aliases(of: organisation.name, configuration)), client: client,
      cache: cache,
      storage: storage, journal: journal, instanceID: instanceID, clock: clock, random: random,
      logger: logger)
    if let share = seat?.share.withLock({ $0 }) { service.take(share) }
    return GatewayState.Organisation(service: service, broker: broker, upstream: metrics)
  }

  /// The same organisation with another configuration, for the same upstream. What it knows and
  /// does goes on; it is in force at once.
  func remake(
    _ former: GatewayState.Organisation, _ organisation: OrganisationConfiguration,
    of configuration: GatewayConfiguration,
    after before: (organisation: OrganisationConfiguration, configuration: GatewayConfiguration)
  ) -> GatewayState.Organisation {
    let service = former.service
    let aliases = aliases(of: organisation.name, configuration)
    if aliases != self.aliases(of: organisation.name, before.configuration) {
      service.setAliases(aliases)
    }
    // Even if the same: the files that they name may hold something else, and the last refusal says
    // nothing about that.
    former.broker.reconfigure(
      settings: tokenSettings(organisation), slots: slots(organisation),
      change: credentialChange(former.broker, before.organisation, organisation))
    guard
      organisation != before.organisation
        || configuration.retention != before.configuration.retention
    else { return former }
    let remade = OrganisationService(
      service,
      settings: serviceSettings(organisation, configuration, index: service.settings.index),
      client: PoderoClient(service.client, settings: upstreamSettings(organisation)))
    remade.takeForce(after: service)
    return GatewayState.Organisation(
      service: remade, broker: former.broker, upstream: former.upstream)
  }

  /// Whether an organisation of the same name speaks to another upstream: then nothing of what is
  /// known of the one is good for the other.
  static func isReplaced(
    _ before: OrganisationConfiguration, by after: OrganisationConfiguration
  ) -> Bool {
    before.id != after.id || before.apiBase != after.apiBase
  }

  private func credentialChange(
    _ broker: TokenBroker, _ before: OrganisationConfiguration, _ after: OrganisationConfiguration
  ) -> CredentialChange {
    let usesNext = broker.status.slot == .next
    let inUse = usesNext ? before.nextCredentials : before.credentials
    guard let inUse else { return .replaced }
    if usesNext, after.credentials == inUse { return .promoted }
    let stays = usesNext ? after.nextCredentials : after.credentials
    return stays == inUse ? .none : .replaced
  }

  private func aliases(
    of organisation: String, _ configuration: GatewayConfiguration
  ) -> [String: HeatPumpAddress] {
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
    _ organisation: OrganisationConfiguration, _ configuration: GatewayConfiguration, index: Int
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
