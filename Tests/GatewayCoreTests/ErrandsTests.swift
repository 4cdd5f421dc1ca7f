import TestSupport
import Testing

@testable import GatewayCore

/// Goal: whoever closes something can wait for all that use it, and not for ever.
/// Method: tasks that the test lets go, before and after the deadline of a clock that it moves.
@Suite struct ErrandsTests {
  private let clock = ManualClock()
  private let errands = Errands()

  @Test func `without any there is nothing to wait for`() async {
    #expect(await errands.finish(by: clock.monotonic, clock: clock) == 0)
  }

  @Test func `all of them are waited for, those too that they start`() async throws {
    let (first, second, ended) = (Waiter<Void>(), Waiter<Void>(), Locked(0))
    errands.start { [self] in
      try? await first.value(until: .distantFuture, clock: clock)
      errands.start { [self] in
        try? await second.value(until: .distantFuture, clock: clock)
        ended.withLock { $0 += 1 }
      }
      ended.withLock { $0 += 1 }
    }
    async let left = errands.finish(by: clock.monotonic + .seconds(9), clock: clock)
    await clock.waitForSleepers(1)
    first.resume(())
    try await eventually("the first has ended") { ended.withLock { $0 } == 1 }
    #expect(errands.count == 1)
    second.resume(())
    #expect(await left == 0)
    #expect(ended.withLock { $0 } == 2)
  }

  @Test func `what is not over at the deadline is cancelled, and waited for`() async {
    let wasCancelled = Locked(false)
    errands.start { [clock] in
      try? await clock.sleep(for: .seconds(3600))
      wasCancelled.withLock { $0 = Task.isCancelled }
    }
    async let left = errands.finish(by: clock.monotonic + .seconds(9), clock: clock)
    await clock.waitForSleepers(2)
    clock.advance(by: .seconds(9))
    #expect(await left == 0)
    #expect(wasCancelled.withLock { $0 })
  }

  @Test func `what does not listen is left, and counted`() async {
    let deaf = Waiter<Void>()
    errands.start {
      await Task { try? await deaf.value(until: .distantFuture, clock: clock) }.value
    }
    async let left = errands.finish(by: clock.monotonic, clock: clock)
    await clock.waitForSleepers(1)
    clock.advance(by: .seconds(5))
    #expect(await left == 1)
    deaf.resume(())
    #expect(await errands.finish(by: clock.monotonic + .seconds(1), clock: clock) == 0)
  }

  @Test func `a caller that is cancelled itself waits for what it cancels`() async {
    let ended = Locked(false)
    errands.start { [clock] in
      try? await clock.sleep(for: .seconds(3600))
      ended.withLock { $0 = true }
    }
    let caller = Task { await errands.finish(by: clock.monotonic + .seconds(9), clock: clock) }
    await clock.waitForSleepers(2)
    caller.cancel()
    #expect(await caller.value == 0)
    #expect(ended.withLock { $0 })
  }
}
