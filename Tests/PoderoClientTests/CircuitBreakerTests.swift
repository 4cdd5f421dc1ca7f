import GatewayCore
import TestSupport
import Testing

@testable import PoderoClient

/// Goal: a failing upstream is left alone, and found healthy again by one read at a time.
/// Method: the pure machine, event by event.
@Suite struct CircuitBreakerTests {
  private let start = MonotonicInstant(nanoseconds: 0)

  private func opened(openings: Int = 1) throws -> (CircuitBreaker, MonotonicInstant) {
    var breaker = CircuitBreaker(threshold: 5)
    for _ in 0..<5 {
      breaker.end(try breaker.admit(isRead: false, at: start).get(), .failing, at: start, chance: 1)
    }
    var now = start + .seconds(1)
    for _ in 1..<openings {
      breaker.end(try breaker.admit(isRead: true, at: now).get(), .failing, at: now, chance: 1)
      now = now + (breaker.status(at: now).openFor ?? .zero)
    }
    return (breaker, now)
  }

  @Test func `it opens after five failures in a row, not before`() throws {
    var breaker = CircuitBreaker(threshold: 5)
    for verdict: CircuitBreaker.Verdict in [
      .failing, .failing, .failing, .failing, .healthy, .failing, .failing, .unknown, .failing,
      .failing,
    ] {
      let pass = try breaker.admit(isRead: true, at: start).get()
      breaker.end(pass, verdict, at: start, chance: 0)
    }
    #expect(breaker.status(at: start).phase == .closed)
    #expect(breaker.status(at: start).failures == 4)
    breaker.end(try breaker.admit(isRead: true, at: start).get(), .failing, at: start, chance: 0)
    #expect(breaker.status(at: start).phase == .open)
    #expect(breaker.status(at: start).openFor == .milliseconds(500))
    let refusal = breaker.refusal(isRead: true, at: start)
    #expect(refusal == .init(retryAfter: .milliseconds(500), wantsProbe: false))
  }

  @Test func `after its time one read passes, alone, and closes it`() throws {
    var (breaker, now) = try opened()
    #expect(breaker.status(at: now).phase == .halfOpen)
    let probe = try breaker.admit(isRead: true, at: now).get()
    #expect(breaker.refusal(isRead: true, at: now) != nil)
    #expect(breaker.refusal(isRead: false, at: now)?.wantsProbe == false)
    breaker.end(probe, .healthy, at: now, chance: 0)
    #expect(breaker.status(at: now) == BreakerStatus(phase: .closed, failures: 0, openings: 0))
    #expect(breaker.refusal(isRead: false, at: now) == nil)
  }

  @Test(arguments: [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (20, 30)])
  func `each failed probe opens it for longer`(openings: Int, seconds: Int) throws {
    var breaker = CircuitBreaker(threshold: 1)
    var now = start
    for opening in 1...openings {
      let pass = try breaker.admit(isRead: true, at: now).get()
      breaker.end(pass, .failing, at: now, chance: 1)
      guard opening < openings else { break }
      now = now + (breaker.status(at: now).openFor ?? .zero)
    }
    #expect(breaker.status(at: now).openFor == .seconds(seconds))
    #expect(breaker.status(at: now).openings == openings)
  }

  @Test func `a write is never the probe, and asks for one just once`() throws {
    var (breaker, now) = try opened()
    #expect(breaker.refusal(isRead: false, at: now)?.wantsProbe == true)
    #expect(breaker.refusal(isRead: false, at: now)?.wantsProbe == false)
    breaker.ownProbeEnded()
    #expect(breaker.refusal(isRead: false, at: now)?.wantsProbe == true)
  }

  @Test func `a probe that tells nothing lets the next one try at once`() throws {
    var (breaker, now) = try opened(openings: 3)
    let probe = try breaker.admit(isRead: true, at: now).get()
    breaker.end(probe, .unknown, at: now, chance: 0)
    #expect(breaker.refusal(isRead: true, at: now) == nil)
    #expect(breaker.status(at: now).openings == 3)
  }

  @Test func `late answers to calls from before the opening count for nothing`() throws {
    var breaker = CircuitBreaker(threshold: 2)
    let late = try (0..<4).map { _ in try breaker.admit(isRead: true, at: start).get() }
    breaker.end(late[0], .failing, at: start, chance: 1)
    breaker.end(late[1], .failing, at: start, chance: 1)
    breaker.end(late[2], .healthy, at: start, chance: 1)
    #expect(breaker.status(at: start).phase == .open)
    let now = start + .seconds(1)
    let probe = try breaker.admit(isRead: true, at: now).get()
    breaker.end(late[3], .healthy, at: now, chance: 1)
    #expect(breaker.status(at: now).phase == .halfOpen)
    breaker.end(probe, .healthy, at: now, chance: 1)
    #expect(breaker.status(at: now).phase == .closed)
  }
}
