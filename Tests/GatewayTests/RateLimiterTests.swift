import GatewayCore
import Testing

@testable import Gateway

/// Goal: an app gets its rate and its burst, and is told exactly how long to wait.
/// Method: a bucket and instants.
@Suite struct RateLimiterTests {
  @Test func `another rate begins with what was left, and the same one is the same`() {
    let start = MonotonicInstant(nanoseconds: 0)
    let limiter = RateLimiter(requestsPerSecond: 1, burst: 4, now: start)
    for _ in 0..<3 { #expect(limiter.take(at: start) == nil) }
    #expect(limiter.adjusted(requestsPerSecond: 1, burst: 4, now: start) === limiter)
    let wider = limiter.adjusted(requestsPerSecond: 1, burst: 100, now: start)
    #expect(wider.take(at: start) == nil)
    #expect(wider.take(at: start) != nil)
    let later = start + .seconds(2)
    let narrow = limiter.adjusted(requestsPerSecond: 10, burst: 2, now: later)
    for _ in 0..<2 { #expect(narrow.take(at: later) == nil) }
    #expect(narrow.take(at: later) != nil)
  }

  private func at(_ seconds: Double) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: Int64(seconds * 1_000_000_000))
  }

  @Test func `the burst goes at once, then the rate`() throws {
    let limiter = RateLimiter(requestsPerSecond: 2, burst: 3, now: at(0))
    for _ in 0..<3 { #expect(limiter.take(at: at(0)) == nil) }
    let wait = try #require(limiter.take(at: at(0)))
    #expect(abs(wait.seconds - 0.5) < 1e-6)
    #expect(limiter.take(at: at(0.5)) == nil)
    #expect(limiter.take(at: at(0.5)) != nil)
  }

  @Test func `a pause saves up no more than the burst`() {
    let limiter = RateLimiter(requestsPerSecond: 100, burst: 2, now: at(0))
    let taken = (0..<5).filter { _ in limiter.take(at: at(1000)) == nil }
    #expect(taken.count == 2)
  }

  @Test func `a refused request costs nothing`() {
    let limiter = RateLimiter(requestsPerSecond: 1, burst: 1, now: at(0))
    #expect(limiter.take(at: at(0)) == nil)
    for _ in 0..<10 { #expect(limiter.take(at: at(0.5)) != nil) }
    #expect(limiter.take(at: at(1)) == nil)
  }

  @Test func `a request that seems to come before the last takes nothing back`() {
    let limiter = RateLimiter(requestsPerSecond: 1000, burst: 10, now: at(1))
    #expect(limiter.take(at: at(1)) == nil)
    for _ in 0..<9 { #expect(limiter.take(at: at(0.99)) == nil) }
    #expect(limiter.take(at: at(0.99)) != nil)
  }

  @Test func `a burst below one still lets one through`() {
    let limiter = RateLimiter(requestsPerSecond: 0.01, burst: 0, now: at(0))
    #expect(limiter.take(at: at(0)) == nil)
    #expect(limiter.take(at: at(0)) != nil)
  }
}
