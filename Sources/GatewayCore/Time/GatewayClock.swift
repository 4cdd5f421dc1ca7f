#if canImport(Glibc)
  import Glibc
#endif

/// Where time comes from. Injected, so that tests move it by hand.
public protocol GatewayClock: Sendable {
  /// Now, on the clock that never jumps.
  var monotonic: MonotonicInstant { get }
  /// Now, as the world calls it.
  var wall: Timestamp { get }
  /// Waits until `deadline`.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  func sleep(until deadline: MonotonicInstant) async throws
}

extension GatewayClock {
  /// Waits for `duration`.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  public func sleep(for duration: Duration) async throws {
    try await sleep(until: monotonic + duration)
  }
}

/// The machine's own clocks.
public struct SystemClock: GatewayClock {
  /// Creates the clock.
  public init() {}

  /// `CLOCK_MONOTONIC`.
  public var monotonic: MonotonicInstant {
    MonotonicInstant(nanoseconds: read(CLOCK_MONOTONIC))
  }

  /// `CLOCK_REALTIME`, in microseconds.
  public var wall: Timestamp {
    Timestamp(microseconds: read(CLOCK_REALTIME) / 1000)
  }

  /// Waits with the concurrency library's timers.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  public func sleep(until deadline: MonotonicInstant) async throws {
    let remaining = deadline - monotonic
    guard remaining > .zero else { return try Task.checkCancellation() }
    try await Task.sleep(for: remaining)
  }

  private func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    let code = unsafe clock_gettime(clock, &time)
    precondition(code == 0, "clock_gettime failed for clock \(clock)")
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
