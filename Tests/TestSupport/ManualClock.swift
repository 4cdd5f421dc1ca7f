public import GatewayCore

/// A clock that stands still until a test moves it.
public final class ManualClock: GatewayClock {
  private struct Sleeper: Sendable {
    let deadline: MonotonicInstant
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State: Sendable {
    var elapsed: Duration = .zero
    var sleepers: [Int: Sleeper] = [:]
    var cancelled: Set<Int> = []
    var next = 0
    var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    mutating func satisfiedWaiters() -> [CheckedContinuation<Void, Never>] {
      let ready = waiters.filter { sleepers.count >= $0.count }.map(\.continuation)
      waiters.removeAll { sleepers.count >= $0.count }
      return ready
    }
  }

  private let start: Timestamp
  private let state = Locked(State())

  /// Creates a clock.
  ///
  /// - Parameter wall: what the wall clock shows first.
  public init(wall: String = "2026-11-24T10:00:00Z") {
    guard let start = Timestamp(rfc3339: wall) else { preconditionFailure("not a time: \(wall)") }
    self.start = start
  }

  /// The monotonic clock begins at one second.
  public var monotonic: MonotonicInstant {
    MonotonicInstant(nanoseconds: 1_000_000_000) + state.withLock { $0.elapsed }
  }

  /// The wall clock moves with the monotonic one.
  public var wall: Timestamp { start + state.withLock { $0.elapsed } }

  /// How many tasks are asleep.
  public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

  /// Waits until the test has moved the clock to `deadline`.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  public func sleep(until deadline: MonotonicInstant) async throws {
    let id = state.withLock { state in
      state.next += 1
      return state.next
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (outcome, ready) = state.withLock {
          state -> (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) in
          if state.cancelled.remove(id) != nil { return (.failure(CancellationError()), []) }
          if MonotonicInstant(nanoseconds: 1_000_000_000) + state.elapsed >= deadline {
            return (.success(()), [])
          }
          state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
          return (nil, state.satisfiedWaiters())
        }
        if let outcome { continuation.resume(with: outcome) }
        for waiter in ready { waiter.resume() }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        guard let sleeper = state.sleepers.removeValue(forKey: id) else {
          state.cancelled.insert(id)
          return nil as Sleeper?
        }
        return sleeper
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Moves time on and wakes, in the order of their deadlines, those whose time has come.
  public func advance(by duration: Duration) {
    let due = state.withLock { state -> [Sleeper] in
      state.elapsed += duration
      let now = MonotonicInstant(nanoseconds: 1_000_000_000) + state.elapsed
      let ids = state.sleepers.filter { $0.value.deadline <= now }.keys
      return ids.compactMap { state.sleepers.removeValue(forKey: $0) }
        .sorted { $0.deadline < $1.deadline }
    }
    for sleeper in due { sleeper.continuation.resume() }
  }

  /// Waits until at least `count` tasks are asleep, so that ``advance(by:)`` reaches them.
  public func waitForSleepers(_ count: Int = 1) async {
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if state.sleepers.count >= count { return true }
        state.waiters.append((count, continuation))
        return false
      }
      if isReady { continuation.resume() }
    }
  }
}
