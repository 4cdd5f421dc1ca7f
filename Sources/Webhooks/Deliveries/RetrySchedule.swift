internal import GatewayCore

/// When a delivery that was not taken is tried again.
///
/// | after attempt | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 |
/// |---|---|---|---|---|---|---|---|---|---|---|
/// | at most | 5 s | 30 s | 5 min | 30 min | 2 h | 5 h | 10 h | 14 h | 20 h | 24 h |
///
/// The pause is anywhere between nothing and that ("full jitter"), so that what failed together is
/// not tried again together; no less than a receiver asks for with `Retry-After`, up to a cap.
/// Chance may make the pauses short: the last one is then repeated until the delivery has been
/// tried for ``leastSpan``.
public struct RetrySchedule: Sendable, Equatable {
  /// The longest pause after each attempt.
  public var pauses: [Duration] = [
    .seconds(5), .seconds(30), .seconds(300), .seconds(1800), .seconds(7200), .seconds(18000),
    .seconds(36000), .seconds(50400), .seconds(72000), .seconds(86400),
  ]
  /// For how long a delivery is tried, whatever chance says; 26 hours.
  public var leastSpan = Duration.seconds(93600)
  /// The most of a `Retry-After` that counts; one hour.
  public var retryAfterCap = Duration.seconds(3600)
  /// The shortest pause, so that chance never makes a tight loop; one second.
  public var leastPause = Duration.seconds(1)

  /// The schedule above.
  public init() {}

  /// How long to wait after an attempt that failed.
  ///
  /// - Parameters:
  ///   - tries: how many attempts there were since it was queued, this one included.
  ///   - elapsed: how long ago it was queued.
  ///   - retryAfter: what the receiver asked for.
  ///   - chance: a number in `0..<1`.
  /// - Returns: `nil` if it is given up.
  public func pause(
    afterTries tries: Int, elapsed: Duration, retryAfter: Duration?, chance: Double
  ) -> Duration? {
    guard let last = pauses.last, tries <= pauses.count || elapsed < leastSpan else { return nil }
    let limit = tries <= pauses.count ? pauses[max(1, tries) - 1] : last
    return max(leastPause, limit * chance, asked(retryAfter))
  }

  /// As much of a `Retry-After` as counts.
  public func asked(_ retryAfter: Duration?) -> Duration {
    min(max(.zero, retryAfter ?? .zero), retryAfterCap)
  }
}
