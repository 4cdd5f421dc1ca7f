import GatewayCore
import Glibc
import Reactor
import TestSupport
import Testing

/// Goal: a task on a reactor sleeps there as long as it should, and no longer once it is cancelled.
/// Method: real sleeps, short ones to their end and one that only a cancellation can end.
@Suite struct ReactorClockTests {
  private let clock = ReactorClock()

  @Test func `a sleep ends at its deadline, on the same thread`() async throws {
    try await withReactor { reactor in
      let clock = clock
      let (isLate, isHome) = try await on(reactor) {
        let deadline = clock.monotonic + .milliseconds(5)
        try await clock.sleep(until: deadline)
        return (clock.monotonic >= deadline, reactor.isCurrent)
      }
      #expect(isLate)
      #expect(isHome)
    }
  }

  @Test func `a cancelled sleep ends at once, be it before or after its beginning`() async throws {
    try await withReactor { reactor in
      let clock = clock
      for isEarly in [true, false] {
        let begun = Waiter<Void>()
        let task = Task(executorPreference: reactor) {
          if isEarly { while !Task.isCancelled { await Task.yield() } }
          begun.resume(())
          try await clock.sleep(until: clock.monotonic + .seconds(3600))
        }
        if isEarly { task.cancel() }
        try await begun.value(until: .distantFuture, clock: clock)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
      }
    }
  }

  @Test func `off a reactor, and where nothing is left to wait for, a sleep ends, too`()
    async throws
  {
    try await clock.sleep(until: clock.monotonic + .milliseconds(1))
    try await withReactor { reactor in
      let clock = clock
      try await on(reactor) { try await clock.sleep(until: clock.monotonic) }
    }
  }
}
