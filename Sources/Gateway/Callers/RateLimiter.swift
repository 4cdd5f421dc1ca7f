import GatewayCore

/// A token bucket: so many requests per second, and a burst on top.
final class RateLimiter: Sendable {
  private struct Bucket: Sendable {
    var level: Double
    var filledAt: MonotonicInstant
  }

  private let perSecond: Double
  private let burst: Double
  private let bucket: Locked<Bucket>

  /// Creates a full bucket.
  init(requestsPerSecond: Double, burst: Double, now: MonotonicInstant) {
    perSecond = requestsPerSecond
    self.burst = max(1, burst)
    bucket = Locked(Bucket(level: self.burst, filledAt: now))
  }

  /// What a refused caller is told of the limit.
  ///
  /// - Parameter wait: how long until the next request may come.
  func quota(after wait: Duration) -> RateLimitQuota {
    RateLimitQuota(
      requests: Int(burst), window: .seconds(burst / perSecond), remaining: 0, resets: wait)
  }

  /// Takes one request's worth.
  ///
  /// - Returns: `nil` if there was enough, otherwise how long until there is.
  func take(at now: MonotonicInstant) -> Duration? {
    bucket.withLock { bucket in
      // Each reactor has its own notion of now, so that a request may seem to come before the last.
      if now > bucket.filledAt {
        let added = (now - bucket.filledAt).seconds * perSecond
        bucket.level = min(burst, bucket.level + added)
        bucket.filledAt = now
      }
      guard bucket.level < 1 else {
        bucket.level -= 1
        return nil
      }
      return .seconds((1 - bucket.level) / perSecond)
    }
  }
}
