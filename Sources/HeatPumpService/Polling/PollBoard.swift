internal import GatewayCore
internal import HeatPumps

/// How a poll ended.
public enum PollOutcome: String, Sendable, CaseIterable {
  /// The list was read.
  case read
  /// Somebody had read it just before, which counted as the poll.
  case cached
  /// The upstream has no such user.
  case notFound = "not_found"
  /// The upstream, or the budget, wants fewer requests.
  case throttled
  /// It could not be read.
  case failed
}

/// What polling is at, for people and metrics.
public struct PollFigures: Sendable, Equatable {
  /// Polls since the start, by how they ended.
  public var polls: [PollOutcome: Int] = [:]
  /// How many users' lists are polled.
  public var users = 0
  /// How long a list waits for its next poll in quiet times, at present.
  public var interval = Duration.zero
  /// By how much polling is slowed down, from 1.
  public var backpressure = 1.0
}

/// How the upstream takes polls at present.
enum PollRoom: Sendable {
  /// As always.
  case open
  /// One at a time, to see whether it is back.
  case single
  /// None: they would fail, and wait a whole interval for their next turn.
  case closed
}

/// Who is polled and when, for all threads.
final class PollBoard: Sendable {
  /// What the poller does next.
  enum Step: Sendable {
    /// Poll that user's list, and report to ``ended(_:at:)``.
    case poll(ResourceID)
    /// Nothing until then, or until the bell rings.
    case wait(Waiter<Void>, until: MonotonicInstant)
  }

  private struct State: Sendable {
    var plan: PollPlan
    // As configured, for all gateways together.
    var settings: PollSettings
    var pollsForAll: Int
    var share = ClusterShare.whole
    var listening = Listening()
    var backpressure = Backpressure()
    var throttledAt: MonotonicInstant?
    var isRunning = false
    var inFlight = 0
    var bell: Waiter<Void>?
    var polls: [PollOutcome: Int] = [:]

    /// How many polls this gateway makes at once.
    var pollsAtOnce: Int { max(1, pollsForAll / share.count) }

    mutating func takeBell() -> Waiter<Void>? {
      defer { bell = nil }
      return bell
    }

    mutating func adjust(at now: MonotonicInstant) {
      var settings = settings
      settings.requestsPerMinute = settings.requestsPerMinute.map { $0 / Double(share.count) }
      plan.adjust(to: settings, at: now)
    }

    /// Whether this gateway polls a user, for those who listen or because of what it wrote.
    func isServed(_ user: ResourceID) -> Bool {
      listening.wroteAt[user] != nil || listening.wanted.contains(user) && share.contains(user)
    }
  }

  private let state: Locked<State>

  // A pause never lasts longer, so that a change of the upstream's state is met soon.
  private static let longestPause = Duration.seconds(1)
  // A write that has not gone upstream yet waits for nothing: it must not be taken for settled.
  private static let shortestHeat = Duration.seconds(30)

  init(_ settings: PollSettings, pollsAtOnce: Int, now: MonotonicInstant, wall: Timestamp) {
    state = Locked(
      State(
        plan: PollPlan(settings: settings, now: now, wall: wall), settings: settings,
        pollsForAll: pollsAtOnce))
  }

  /// Goes by other settings from now on; who is polled, and what was planned, stays as far as it
  /// can.
  func adjust(to settings: PollSettings, pollsAtOnce: Int, at now: MonotonicInstant) {
    change { state in
      state.pollsForAll = pollsAtOnce
      state.settings = settings
      state.adjust(at: now)
    }
  }

  /// Polls this share of those whom somebody listens to from now on, and leaves the others to other
  /// gateways. Whoever comes to it is polled at the same place in the interval as before.
  func take(_ share: ClusterShare, at now: MonotonicInstant) {
    change { state in
      guard share != state.share else { return }
      state.share = share
      state.adjust(at: now)
      for user in state.listening.wanted {
        if state.isServed(user) {
          state.plan.add(user, at: now)
        } else {
          state.plan.remove(user)
        }
      }
    }
  }

  /// The state in figures.
  var figures: PollFigures {
    state.withLock { state in
      PollFigures(
        polls: state.polls, users: state.plan.count, interval: state.plan.presentInterval,
        backpressure: state.backpressure.factor)
    }
  }

  /// Whether answers about a user's heat pumps are looked at for changes.
  func contains(_ user: ResourceID) -> Bool {
    state.withLock { $0.listening.contains(user) }
  }

  /// Whether a user's list is read now and then, without anybody's asking.
  func serves(_ user: ResourceID) -> Bool {
    state.withLock { $0.isRunning && $0.plan.contains(user) }
  }

  /// Whether another gateway reads a user's list now and then.
  func isServedElsewhere(_ user: ResourceID) -> Bool {
    state.withLock { $0.listening.wanted.contains(user) && !$0.share.contains(user) }
  }

  /// Sets whose heat pumps somebody listens to, be it at another gateway.
  func setWanted(_ users: Set<ResourceID>, at now: MonotonicInstant) {
    change { state in
      for user in state.listening.setWanted(users, at: now) { state.plan.remove(user) }
      for user in users where state.isServed(user) { state.plan.add(user, at: now) }
    }
  }

  /// Something is being written to a user's heat pump.
  func wrote(to user: ResourceID, at now: MonotonicInstant) {
    let bell = state.withLock { state in
      let due = state.plan.nextDue
      state.listening.wrote(to: user, at: now)
      state.plan.add(user, at: now)
      state.plan.wrote(to: user, at: now)
      // Of several writes in a row, only the first brings a poll forward.
      return state.plan.nextDue == due ? nil : state.takeBell()
    }
    bell?.resume(())
  }

  /// Ends the heat of users to whose heat pumps nothing is pending, and forgets who is no longer
  /// cared for.
  ///
  /// - Returns: whom nobody has cared for in a long time.
  func settle(pending: Set<ResourceID>, at now: MonotonicInstant) -> [ResourceID] {
    state.withLock { state in
      for (user, wroteAt) in state.listening.wroteAt
      where !pending.contains(user) && now - wroteAt >= Self.shortestHeat {
        state.plan.verified(user, at: now)
        let isLeft = state.listening.cool(user, at: now)
        if isLeft || !state.isServed(user) { state.plan.remove(user) }
      }
      return state.listening.lapse(at: now)
    }
  }

  /// Somebody listened to these users before the start; from now on they count as left, unless
  /// somebody listens to them again.
  func adopt(_ users: Set<ResourceID>, at now: MonotonicInstant) {
    state.withLock { $0.listening.adopt(users, at: now) }
  }

  /// Notes when a user's devices were observed last.
  func observed(_ user: ResourceID, at observed: Timestamp, now: MonotonicInstant) {
    state.withLock { $0.plan.observed(user, at: observed, now: now) }
  }

  // MARK: The poller's own

  /// Whether somebody polls.
  func setRunning(_ isRunning: Bool) { state.withLock { $0.isRunning = isRunning } }

  /// What to do now.
  func step(_ room: PollRoom, at now: MonotonicInstant) -> Step {
    state.withLock { state in
      let isThrottled = state.throttledAt.map { now - $0 < Backpressure.step } ?? false
      state.backpressure.note(isTroubled: isThrottled || !room.isOpen, at: now)
      if state.plan.backpressure != state.backpressure.factor {
        state.plan.backpressure = state.backpressure.factor
      }
      let places =
        switch room {
        case .open: state.pollsAtOnce
        case .single: 1
        case .closed: 0
        }
      if state.inFlight < places, let user = state.plan.next(at: now) {
        state.inFlight += 1
        return .poll(user)
      }
      let bell = Waiter<Void>()
      state.bell = bell
      let tick = now + Self.longestPause
      guard state.inFlight < places else { return .wait(bell, until: tick) }
      return .wait(bell, until: min(tick, state.plan.nextDue ?? tick))
    }
  }

  /// A poll has ended.
  func ended(_ outcome: PollOutcome, at now: MonotonicInstant) {
    change { state in
      state.inFlight -= 1
      state.polls[outcome, default: 0] += 1
      if outcome == .throttled { state.throttledAt = now }
    }
  }

  // Rings the bell: what was waited for may come sooner now.
  private func change(_ body: (inout State) -> Void) {
    let bell = state.withLock { state in
      body(&state)
      return state.takeBell()
    }
    bell?.resume(())
  }
}

extension PollRoom {
  fileprivate var isOpen: Bool {
    if case .open = self { true } else { false }
  }
}
