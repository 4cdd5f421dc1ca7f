import Credentials
import GatewayCore
import TestSupport
import Testing

/// Goal: a wait ends exactly once, by its value, its deadline or its task, whichever is first.
/// Method: a clock moved by hand, and all orders of the three.
@Suite struct WaiterTests {
  private let clock = ManualClock()

  @Test func `the value ends the wait and its timer`() async throws {
    let waiter = Waiter<Int>()
    async let value = waiter.value(until: clock.monotonic + .seconds(5), clock: clock)
    await clock.waitForSleepers()
    #expect(waiter.resume(1))
    #expect(!waiter.resume(2))
    let taken = try await value
    #expect(taken == 1)
    #expect(clock.sleeperCount == 0)
  }

  @Test func `a value that comes first is kept`() async throws {
    let waiter = Waiter<Int>()
    waiter.resume(7)
    #expect(try await waiter.value(until: .distantFuture, clock: clock) == 7)
  }

  @Test func `the deadline ends the wait, and a late value is not taken`() async {
    let waiter = Waiter<Int>()
    async let outcome = result { () throws(WaitFault) in
      try await waiter.value(until: clock.monotonic + .seconds(5), clock: clock)
    }
    await clock.waitForSleepers()
    clock.advance(by: .seconds(5))
    #expect(await outcome == .failure(.timedOut))
    #expect(!waiter.resume(1))
  }

  @Test func `cancellation ends the wait, also before it has begun`() async {
    for isEarly in [true, false] {
      let waiter = Waiter<Int>()
      let task = Task { [clock] in
        if isEarly { withUnsafeCurrentTask { $0?.cancel() } }
        return await result { () throws(WaitFault) in
          try await waiter.value(until: clock.monotonic + .seconds(5), clock: clock)
        }
      }
      if !isEarly {
        await clock.waitForSleepers()
        task.cancel()
      }
      #expect(await task.value == .failure(.cancelled))
      #expect(!waiter.resume(1))
    }
  }

  private func result(
    _ body: () async throws(WaitFault) -> Int
  ) async -> Result<Int, WaitFault> {
    do {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}

/// Goal: pauses grow to their limit, and a server's `Retry-After` is read in both forms.
/// Method: tables.
@Suite struct PauseTests {
  @Test func `limits double up to the last`() {
    let backoff = Backoff(first: .seconds(1), most: .seconds(60))
    let limits = [1, 2, 3, 6, 7, 8, 1_000_000].map { backoff.limit(after: $0) }
    #expect(limits == [1, 2, 4, 32, 60, 60, 60].map { .seconds($0) })
    #expect(backoff.pause(after: 3, chance: 0.5) == .seconds(2))
    #expect(backoff.pause(after: 3, chance: 0) == .milliseconds(100))
  }

  @Test(arguments: [
    ("0", 0), ("120", 120), (" 7 ", 7), ("99999999999999999999", 9_999_999_999),
    ("Tue, 24 Nov 2026 10:00:30 GMT", 30), ("Tue, 24 Nov 2026 09:00:00 GMT", 0),
    ("Wed, 25 Nov 2026 10:00:00 GMT", 86400),
  ])
  func `seconds and dates are read`(text: String, seconds: Int) {
    #expect(RetryAfter.duration(text, now: ManualClock().wall) == .seconds(seconds))
  }

  @Test(arguments: [
    "", " ", "-1", "1.5", "+3", "soon", "Tue, 24 Nov 2026 10:00:30",
    "Tue, 24 Foo 2026 10:00:30 GMT",
    "Tuesday, 24-Nov-26 10:00:30 GMT", "Tue Nov 24 10:00:30 2026", "Tue, 31 Feb 2026 10:00:30 GMT",
  ])
  func `anything else is no Retry-After`(text: String) {
    #expect(RetryAfter.duration(text, now: ManualClock().wall) == nil)
  }
}
