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
    case .written(let heatPump):
      foreign.withLock { $0.ended(heatPump, at: now) }
      // It may have overtaken what is waited for here, and who asks later may find it ended.
      if state.withLock({ $0.pending.isAwaited(at: heatPump) }),
        let address = directory.address(of: heatPump)
      {
        errands.start(on: executor) { [self] in await learnForeignWrites(to: address) }
      }
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

  /// Another gateway is gone: takes up the writes that it has sent and does not see through any
  /// more, and looks for its jobs.
  ///
  /// - Throws: ``StorageFault``.
  public func takeOver() async throws(StorageFault) {
    newJobBell.ring()
    let known = state.withLock { $0.pending }
    let accepted = try await storage.acceptedOperations(of: settings.name)
    for operation in accepted.sorted(by: { $0.sequence < $1.sequence })
    where !known.isAwaited(operation.request.id) {
      resume(operation)
    }
  }

  /// Before a heat pump is fetched that another gateway has written to: shows what that has sent as
  /// pending here, too, so that it does not matter through which of them a caller reads; and ends
  /// the wait for what it has overtaken. It is given up while the storage is away.
  func learnForeignWrites(to address: HeatPumpAddress) async {
    let fetchedAt = cache.heatPump(key(address.id))?.fetchedAt ?? clock.monotonic
    guard foreign.withLock({ $0.isDoubtful(address.id, fetchedAt: fetchedAt) }),
      let accepted = try? await storage.acceptedOperations(of: reference(address))
    else { return }
    let known = state.withLock { $0.pending }
    for operation in accepted where !known.knows(operation.request.id) {
      resume(operation, isForeign: true)
    }
  }

  /// Whether what is cached of a heat pump may lack what another gateway has written.
  func isDoubtful(_ entry: CachedHeatPump) -> Bool {
    isShared
      && foreign.withLock { $0.isDoubtful(entry.document.id, fetchedAt: entry.fetchedAt) }
  }
}
