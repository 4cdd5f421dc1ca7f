/// Tasks that nobody waits for while they run, kept in one place so that what they use is closed
/// behind the last of them.
package final class Errands: Sendable {
  private struct State: Sendable {
    var tasks: [Int: Task<Void, Never>] = [:]
    var lastNumber = 0
    var idle: [Waiter<Void>] = []
  }

  private let state = Locked(State())

  // For those that were cancelled: they only have to notice, and to store what they know.
  private static let lastMoment = Duration.seconds(5)

  /// Creates a place without tasks.
  package init() {}

  /// How many are under way.
  package var count: Int { state.withLock { $0.tasks.count } }

  /// Starts one.
  ///
  /// - Parameter executor: where it runs; `nil` for the shared pool.
  @discardableResult
  package func start(
    on executor: (any TaskExecutor)? = nil, _ work: @escaping @Sendable () async -> Void
  ) -> Task<Void, Never> {
    // Made under the lock, so that it cannot be over before it is noted.
    state.withLock { state in
      state.lastNumber += 1
      let number = state.lastNumber
      let task = Task(executorPreference: executor) {
        await work()
        self.ended(number)
      }
      state.tasks[number] = task
      return task
    }
  }

  /// Lets all of them come to their end, those too that they start meanwhile. What is still under
  /// way at `deadline`, or when the caller's task is cancelled, is cancelled, and gets some seconds
  /// to notice.
  ///
  /// - Returns: how many have not ended even so; they may run on.
  @discardableResult
  package func finish(by deadline: MonotonicInstant, clock: any GatewayClock) async -> Int {
    if await wait(until: deadline, clock) { return 0 }
    for task in state.withLock({ Array($0.tasks.values) }) { task.cancel() }
    // On a task of its own, since the caller's may have been cancelled.
    _ = await Task { await wait(until: clock.monotonic + Self.lastMoment, clock) }.value
    return count
  }

  private func wait(until deadline: MonotonicInstant, _ clock: any GatewayClock) async -> Bool {
    let idle = Waiter<Void>()
    let isIdle = state.withLock { state in
      if !state.tasks.isEmpty { state.idle.append(idle) }
      return state.tasks.isEmpty
    }
    if isIdle { return true }
    return (try? await idle.value(until: deadline, clock: clock)) != nil
  }

  private func ended(_ number: Int) {
    let waiting = state.withLock { state -> [Waiter<Void>] in
      state.tasks[number] = nil
      guard state.tasks.isEmpty else { return [] }
      defer { state.idle = [] }
      return state.idle
    }
    for idle in waiting { idle.resume(()) }
  }
}
