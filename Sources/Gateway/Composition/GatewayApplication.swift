public import Configuration
import Credentials
import CurlTransport
import GatewayCore
import HeatPumpService
import Identity
public import Logging
import MicrohttpdServer
import Reactor
import SQLiteStorage
import Storage
import Webhooks

/// The gateway as a whole: made from a configuration, started, drained and stopped.
public final class GatewayApplication: Sendable {
  private let parts: Parts
  private let servers: [MicrohttpdServer]
  private let tasks: [Task<Void, Never>]
  private let drainTime: Duration
  private let logger: Logger

  /// Why the gateway could not start.
  public struct StartFault: Error, CustomStringConvertible {
    /// For people; holds no secret.
    public let description: String
  }

  /// Starts everything: reactors, token prefetch, listeners.
  ///
  /// - Throws: ``StartFault``; nothing runs then.
  public static func start(
    _ configuration: GatewayConfiguration, logger: Logger
  ) async throws(StartFault) -> GatewayApplication {
    try Unsupported.check(configuration, logger)
    let storage = try await openStorage(configuration)
    let parts: Parts
    do {
      parts = try Parts(configuration, storage, logger)
    } catch {
      await storage.close()
      throw error
    }
    do {
      try await recover(parts, configuration)
      try await IdentitySetup.loadKeys(configuration, parts.state.tokens.withLock { $0 })
      let servers = try await startServers(configuration, parts, logger)
      parts.state.servers.withLock { $0 = servers }
      return GatewayApplication(configuration, parts, servers, logger)
    } catch {
      await parts.stop()
      await storage.close()
      throw error
    }
  }

  private static func openStorage(
    _ configuration: GatewayConfiguration
  ) async throws(StartFault) -> any Storage {
    guard case .sqlite(let path) = configuration.storage.backend else {
      throw StartFault(description: "storage: this version keeps its state in SQLite only")
    }
    do {
      return try await SQLiteStorage.open(path: path)
    } catch {
      throw StartFault(description: "storage.sqlite, \(path): \(error)")
    }
  }

  private static func recover(
    _ parts: Parts, _ configuration: GatewayConfiguration
  ) async throws(StartFault) {
    let organisations = parts.state.organisations
    do {
      for organisation in organisations {
        try await organisation.service.recover(
          bytes: configuration.cache.bytes / 2 / organisations.count)
      }
    } catch {
      throw StartFault(description: "storage: \(error)")
    }
  }

  private init(
    _ configuration: GatewayConfiguration, _ parts: Parts, _ servers: [MicrohttpdServer],
    _ logger: Logger
  ) {
    self.parts = parts
    self.servers = servers
    drainTime = configuration.limits.drain
    self.logger = logger
    let reactor = parts.reactors[0]
    let watch = parts.state.storageWatch
    let watching = Task(executorPreference: reactor) { await watch.run() }
    let tasks = parts.state.organisations.flatMap { organisation in
      let service = organisation.service
      var tasks = [
        Task(executorPreference: reactor) { await organisation.broker.run() },
        Task(executorPreference: reactor) { await service.takeUpLanes(isAlone: true) },
        Task(executorPreference: reactor) { await service.verifyWrites() },
        Task(executorPreference: reactor) { await service.keepAnswers() },
        Task(executorPreference: reactor) { await service.prune() },
        // On no reactor: it reads and compares each answer, and writes JSON.
        Task { await service.detectChanges() },
        Task(executorPreference: reactor) { await service.poll() },
        Task(executorPreference: reactor) { await service.watchUpstream() },
      ]
      if let interval = organisation.service.settings.discoveryInterval {
        tasks.append(
          Task(executorPreference: reactor) {
            await organisation.service.discover(every: interval)
          })
      }
      return tasks
    }
    // On no reactor: making keys is work that no request should wait for.
    let providers = parts.state.tokens.withLock { $0 }?.verifier.providers ?? []
    let keeping = providers.map { provider in Task { await provider.keeper.run() } }
    // On no reactor: rendering and signing, and telling an event to thousands, must not hold up a
    // request.
    let deliveries = parts.deliveries
    let delivering = Task { await deliveries.deliverer.run() }
    let noticing = Task { await deliveries.interests.run() }
    let feeding = Task { [events = parts.state.events] in await events.run() }
    self.tasks = tasks + keeping + [watching, delivering, noticing, feeding]
  }

  /// Drains and stops: no new connections, running requests get their time, then all ends.
  public func stop() async {
    logger.notice("draining", metadata: ["grace": "\(drainTime.iso8601)"])
    parts.state.isDraining.withLock { $0 = true }
    await withTaskGroup(of: Void.self) { group in
      for server in servers { group.addTask { await server.drain(grace: self.drainTime) } }
      // What is not over by then is given back, and sent again by whoever comes next.
      group.addTask {
        await self.parts.deliveries.deliverer.drain(grace: min(self.drainTime, .seconds(5)))
      }
    }
    for organisation in parts.state.organisations { organisation.service.stopLanes() }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    for server in servers { await server.stop() }
    await parts.stop()
    await parts.state.storage.close()
    logger.notice("stopped")
  }

  private static func startServers(
    _ configuration: GatewayConfiguration, _ parts: Parts, _ logger: Logger
  ) async throws(StartFault) -> [MicrohttpdServer] {
    var servers: [MicrohttpdServer] = []
    var settings = ServerSettings(configuration)
    settings.sharesPort = parts.reactors.count > 1
    settings.connections = ConnectionShare(
      configured: configuration.limits.connections, servers: parts.reactors.count,
      descriptors: MicrohttpdServer.raiseDescriptorLimit()
    ).perServer(logger)
    var admin = ServerSettings(
      address: configuration.admin.address.description, port: UInt16(configuration.admin.port))
    admin.connections = 100
    admin.connectionsPerAddress = 100
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
    logger.notice(
      "listening",
      metadata: [
        "port": "\(settings.port)", "admin_port": "\(servers[0].port)",
        "address": "\(settings.address)", "threads": "\(parts.reactors.count)",
        "version": "\(gatewayVersion)", "libmicrohttpd": "\(MicrohttpdServer.libraryVersion)",
        "libcurl": "\(CurlTransport.libraryVersion)",
      ])
    return servers
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
    connectionsPerAddress = limits.connectionsPerAddress
    streams = StreamPlaces(limits.streams)
  }
}

/// What the configuration may ask for and this version does not do yet: said at the start, never
/// silently ignored.
enum Unsupported {
  static func check(
    _ configuration: GatewayConfiguration, _ logger: Logger
  ) throws(GatewayApplication.StartFault) {
    if configuration.listen.tls != nil {
      throw GatewayApplication.StartFault(
        description: "listen.tls: this version serves plain HTTP only; "
          + "put a TLS-terminating proxy in front")
    }
    if case .postgres = configuration.storage.backend {
      throw GatewayApplication.StartFault(
        description: "storage.postgres: this version runs as a single gateway only")
    }
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
