internal import GatewayCore
internal import HeatPumps
internal import PoderoClient
internal import ResponseCache
public import Storage

/// What other gateways do, as far as it is of interest here.
extension OrganisationService {
  /// Takes note of it. It does not block.
  public func hear(_ news: SharedNews) {
    let now = clock.monotonic
    switch news {
    case .queued(let heatPump): bells.ring(heatPump)
    case .writing(let heatPump):
      foreign.withLock { $0.began(heatPump, at: now, until: now + leaseTime) }
    case .written(let heatPump): foreign.withLock { $0.ended(heatPump, at: now) }
    case .ended(let operation): elsewhere.ring(operation)
    case .members: sweepBell.ring()
    case .missed:
      foreign.withLock { $0.missed(at: now) }
      bells.ringAll()
      elsewhere.ringAll()
      sweepBell.ring()
    case .events, .token, .listening: break
    }
  }

  /// Goes by this share of the cluster from now on: of the budget, and of whom is polled.
  public func take(_ share: ClusterShare) {
    client.shareBudget(among: share.count)
    listeners.take(share, at: clock.monotonic)
  }

  /// Takes up the writes that another gateway has sent and does not see through any more.
  ///
  /// - Throws: ``StorageFault``.
  public func takeUpUnverified() async throws(StorageFault) {
    let known = state.withLock { $0.pending }
    let accepted = try await storage.acceptedOperations(of: settings.name)
    for operation in accepted.sorted(by: { $0.sequence < $1.sequence })
    where !known.contains(operation.request.id) {
      resume(operation)
    }
  }

  /// Whether what is cached of a heat pump may lack what another gateway has written.
  func isDoubtful(_ entry: CachedHeatPump) -> Bool {
    isShared
      && foreign.withLock { $0.isDoubtful(entry.document.id, fetchedAt: entry.fetchedAt) }
  }
}
