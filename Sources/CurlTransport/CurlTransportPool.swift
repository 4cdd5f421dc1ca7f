public import GatewayCore
internal import Reactor

/// Several transports, one for each reactor, that act as one.
///
/// A request goes out on the reactor whose thread asks for it, so that it never changes threads.
/// One that comes from elsewhere goes to the next in turn.
public final class CurlTransportPool: UpstreamTransport {
  private let transports: [CurlTransport]
  private let next = Locked(0)

  /// Creates a pool; without any transport every request fails.
  public init(_ transports: [CurlTransport]) {
    self.transports = transports
  }

  /// Sends a request as ``CurlTransport/send(_:)`` does.
  ///
  /// - Throws: what that throws, or a fault of the kind `other` if the pool is empty.
  public func send(_ request: TransportRequest) async throws(TransportFault) -> TransportResponse {
    guard let transport = choose() else {
      throw TransportFault(.other, mayHaveBeenSent: false, detail: "there is no transport")
    }
    return try await transport.send(request)
  }

  /// Shuts all transports down, see ``CurlTransport/shutDown()``.
  public func shutDown() async {
    for transport in transports { await transport.shutDown() }
  }

  /// What all transports together have done so far.
  public var counters: CurlCounters { transports.map(\.counters).reduce(CurlCounters(), +) }

  private func choose() -> CurlTransport? {
    if let current = Reactor.current,
      let own = transports.first(where: { $0.reactor === current })
    {
      return own
    }
    guard !transports.isEmpty else { return nil }
    let index = next.withLock { next in
      defer { next &+= 1 }
      return next
    }
    return transports[Int(UInt(bitPattern: index) % UInt(transports.count))]
  }
}
