import Configuration
import Credentials
import CurlTransport
import GatewayCore
import HeatPumpService
import Logging
import Reactor
import Storage
import Webhooks

/// The parts that bring events to subscribers.
struct DeliverySetup: Sendable {
  let deliverer: Deliverer
  let desk: SubscriptionDesk
  let interests: InterestBoard

  init(
    _ configuration: WebhooksOutConfiguration, key: EncryptionKey,
    transport: any UpstreamTransport, state: GatewayState, instanceID: ResourceID,
    seat: ClusterSeat?, random: any RandomSource, logger: Logger
  ) {
    let secrets = SubscriptionSecrets(
      sealer: SecretSealer(key: key, random: random), random: random)
    var settings = DelivererSettings(
      timeout: configuration.timeout, targets: TargetPolicy(configuration))
    settings.userAgent = "podero-gateway/\(gatewayVersion)"
    let generations = state.generations
    deliverer = Deliverer(
      settings: settings, transport: transport, storage: state.storage, journal: state.journal,
      secrets: secrets, audience: { generations.current.apps.listener($0, $1)?.audience },
      instanceID: instanceID, clock: state.clock, random: random, logger: logger)
    desk = SubscriptionDesk(
      deliverer, storage: state.storage, secrets: secrets, clock: state.clock, random: random)
    interests = InterestBoard(
      places: { generations.current.organisations.map { InterestBoard.Place($0.service) } },
      storage: state.storage, apps: { generations.current.apps },
      listeners: { [events = state.events] in events.listeners.interests },
      others: seat.map { $0.exchangeListening }, clock: state.clock, logger: logger)
    desk.onChange.withLock { [interests] in $0 = { interests.note() } }
    state.events.listeners.onChange { [interests] in interests.note() }
  }

  /// Goes by other settings from the next attempt on.
  func reconfigure(_ configuration: WebhooksOutConfiguration) {
    deliverer.reconfigure(
      timeout: configuration.timeout, targets: TargetPolicy(configuration))
    // Apps, and so what is listened to, may have changed, too.
    interests.note()
  }

  /// A transport of its own, so that receivers take no connection from the upstream.
  static func transport(_ reactors: [Reactor]) throws(TransportFault) -> CurlTransportPool {
    var settings = CurlSettings()
    // Receivers are many, and each is called now and then.
    settings.keepAliveIdle = .seconds(15)
    var transports: [CurlTransport] = []
    for reactor in reactors {
      transports.append(try CurlTransport(reactor: reactor, settings: settings))
    }
    return CurlTransportPool(transports)
  }
}

extension InterestBoard.Place {
  fileprivate init(_ service: OrganisationService) {
    self.init(
      organisation: service.settings.name, heatPumps: { service.knownHeatPumps },
      setInterest: { service.setInterest($0) })
  }
}

extension TargetPolicy {
  /// The lists of the configuration.
  init(_ configuration: WebhooksOutConfiguration) {
    func entries(_ targets: [WebhooksOutConfiguration.Target]) -> [Entry] {
      targets.map { target in
        switch target {
        case .range(let range): .range(range)
        case .host(let name): .host(name)
        }
      }
    }
    self.init(allow: entries(configuration.allow), deny: entries(configuration.deny))
  }
}
