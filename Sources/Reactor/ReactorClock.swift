public import GatewayCore

/// The machine's clocks, with a reactor's timers for tasks that run on one.
///
/// A wait with a deadline nearly always ends before it. The concurrency library keeps the timer of
/// a sleep that was cancelled until it would have ended; a reactor forgets it at once, and sets it
/// without a system call.
public struct ReactorClock: GatewayClock {
  private let system = SystemClock()

  /// Creates the clock.
  public init() {}

  /// `CLOCK_MONOTONIC`.
  public var monotonic: MonotonicInstant { system.monotonic }

  /// `CLOCK_REALTIME`, in microseconds.
  public var wall: Timestamp { system.wall }

  /// Waits with the timers of the reactor that the task runs on, or else the concurrency library's.
  /// The reactor must go on running meanwhile, as it must for the task itself.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  public func sleep(until deadline: MonotonicInstant) async throws {
    guard let reactor = Reactor.current, deadline > monotonic else {
      return try await system.sleep(until: deadline)
    }
    let sleeper = Sleeper()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        reactor.perform { sleeper.begin(continuation, until: deadline, on: reactor) }
      }
    } onCancel: {
      reactor.perform { sleeper.cancel(on: reactor) }
    }
  }
}

/// One sleep. Confined to its reactor's thread.
private final class Sleeper: @unchecked Sendable {
  // Sendable is safe: all of it is touched on the reactor's thread only.
  private var continuation: CheckedContinuation<Void, any Error>?
  private var timer: TimerToken?
  // A cancellation may come before the beginning.
  private var isCancelled = false

  func begin(
    _ continuation: CheckedContinuation<Void, any Error>, until deadline: MonotonicInstant,
    on reactor: Reactor
  ) {
    guard !isCancelled else { return continuation.resume(throwing: CancellationError()) }
    self.continuation = continuation
    timer = reactor.schedule(at: deadline) { [self] in take()?.resume() }
  }

  func cancel(on reactor: Reactor) {
    isCancelled = true
    if let timer { reactor.cancel(timer) }
    take()?.resume(throwing: CancellationError())
  }

  private func take() -> CheckedContinuation<Void, any Error>? {
    timer = nil
    return continuation.take()
  }
}

extension Reactor {
  fileprivate func perform(_ work: @escaping @Sendable () -> Void) {
    if isCurrent { work() } else { submit(work) }
  }
}
