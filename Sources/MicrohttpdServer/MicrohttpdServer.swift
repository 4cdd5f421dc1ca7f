internal import CMicrohttpdShims
public import GatewayCore
import Glibc
public import Reactor

/// An HTTP/1.1 server on libmicrohttpd that lives on a reactor's thread.
///
/// It reads and limits each request, checks its framing, hands it to the handler on the reactor's
/// thread, and sends the answer: at once, or when the work that the handler asked for is done. The
/// reactor must run from ``start()`` until ``stop()`` has returned, and a server that was started
/// must be stopped. One server serves one reactor; several share a port with
/// ``ServerSettings/sharesPort``.
public final class MicrohttpdServer: Sendable {
  private let core: ServerCore

  /// Creates a server; it does nothing until ``start()``.
  ///
  /// - Parameters:
  ///   - handler: decides on whole requests; called on the reactor's thread.
  ///   - makeRequestID: the `instance` of problems that the server makes by itself.
  ///   - onEvent: takes what is to be logged; called on the reactor's thread, so it must not block.
  public init(
    settings: ServerSettings, reactor: Reactor, handler: any RequestHandler,
    makeRequestID: @escaping @Sendable () -> String,
    onEvent: @escaping @Sendable (ServerEvent) -> Void
  ) {
    core = ServerCore(
      settings: settings, reactor: reactor, handler: handler, makeRequestID: makeRequestID,
      onEvent: onEvent)
  }

  /// The version of the library in use, such as `0.9.75`.
  public static var libraryVersion: String {
    guard let text = unsafe gw_mhd_version() else { return "unknown" }
    return unsafe String(cString: text)
  }

  /// Finds out whether anybody listens on the settings' address and port already. Of servers that
  /// share a port each start succeeds, even beside another process's, so ask this before the first.
  ///
  /// - Throws: ``ServerFault/cannotListen(code:)``.
  public static func checkPort(_ settings: ServerSettings) throws(ServerFault) {
    let code = unsafe settings.address.withCString { address in
      var options = unsafe gw_mhd_options()
      unsafe options.address = address
      unsafe options.port = settings.port
      return unsafe gw_mhd_port_fault(&options)
    }
    guard code == 0 else { throw .cannotListen(code: code) }
  }

  /// Raises the process's limit of descriptors as far as it may go.
  ///
  /// - Returns: the limit from now on.
  public static func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return 1024
    }
    if limit.rlim_cur < limit.rlim_max {
      let former = limit.rlim_cur
      limit.rlim_cur = limit.rlim_max
      // Best effort: with fewer descriptors than connections, the rest waits in the kernel's queue.
      if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 {
        limit.rlim_cur = former
      }
    }
    return Int(clamping: limit.rlim_cur)
  }

  /// Listens, and serves from then on. Raises the process's limit of descriptors as far as it may.
  ///
  /// - Throws: ``ServerFault`` if that is impossible; the server is then good for nothing more.
  public func start() async throws(ServerFault) {
    let outcome = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<Void, ServerFault>, Never>) in
      core.reactor.submit { [core] in
        continuation.resume(
          returning: Result { () throws(ServerFault) in try core.start() })
      }
    }
    try outcome.get()
  }

  /// The port that it listens on; 0 before ``start()``.
  public var port: UInt16 { core.boundPort.withLock { $0 } }

  /// What it has done so far; from any thread.
  public var counters: ServerCounters { core.published.withLock { $0 } }

  /// Stops accepting, and waits until the requests under way are answered, each with
  /// `Connection: close`. Connections without a request are closed at once.
  ///
  /// - Parameter grace: after that, the work of those left is cancelled, and they are answered with
  ///   the problem `shutting-down`. Whatever was cancelled is waited for, too, but not for ever.
  public func drain(grace: Duration) async {
    await withCheckedContinuation { continuation in
      core.reactor.submit { [core] in core.drain(grace: grace, continuation) }
    }
    let clock = core.reactor.clock
    await core.works.finish(by: clock.monotonic, clock: clock)
  }

  /// Closes everything, after a ``drain(grace:)`` without any grace if there was none. May be
  /// called more than once, and on a server that never started.
  public func stop() async {
    await drain(grace: .zero)
    await withCheckedContinuation { continuation in
      core.reactor.submit { [core] in
        core.stop()
        continuation.resume()
      }
    }
  }
}
