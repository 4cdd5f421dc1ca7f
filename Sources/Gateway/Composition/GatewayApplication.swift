public import Configuration
import CurlTransport
import GatewayCore
import HeatPumpService
import Identity
public import Logging
import MicrohttpdServer
import Reactor
import Storage
import Webhooks

/// The gateway as a whole: made from a configuration, started, drained and stopped.
public final class GatewayApplication: Sendable {
  private let parts: Parts
  private let crew: Crew
  private let reloader: Reloader
  private let servers: [MicrohttpdServer]
  private let tasks: [Task<Void, Never>]
  private let membership: Task<Void, Never>?
  private let logger: Logger

  /// Why the gateway could not start.
  public struct StartFault: Error, CustomStringConvertible {
    /// For people; holds no secret.
    public let description: String
  }

  /// Starts everything: reactors, token prefetch, listeners.
  ///
  /// - Parameter reloading: how the configuration is read anew.
  /// - Throws: ``StartFault``; nothing runs then.
  public static func start(
    _ configuration: GatewayConfiguration, reloading: ReloadSupport = .none, logger: Logger
  ) async throws(StartFault) -> GatewayApplication {
    // Before any of them is read, so that no change is missed.
    let marks = SecretWatch.marks(of: SecretWatch.files(of: configuration))
    let certificates = try Self.certificates(configuration, logger)
    let storage = try await StorageSetup.open(configuration.storage)
    let parts: Parts
    do {
      parts = try Parts(configuration, storage, logger)
    } catch {
      await storage.close()
      throw error
    }
    parts.state.certificates.withLock { $0 = certificates }
    do {
      let recovery = Recovery(parts.state, parts.cluster, configuration, logger)
      let isRecovered = try await recovery.run()
      try await IdentitySetup.loadKeys(
        configuration, parts.state.generations.current.tokens?.verifier.providers ?? [])
      let servers = try await startServers(configuration, parts, logger)
      parts.state.servers.withLock { $0 = servers }
      let application = GatewayApplication(
        configuration, parts, servers, recovery: isRecovered ? nil : recovery, reloading, marks,
        logger)
      // Last, since whoever waits for this line may ask for anything then.
      logListening(configuration, servers, threads: parts.reactors.count, logger)
      return application
    } catch {
      await parts.stop()
      await storage.close()
      throw error
    }
  }

  private static func certificates(
    _ configuration: GatewayConfiguration, _ logger: Logger
  ) throws(StartFault) -> CertificateKeeper? {
    guard let tls = configuration.listen.tls else { return nil }
    do {
      return try CertificateKeeper(TLSFiles(tls), clock: SystemClock(), logger: logger)
    } catch {
      throw StartFault(description: "\(error)")
    }
  }

  private init(
    _ configuration: GatewayConfiguration, _ parts: Parts, _ servers: [MicrohttpdServer],
    recovery: Recovery?, _ reloading: ReloadSupport, _ marks: [String: SecretWatch.Mark?],
    _ logger: Logger
  ) {
    self.parts = parts
    self.servers = servers
    self.logger = logger
    let (state, reactor) = (parts.state, parts.reactors[0])
    let crew = Crew(
      on: reactor, jobGate: JobRights.gate(state.generations, state.clock), clock: state.clock,
      logger: logger)
    self.crew = crew
    let isAlone = !(state.storage is any SharedStorage)
    for organisation in state.organisations { crew.start(organisation, isAlone: isAlone) }
    crew.keep(state.generations.current.tokens?.verifier.providers ?? [])
    let reloader = Reloader(configuration, parts, crew, reloading, marks: marks, logger)
    self.reloader = reloader
    state.reloader.withLock { $0 = reloader }
    let deliveries = parts.deliveries
    let certificates = state.certificates.withLock { $0 }
    membership = parts.cluster.map { cluster in Task { await cluster.run() } }
    tasks = [
      Task(executorPreference: reactor) { await state.storageWatch.run() },
      // On no reactor: rendering and signing, telling an event to thousands, and looking at files,
      // must not hold up a request.
      Task { await deliveries.deliverer.run() },
      Task { await deliveries.interests.run() },
      Task { await state.events.run() },
      Task { await state.operators.run(state) },
      Task { await reloader.watchSecrets() },
      Task { await recovery?.runLater() ?? () },
      Task { await certificates?.run() ?? () },
    ]
  }

  /// Reads the configuration anew, as a hang-up wants it; what comes of that is in the log.
  public func reload() async {
    _ = await reloader.reload(.hangUp)
  }

  /// Drains and stops: no new connections, running requests get their time, then all ends.
  ///
  /// The order is that of use: whoever brings work goes first, then those who do it, and then what
  /// they do it with. Of the time for draining, writes and reads that nobody waits for get what the
  /// requests have left.
  public func stop() async {
    let drainTime = reloader.configuration.withLock { $0.limits.drain }
    let deadline = parts.state.clock.monotonic + drainTime
    logger.notice("draining", metadata: ["grace": "\(drainTime.iso8601)"])
    parts.state.isDraining.withLock { $0 = true }
    await drainRequestsAndDeliveries(drainTime)
    await finishReloads()
    await tasks.end()
    await crew.end(by: deadline)
    // Behind the last lane, so that no other gateway takes one up while it is still worked in.
    await [membership].compactMap(\.self).end()
    for server in servers { await server.stop() }
    await parts.stop()
    await parts.state.storage.close()
    logger.notice("stopped")
  }

  private func drainRequestsAndDeliveries(_ grace: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      for server in servers { group.addTask { await server.drain(grace: grace) } }
      // What is not over by then is given back, and sent again by whoever comes next.
      group.addTask {
        await self.parts.deliveries.deliverer.drain(grace: min(grace, .seconds(5)))
      }
    }
  }

  private func finishReloads() async {
    // They hold each other.
    parts.state.reloader.withLock { $0 = nil }
    await reloader.finish()
  }

  private static func startServers(
    _ configuration: GatewayConfiguration, _ parts: Parts, _ logger: Logger
  ) async throws(StartFault) -> [MicrohttpdServer] {
    var servers: [MicrohttpdServer] = []
    var settings = ServerSettings(configuration)
    settings.tls = parts.state.certificates.withLock { $0 }?.context
    settings.sharesPort = parts.reactors.count > 1
    settings.connections = ConnectionShare(
      configured: configuration.limits.connections, servers: parts.reactors.count,
      descriptors: MicrohttpdServer.raiseDescriptorLimit()
    ).perServer(logger)
    var admin = ServerSettings(
      address: configuration.admin.address.description, port: UInt16(configuration.admin.port))
    admin.connections = 100
    admin.places = ConnectionPlaces(100)
    var place = "admin, port \(admin.port)"
    do throws(ServerFault) {
      // First the listener whose port cannot be shared: a gateway that is started twice by mistake
      // fails here, before it takes connections away from the one that runs.
      let server = MicrohttpdServer(
        settings: admin, reactor: parts.reactors[0], handler: parts.adminHandler,
        makeRequestID: parts.requestIDs.next, onEvent: ServerLog(logger, "admin").log)
      try await server.start()
      servers.append(server)
      place = "listen, port \(settings.port)"
      try MicrohttpdServer.checkPort(settings)
      for reactor in parts.reactors {
        let server = MicrohttpdServer(
          settings: settings, reactor: reactor, handler: parts.publicHandler,
          makeRequestID: parts.requestIDs.next, onEvent: ServerLog(logger, "public").log)
        try await server.start()
        settings.port = server.port
        servers.append(server)
      }
    } catch {
      for server in servers { await server.stop() }
      throw StartFault(description: "\(place): \(error)")
    }
    return servers
  }

  private static func logListening(
    _ configuration: GatewayConfiguration, _ servers: [MicrohttpdServer], threads: Int,
    _ logger: Logger
  ) {
    let tls = configuration.listen.tls == nil ? "off" : "GnuTLS \(TLSCredentials.libraryVersion)"
    logger.notice(
      "listening",
      metadata: [
        "port": "\(servers[1].port)", "admin_port": "\(servers[0].port)",
        "address": "\(configuration.listen.address.description)", "threads": "\(threads)",
        "version": "\(gatewayVersion)", "libmicrohttpd": "\(MicrohttpdServer.libraryVersion)",
        "libcurl": "\(CurlTransport.libraryVersion)", "tls": "\(tls)",
      ])
  }
}

extension ServerSettings {
  init(_ configuration: GatewayConfiguration) {
    self.init(
      address: configuration.listen.address.description, port: UInt16(configuration.listen.port))
    let limits = configuration.limits
    headerBytes = limits.headerBytes
    bodyBytes = limits.bodyBytes
    requestTime = .seconds(limits.requestSeconds)
    responseTime = .seconds(limits.responseSeconds)
    idleTime = .seconds(limits.idleSeconds)
    connections = limits.connections
    places = ConnectionPlaces(limits.connectionsPerAddress)
    streams = StreamPlaces(limits.streams, perAddress: limits.streamsPerAddress)
  }
}

/// Turns the server's events into log lines.
struct ServerLog: Sendable {
  private let logger: Logger
  private let listener: String

  init(_ logger: Logger, _ listener: String) {
    self.logger = logger
    self.listener = listener
  }

  @Sendable func log(_ event: ServerEvent) {
    let (level, message, details) = description(event)
    logger.log(
      level: level, message,
      metadata: details.merging(["listener": "\(listener)"]) { first, _ in first })
  }

  private func description(
    _ event: ServerEvent
  ) -> (Logger.Level, Logger.Message, Logger.Metadata) {
    switch event {
    case .listening(let address, let port, _):
      (.debug, "listener open", ["address": "\(address)", "port": "\(port)"])
    case .refused(let reason, let requestID, let peer):
      (
        .info, "request refused",
        ["reason": "\(reason)", "request_id": "\(requestID)", "peer": "\(peer)"]
      )
    case .abandoned(let phase, let peer):
      (.debug, "connection given up", ["phase": "\(phase)", "peer": "\(peer)"])
    case .handshakeFailed(let failure, let peer):
      (.info, "TLS handshake failed", ["reason": "\(failure)", "peer": "\(peer)"])
    case .overdue(let requestID, let peer):
      (.warning, "request overdue", ["request_id": "\(requestID)", "peer": "\(peer)"])
    case .streamCut(let peer):
      (.info, "stream cut: its client did not keep up", ["peer": "\(peer)"])
    case .unusableResponse(let status, let requestID):
      (.error, "unusable answer", ["status": "\(status)", "request_id": "\(requestID)"])
    case .library(let text):
      (.debug, "libmicrohttpd", ["text": "\(text)"])
    case .draining:
      (.info, "listener draining", [:])
    case .stopped:
      (.info, "listener closed", [:])
    }
  }
}
