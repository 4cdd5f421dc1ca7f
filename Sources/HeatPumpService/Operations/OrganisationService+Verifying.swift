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
      await storeAgain()
      expireWindows()
      let pending = state.withLock { $0.pending.awaited }
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
        if !listeners.serves(address.user) { current.refresh(address) }
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
    let now = clock.wall
    note(verifications, at: now)
    let endings = verifications.map { UnstoredEnding($0, event: event($0, at: now), at: now) }
    errands.start(on: executor) { [self] in await store(endings, isNew: true) }
  }

  /// Counts how long it took until devices showed what was written.
  func note(_ verifications: [Verification], at now: Timestamp) {
    let times = verifications.filter { $0.state == .verified }.compactMap(\.note?.acceptedAt)
    guard !times.isEmpty else { return }
    state.withLock { state in
      for time in times { state.figures.untilVerified.add(now - time) }
    }
  }

  /// Tries again with what could not be stored.
  private func storeAgain() async {
    let endings = state.withLock { state in
      defer { state.unstored = [] }
      return state.unstored
    }
    guard !endings.isEmpty, await store(endings, isNew: false) else { return }
    logger.notice("verifications can be stored again", metadata: ["count": "\(endings.count)"])
  }

  /// - Returns: whether none has to be tried again.
  @discardableResult
  private func store(_ endings: [UnstoredEnding], isNew: Bool) async -> Bool {
    do {
      try await conclude(
        endings.map { Conclusion($0.verification) }, at: endings.map(\.at).max() ?? clock.wall,
        lease: nil, audit: [], events: endings.compactMap(\.event))
      return true
    } catch .outdated where endings.count > 1 {
      // One has come to another end meanwhile, which must not keep the others from theirs.
      var isWhole = true
      for ending in endings { isWhole = await store([ending], isNew: isNew) && isWhole }
      return isWhole
    } catch .outdated {
      return true
    } catch {
      // They stay `accepted`, and are taken up again at the next start at the latest. No more can
      // come together here than have been accepted, which takes a storage that stores.
      let isFirst = state.withLock { state in
        state.unstored += endings
        return state.unstored.count == endings.count
      }
      if isNew, isFirst {
        logger.warning("verifications could not be stored", metadata: ["fault": "\(error)"])
      }
      return false
    }
  }
}

/// The end of an operation's wait with the event that tells of it, until they are stored.
struct UnstoredEnding: Sendable {
  let verification: Verification
  let event: NewEvent?
  let at: Timestamp

  init(_ verification: Verification, event: NewEvent?, at: Timestamp) {
    self.verification = verification
    self.event = event
    self.at = at
  }
}
