internal import GatewayCore
internal import HeatPumps
internal import Logging
internal import PoderoClient
internal import ResponseCache
internal import Storage

extension OrganisationService {
  /// Sees accepted writes through to `verified` or `unverified`: reads the heat pumps that have
  /// something pending, now and then, below all callers' traffic. Ends when the task is cancelled.
  public func verifyWrites() async {
    var next: [ResourceID: (at: MonotonicInstant, interval: Duration)] = [:]
    while !Task.isCancelled {
      do {
        try await clock.sleep(for: Self.verificationTick)
      } catch {
        return
      }
      expireWindows()
      let pending = state.withLock { $0.pending.heatPumps }
      let now = clock.monotonic
      next = next.filter { pending.contains($0.key) }
      for id in pending {
        guard let plan = next[id] else {
          next[id] = (now + Self.firstVerification, Self.firstVerification)
          continue
        }
        guard plan.at <= now, let address = directory.address(of: id) else { continue }
        let interval = min(plan.interval * 2, Self.longestVerification)
        next[id] = (now + interval, interval)
        // Polling reads it anyway, and more often after a write.
        if !listeners.serves(address.user) { refresh(address) }
      }
    }
  }

  private static let verificationTick = Duration.seconds(5)
  // Devices show their state every 5 to 15 minutes, so asking much earlier or more often is vain.
  private static let firstVerification = Duration.seconds(60)
  private static let longestVerification = Duration.seconds(240)

  private func expireWindows() {
    let (changed, ended) = state.withLock {
      $0.pending.expire(now: clock.wall, window: settings.verificationWindow)
    }
    for id in changed {
      cache.setPending(state.withLock { $0.pending.values(of: id) }, for: key(id))
    }
    store(ended)
  }

  /// Stores how operations' waits ended, in the background.
  func store(_ verifications: [Verification]) {
    guard !verifications.isEmpty else { return }
    Task(executorPreference: executor) { [self] in
      let now = clock.wall
      do {
        try await conclude(
          verifications.map(Conclusion.init), at: now, lease: nil, audit: [],
          events: events(verifications, at: now))
      } catch {
        // They stay `accepted`, and are taken up again at the next start.
        logger.warning("verifications could not be stored", metadata: ["fault": "\(error)"])
      }
    }
  }
}
