public import GatewayCore
public import Reactor

/// Sends requests with libcurl, on the thread of one reactor: with its multi interface, or by plain
/// HTTP/1.1 on connections that it made (see ``HTTP1Pool``).
///
/// ``send(_:)`` may be called from anywhere. A task that prefers the reactor is served without a
/// change of thread; any other hands its request over through the reactor's mailbox.
///
/// The reactor must run for requests to come to an end. Call ``shutDown()`` before it stops.
///
/// What every request is subject to:
/// - http and https only; TLS 1.2 or later, certificate and host name verified, HTTP/2 where
///   offered;
/// - no redirect is followed, no cookie, no `.netrc` and no proxy of the environment is looked at;
/// - a safe method (GET, HEAD, OPTIONS) may be sent again at once if a kept connection dies under
///   it without an answer; any other is never written twice;
/// - gzip and deflate are offered and decompressed, and `Content-Encoding` and `Content-Length` are
///   then gone from the answer; any other coding is an invalid answer.
public final class CurlTransport: UpstreamTransport {
  private let loop: TransferLoop

  /// Creates a transport for a reactor, which need not run yet.
  ///
  /// - Throws: ``TransportFault`` of the kind `other` if libcurl cannot be set up.
  public init(
    reactor: Reactor, settings: CurlSettings = CurlSettings()
  ) throws(TransportFault) {
    let loop = try TransferLoop(reactor: reactor, settings: settings)
    self.loop = loop
    run { [weak loop] in reactor.addTurnHook { loop?.endTurn() } }
  }

  deinit {
    // A transfer in flight holds the transport, so there is none; connections may lie idle.
    run { [loop] in loop.close() }
  }

  /// Sends a request; see the type for the rules.
  ///
  /// - Throws: ``TransportFault``, at the deadline at the latest; of the kind `cancelled` as soon
  ///   as the task is cancelled or the transport is shut down; of the kind `other` for a request
  ///   that cannot stand on the wire, such as one with a line break in a header.
  public func send(_ request: TransportRequest) async throws(TransportFault) -> TransportResponse {
    let transfer = Transfer(request)
    // The cancellation may overtake the start; the transfer then remembers it until it is started.
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        run { [loop] in loop.start(transfer, continuation) }
      }
    } onCancel: {
      run { [loop] in loop.cancel(transfer) }
    }
    return try outcome.get()
  }

  /// Ends all transfers as cancelled, closes all connections and frees libcurl's memory. Later
  /// requests fail as cancelled. The reactor must be running; calling it again does nothing.
  public func shutDown() async {
    await withCheckedContinuation { continuation in
      run { [loop] in
        loop.close()
        continuation.resume()
      }
    }
  }

  /// The versions of libcurl and of the libraries that it stands on.
  public static var libraryVersion: String { CurlLibrary.version }

  /// What has been done so far.
  public var counters: CurlCounters { loop.counters.withLock { $0 } }

  /// The reactor on whose thread the transfers run.
  public var reactor: Reactor { loop.reactor }

  private func run(_ work: @escaping @Sendable () -> Void) {
    if loop.reactor.isCurrent { work() } else { loop.reactor.submit(work) }
  }
}
