internal import GatewayCore

/// Lets many askers share one answer: the first starts the work, all others wait for it.
///
/// The work runs as a task of its own, so that no asker's cancellation ends it for the others.
final class Coalescer<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Flight: Sendable {
    // Nearly always one.
    var waiters: [(number: Int, continuation: CheckedContinuation<Value?, Never>)] = []
  }

  private struct State: Sendable {
    var flights: [Key: Flight] = [:]
    var nextWaiter = 0
    var cancelled: Set<Int> = []
  }

  private let state = Locked(State())
  private let errands: Errands

  /// Creates a coalescer without flights.
  ///
  /// - Parameter errands: where the work is known while it is under way.
  init(errands: Errands = Errands()) {
    self.errands = errands
  }

  /// How many askers have given up before they could wait; all have been told by the time that
  /// they return.
  var markCount: Int { state.withLock { $0.cancelled.count } }

  /// How many wait for the answer to `key`.
  func waiterCount(_ key: Key) -> Int { state.withLock { $0.flights[key]?.waiters.count ?? 0 } }

  /// How many pieces of work are under way.
  var flightCount: Int { state.withLock { $0.flights.count } }

  /// When one asker stops waiting, and the clock that tells.
  struct Patience: Sendable {
    let deadline: MonotonicInstant
    let clock: any GatewayClock

    /// Creates a limit.
    init(until deadline: MonotonicInstant, on clock: any GatewayClock) {
      self.deadline = deadline
      self.clock = clock
    }
  }

  /// Waits for the answer to `key`, starting the work if nobody has.
  ///
  /// - Parameters:
  ///   - executor: where the work runs; `nil` for the shared pool.
  ///   - patience: when this asker stops waiting; `nil` to wait for the answer. It costs a timer.
  /// - Returns: the answer and whether somebody else had started the work; `nil` for the answer if
  ///   the calling task was cancelled or its patience ended first.
  func value(
    for key: Key, on executor: (any TaskExecutor)?, patience: Patience? = nil,
    _ work: @escaping @Sendable () async -> Value
  ) async -> (value: Value?, collapsed: Bool) {
    let waiter = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    let answer: (value: Value?, collapsed: Bool)
    if let patience {
      answer = await wait(waiter, for: key, on: executor, patience, work)
    } else {
      answer = await wait(waiter, for: key, on: executor, work)
    }
    // An end that came when nobody waited any more has left a mark.
    if patience != nil || Task.isCancelled {
      _ = state.withLock { $0.cancelled.remove(waiter) }
    }
    return answer
  }

  private func wait(
    _ waiter: Int, for key: Key, on executor: (any TaskExecutor)?, _ patience: Patience,
    _ work: @escaping @Sendable () async -> Value
  ) async -> (value: Value?, collapsed: Bool) {
    // The timer ends with this scope, whichever way it is left.
    async let _: Void = expire(waiter, of: key, patience)
    return await wait(waiter, for: key, on: executor, work)
  }

  private func expire(_ waiter: Int, of key: Key, _ patience: Patience) async {
    guard (try? await patience.clock.sleep(until: patience.deadline)) != nil else { return }
    cancel(waiter, of: key)
  }

  private func wait(
    _ waiter: Int, for key: Key, on executor: (any TaskExecutor)?,
    _ work: @escaping @Sendable () async -> Value
  ) async -> (value: Value?, collapsed: Bool) {
    var collapsed = false
    let value = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Value?, Never>) in
        switch join(key, waiter, continuation) {
        case .follower: collapsed = true
        case .leader: launch(key, on: executor, work)
        case .cancelled: continuation.resume(returning: nil)
        }
      }
    } onCancel: {
      cancel(waiter, of: key)
    }
    return (value, collapsed)
  }

  /// Starts the work unless it is under way; waits for nothing.
  ///
  /// - Returns: whether it was started.
  @discardableResult
  func start(
    _ key: Key, on executor: (any TaskExecutor)?, _ work: @escaping @Sendable () async -> Value
  ) -> Bool {
    let isNew = state.withLock { state in
      guard state.flights[key] == nil else { return false }
      state.flights[key] = Flight()
      return true
    }
    if isNew { launch(key, on: executor, work) }
    return isNew
  }

  private enum Role {
    case leader
    case follower
    case cancelled
  }

  private func join(
    _ key: Key, _ waiter: Int, _ continuation: CheckedContinuation<Value?, Never>
  ) -> Role {
    state.withLock { state in
      if state.cancelled.remove(waiter) != nil { return .cancelled }
      let role: Role = state.flights[key] == nil ? .leader : .follower
      state.flights[key, default: Flight()].waiters.append((waiter, continuation))
      return role
    }
  }

  private func launch(
    _ key: Key, on executor: (any TaskExecutor)?, _ work: @escaping @Sendable () async -> Value
  ) {
    errands.start(on: executor) { [self] in
      let value = await work()
      let flight = state.withLock { $0.flights.removeValue(forKey: key) }
      for waiter in flight?.waiters ?? [] { waiter.continuation.resume(returning: value) }
    }
  }

  private func cancel(_ waiter: Int, of key: Key) {
    let continuation = state.withLock { state in
      guard let place = state.flights[key]?.waiters.firstIndex(where: { $0.number == waiter })
      else {
        state.cancelled.insert(waiter)
        return nil as CheckedContinuation<Value?, Never>?
      }
      return state.flights[key]?.waiters.remove(at: place).continuation
    }
    continuation?.resume(returning: nil)
  }
}
