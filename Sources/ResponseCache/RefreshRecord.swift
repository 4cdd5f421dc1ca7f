public import GatewayCore

/// How refreshing one cached answer went: when it was tried last, and whether it failed.
///
/// It lives and dies with the answer, so that whoever finds the answer stale knows at once whether
/// another try is due, and whether waiting for it is worth while.
public final class RefreshRecord: Sendable {
  private struct State: Sendable {
    var lastTry: MonotonicInstant?
    var failure: (at: MonotonicInstant, type: ProblemType)?
  }

  private let state = Locked(State())

  /// Creates a record without tries.
  public init() {}

  /// Whether a refresh in the background is due; if so, it counts as tried from now on. At most
  /// one caller in ``CachePolicy/refreshInterval`` gets `true`.
  public func isDue(at now: MonotonicInstant) -> Bool {
    state.withLock { state in
      if let lastTry = state.lastTry, now - lastTry < CachePolicy.refreshInterval { return false }
      state.lastTry = now
      return true
    }
  }

  /// A fetch that would have replaced the answer has failed.
  public func failed(_ type: ProblemType, at now: MonotonicInstant) {
    state.withLock { state in
      state.lastTry = now
      state.failure = (now, type)
    }
  }

  /// The last failure, as long as it is remembered (``CachePolicy/failureMemory``).
  public func recentFailure(at now: MonotonicInstant) -> ProblemType? {
    state.withLock { state in
      state.failure.flatMap { now - $0.at < CachePolicy.failureMemory ? $0.type : nil }
    }
  }
}
