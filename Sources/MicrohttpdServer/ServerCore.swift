internal import CMicrohttpdShims
import GatewayCore
import Glibc
import Reactor

/// The server behind ``MicrohttpdServer``: a daemon without a thread of its own, driven by the
/// reactor. All of it is confined to the reactor's thread, but for what is `Locked`.
@safe final class ServerCore: @unchecked Sendable {
  // Sendable is safe: only `published`, `boundPort` and `wokenStreams` are touched off the
  // reactor's thread.

  enum Stage: Int, Comparable {
    case new, running, draining, expired, stopped

    static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
  }

  let settings: ServerSettings
  let reactor: Reactor
  let handler: any RequestHandler
  let makeRequestID: @Sendable () -> String
  let onEvent: @Sendable (ServerEvent) -> Void
  let rules: HeadRules
  let lingering: Lingering
  /// Libraries before 1.0 parse loosely; see `HeadLayout`.
  let parsesLoosely = gw_mhd_version_number() < 0x0100_0000

  let published = Locked(ServerCounters())
  let boundPort = Locked<UInt16>(0)

  var stage = Stage.new
  /// The library's daemon, from start to stop.
  var daemon: OpaquePointer?
  /// By slot; `nil` where the slot is free.
  var connections: [Connection?] = []
  var queues: DeadlineQueues
  var counters = ServerCounters()
  /// Requests that are not completed.
  var openExchanges = 0
  /// The work on suspended requests, and on those that were answered in its place.
  let works = Errands()
  /// Whether the daemon must run in this turn although its epoll is silent.
  var mustRun = false
  var drainWaiters: [CheckedContinuation<Void, Never>] = []
  var drainTimer: TimerToken?
  let turnEnd = TurnEnd()
  /// Connections whose client has finished while a request was not complete.
  var suspects: [Connection] = []
  /// Runs in turn that led nowhere although the daemon had asked for them.
  var barrenRuns = 0
  /// Grows with each of the library's calls about a request or a connection.
  var steps = 0
  /// Connections whose handshake the library may be at in this run.
  var handshaking: [Connection] = []
  /// Those that wait for their turn, their sockets being ready.
  var readyHandshakes: [Connection] = []
  /// Streams that have something for the server, from any thread.
  let wokenStreams = Locked<[OpenStream]>([])
  /// Those that it has not seen to yet.
  var readyStreams: [OpenStream] = []
  private var runDeadline = MonotonicInstant.distantFuture
  private var hasNews = false
  // The address whose connection the library is about to open.
  private var admitted: ConnectionPlaces.Address?
  // Whether the daemon asked for another run at once.
  private var wasBusy = false

  init(
    settings: ServerSettings, reactor: Reactor, handler: any RequestHandler,
    makeRequestID: @escaping @Sendable () -> String,
    onEvent: @escaping @Sendable (ServerEvent) -> Void
  ) {
    self.settings = settings
    self.reactor = reactor
    self.handler = handler
    self.makeRequestID = makeRequestID
    self.onEvent = onEvent
    rules = HeadRules(bodyBytes: settings.bodyBytes)
    lingering = Lingering(reactor: reactor)
    queues = DeadlineQueues(limits: [
      .opening: settings.requestTime, .receiving: settings.requestTime,
      .idle: settings.idleTime, .responding: settings.responseTime,
    ])
  }

  // MARK: Starting

  func start() throws(ServerFault) {
    guard stage == .new else { throw .alreadyStarted }
    stage = .running
    _ = MicrohttpdServer.raiseDescriptorLimit()
    let daemon = unsafe try startDaemon()
    unsafe self.daemon = unsafe daemon
    do {
      // The watch keeps this object alive for the daemon, which holds a bare pointer to it.
      try unsafe reactor.watch(gw_mhd_epoll_descriptor(daemon), for: .readable) { _ in self.run() }
    } catch {
      unsafe gw_mhd_stop(daemon)
      unsafe self.daemon = nil
      stage = .stopped
      throw .cannotWatch(code: error.code)
    }
    turnEnd.core = self
    reactor.addTurnHook { [turnEnd] in turnEnd.core?.endTurn() }
    let port = unsafe gw_mhd_port(daemon)
    boundPort.withLock { $0 = port }
    onEvent(
      .listening(
        address: settings.address, port: port, libraryVersion: MicrohttpdServer.libraryVersion))
  }

  private func startDaemon() throws(ServerFault) -> OpaquePointer {
    var callbacks = unsafe libraryCallbacks(context: Unmanaged.passUnretained(self).toOpaque())
    var daemon: OpaquePointer?
    let result = unsafe settings.address.withCString { address in
      var options = unsafe gw_mhd_options(
        address: address, port: settings.port, shares_port: settings.sharesPort ? 1 : 0,
        connections: UInt32(clamping: settings.connections), idle_seconds: settings.backstopSeconds,
        backlog: 4096, pool_bytes: settings.poolBytes,
        tls_priorities: settings.tls == nil ? nil : SecureChannel.priorities)
      return unsafe gw_mhd_start(&options, &callbacks, &daemon)
    }
    let code = errno
    if let daemon = unsafe daemon, result == GW_MHD_STARTED.rawValue { return unsafe daemon }
    stage = .stopped
    switch UInt32(bitPattern: result) {
    case GW_MHD_BAD_ADDRESS.rawValue: throw .badAddress(settings.address)
    case GW_MHD_NO_MEMORY.rawValue: throw .outOfMemory
    case GW_MHD_NO_TLS.rawValue: throw .noTLS
    default: throw .cannotListen(code: code)
    }
  }

  // MARK: Turns

  /// Lets the daemon do all that it can do without waiting.
  func run() {
    guard let daemon = unsafe daemon else { return }
    mustRun = false
    hasNews = true
    let before = steps
    if unsafe gw_mhd_run(daemon) == 0 { onEvent(.library("the event loop failed")) }
    judgeHandshakes()
    noteRun(isBarren: steps == before && wasBusy)
  }

  fileprivate func endTurn() -> MonotonicInstant? {
    guard let daemon = unsafe daemon else { return nil }
    expireConnections()
    endSuspects()
    attendStreams()
    admitHandshakes()
    if mustRun || runDeadline <= reactor.now { run() }
    let milliseconds = unsafe gw_mhd_timeout(daemon)
    // At 0 it has connections with bytes that it has read or could read already.
    wasBusy = milliseconds == 0
    if wasBusy || !suspects.isEmpty { mustRun = true }
    runDeadline =
      mustRun || !readyStreams.isEmpty || !readyHandshakes.isEmpty
      ? reactor.now
      : milliseconds < 0 ? .distantFuture : reactor.now + .milliseconds(milliseconds)
    if hasNews {
      hasNews = false
      published.withLock { [counters] in $0 = counters }
    }
    return min(runDeadline, queues.earliest ?? .distantFuture)
  }

  /// Publishes the counters at the end of this turn.
  func noteNews() {
    hasNews = true
  }

  // MARK: Connections

  /// Somebody wants to connect.
  ///
  /// - Returns: `false` to close the connection at once.
  func admits(_ address: Span<UInt8>) -> Bool {
    // The library gave up on the one before between this and opening it, for want of memory.
    if let unused = admitted.take() { settings.places.giveBack(unused) }
    let address = ConnectionPlaces.Address(address)
    guard settings.places.take(address) else {
      counters.turnedAway += 1
      return false
    }
    admitted = address
    return true
  }

  func opened(_ handle: OpaquePointer) -> Connection {
    let slot = queues.add(.opening, at: reactor.now)
    let connection = unsafe Connection(handle: handle, slot: slot, address: admitted.take())
    if slot == connections.count { connections.append(connection) }
    connections[slot] = connection
    counters.accepted += 1
    counters.connections += 1
    steps += 1
    if let tls = settings.tls {
      secure(connection, tls)
    } else if parsesLoosely {
      watchForEnd(of: connection)
    }
    return connection
  }

  func closed(_ connection: Connection) {
    if let exchange = connection.exchange {
      // The library closes without a word to the handler when its epoll refuses a socket.
      completed(exchange, isComplete: false)
      unsafe Unmanaged.passUnretained(exchange).release()
    }
    steps += 1
    reactor.unwatch(connection.descriptor)
    noteHandshake(of: connection)
    if connection.mustLinger { lingering.begin(connection.descriptor) }
    queues.remove(connection.slot)
    connections[connection.slot] = nil
    if let address = connection.address { settings.places.giveBack(address) }
    counters.connections -= 1
    // At one of its limits the daemon has taken the listener out of its epoll; it puts it back at
    // the beginning of a run, but nothing in the epoll would bring that about.
    mustRun = true
  }

  func enter(_ phase: ConnectionPhase, _ connection: Connection) {
    connection.phase = phase
    connection.isReadingChunks = false
    if connection.isFinished, phase == .idle { suspect(connection) }
    queues.move(connection.slot, to: phase, at: reactor.now)
  }
}

/// What the reactor's turns hold of a server, since a hook stays for ever.
///
/// Not a weak reference: one of those would make every retain of the server several times as dear.
final class TurnEnd {
  /// The server, from start to stop.
  var core: ServerCore?
}
