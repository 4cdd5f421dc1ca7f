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

  /// A limiter of that rate with what is left in this one, so that nobody gets a burst by being
  /// configured anew; this one, if it has that rate.
  func adjusted(
    requestsPerSecond: Double, burst: Double, now: MonotonicInstant
  ) -> RateLimiter {
    if requestsPerSecond == perSecond, max(1, burst) == self.burst { return self }
    let other = RateLimiter(requestsPerSecond: requestsPerSecond, burst: burst, now: now)
    let level = bucket.withLock { bucket in
      let idle = max(.zero, now - bucket.filledAt).seconds
      return min(self.burst, bucket.level + idle * perSecond)
    }
    other.bucket.withLock { $0.level = min(other.burst, level) }
    return other
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
