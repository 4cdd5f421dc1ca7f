import Configuration
import CurlTransport
import GatewayCore
import Glibc
import Logging
import Reactor
import ResponseCache
import Storage

/// Everything between the listeners and the upstream, wired from a configuration.
struct Parts {
  let state: GatewayState
  let maker: GenerationMaker
  let reactors: [Reactor]
  let threads: [ReactorThread]
  let transport: CurlTransportPool
  let deliveryTransport: CurlTransportPool
  let deliveries: DeliverySetup
  let cluster: ClusterLink?
  let requestIDs: RequestIDs
  let publicHandler: EndpointHandler
  let adminHandler: EndpointHandler

  init(
    _ configuration: GatewayConfiguration, _ storage: any Storage, _ logger: Logger
  ) throws(GatewayApplication.StartFault) {
    let clock = ReactorClock()
    let random = PooledRandomSource()
    let key = try EncryptionSetup.key(configuration.storage)
    let processID = random.timeOrderedID(at: clock.wall)
    let seat = (storage as? any SharedStorage).map {
      ClusterSeat(storage: $0, key: key, member: processID, random: random)
    }
    do {
      let count =
        configuration.listen.threads > 0
        ? configuration.listen.threads : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
      let reactors = try (0..<count).map { _ in try Reactor(clock: clock) }
      transport = CurlTransportPool(try reactors.map { try CurlTransport(reactor: $0) })
      deliveryTransport = try DeliverySetup.transport(reactors)
      self.reactors = reactors
    } catch {
      throw GatewayApplication.StartFault(description: "\(error)")
    }
    let (cache, journal) = (Self.cache(configuration), EventJournal(storage))
    maker = GenerationMaker(
      organisations: OrganisationMaker(
        clock: clock, random: random, transport: transport, cache: cache, storage: storage,
        journal: journal, seat: seat, logger: logger),
      clock: clock, random: random, transport: transport, processID: processID, logger: logger)
    let generations = Generations(try maker.first(configuration))
    do {
      threads = try Parts.start(reactors)
    } catch {
      throw GatewayApplication.StartFault(description: "\(error)")
    }
    state = GatewayState(
      generations: generations, cache: cache, storage: storage,
      journal: journal, streamsPerApp: configuration.limits.streamsPerApp, clock: clock,
      logger: logger)
    requestIDs = RequestIDs(random: random)
    deliveries = DeliverySetup(
      configuration.webhooksOut, key: key, transport: deliveryTransport, state: state,
      instanceID: processID, seat: seat, random: random, logger: logger)
    let longestCall = configuration.organisations.map(\.timeouts.total).max() ?? .zero
    cluster = seat.map { [state, deliveries] seat in
      ClusterLink(
        seat, state, interests: deliveries.interests, deadAfter: longestCall + .seconds(5),
        logger: logger)
    }
    state.deliverer.withLock { [deliveries] in $0 = deliveries.deliverer }
    let services = Services(
      clock: clock, generations: state.generations, endpoints: RouteTable.endpoints,
      requestIDs: requestIDs, logger: logger,
      clientAddress: ClientAddress(trustedProxies: configuration.trustedProxies),
      subscriptions: deliveries.desk,
      events: state.events, readiness: { [state] in state.readiness })
    publicHandler = EndpointHandler(services)
    state.metrics.withLock { $0 = services.metrics }
    let session = configuration.admin.session
    let login = AdminLogin(
      .init(idle: session.idle, lifetime: session.lifetime), random: random, now: clock.monotonic)
    state.login.withLock { $0 = login }
    adminHandler = EndpointHandler(
      Services(
        clock: clock, generations: state.generations, login: login,
        endpoints: AdminEndpoints.table(state), requestIDs: requestIDs, logger: logger,
        isForOperators: true, subscriptions: deliveries.desk, events: state.events,
        readiness: { [state] in state.readiness }))
  }

  // Nobody but an operator gets to see past readings.
  private static func cache(_ configuration: GatewayConfiguration) -> ResponseCache {
    let bytes = configuration.cache.bytes
    let historyBytes = configuration.admin.keys.isEmpty ? 0 : bytes / 16
    return ResponseCache(bytes: bytes, historyBytes: min(historyBytes, mostHistoryBytes))
  }

  private static let mostHistoryBytes = 16 << 20

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
