/// Wakes the one who waits for work. A ring before the wait is not lost; several count once.
package final class Bell: Sendable {
  private struct State: Sendable {
    var isRung = false
    var waiter: Waiter<Void>?
  }

  private let state = Locked(State())

  /// Creates a silent bell.
  package init() {}

  /// Wakes whoever waits, or will wait next.
  package func ring() {
    let waiter = state.withLock { state in
      state.isRung = true
      return state.waiter
    }
    waiter?.resume(())
  }

  /// Waits for a ring, no longer than until `deadline` or the task's cancellation. One waits at a
  /// time.
  package func wait(until deadline: MonotonicInstant, clock: any GatewayClock) async {
    let waiter = Waiter<Void>()
    let isRung = state.withLock { state in
      if !state.isRung { state.waiter = waiter }
      return state.isRung
    }
    if !isRung { try? await waiter.value(until: deadline, clock: clock) }
    state.withLock { $0 = State() }
  }
}
