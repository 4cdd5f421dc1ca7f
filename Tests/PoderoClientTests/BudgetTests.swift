import GatewayCore
import TestSupport
import Testing

@testable import PoderoClient

private func settings(
  rate: Double = 10, inFlight: Int = 1000, waiting: Int = 1000
) -> UpstreamSettings {
  var settings = UpstreamSettings(organisationID: organisation, apiBase: "https://h")
  settings.requestsPerSecond = rate
  settings.inFlight = inFlight
  settings.waitingLimit = waiting
  return settings
}

/// Goal: rate, number under way and order hold exactly, and nobody starves.
/// Method: the pure machine, event by event, in whole nanoseconds.
@Suite struct BudgetStateTests {
  private let start = MonotonicInstant(nanoseconds: 0)
  private let far = MonotonicInstant.distantFuture

  private func drained(_ rate: Double = 10, waiting: Int = 1000) -> BudgetState {
    var state = BudgetState(settings: settings(rate: rate, waiting: waiting), now: start)
    for id in 1...UInt64(rate) {
      let entry = state.enter(id: id, priority: .read, deadline: far, at: start).entry
      precondition(entry == .granted)
    }
    return state
  }

  @Test func `a second's worth goes at once, then one by one`() {
    var state = drained()
    #expect(state.enter(id: 11, priority: .read, deadline: far, at: start).entry == .queued)
    #expect(state.enter(id: 12, priority: .read, deadline: far, at: start).entry == .queued)
    #expect(state.nextGrant(at: start) == start + .milliseconds(100))
    #expect(state.next(at: start + .milliseconds(100) - .nanoseconds(1)) == nil)
    #expect(state.next(at: start + .milliseconds(100)) == 11)
    #expect(state.next(at: start + .milliseconds(100)) == nil)
    #expect(state.next(at: start + .milliseconds(200)) == 12)
  }

  @Test(arguments: [0.0, -1, .nan, 0.5, 3, 1e12])
  func `any rate is served without a loop or a trap`(rate: Double) {
    var state = BudgetState(settings: settings(rate: rate), now: start)
    #expect(state.enter(id: 1, priority: .read, deadline: far, at: start).entry == .granted)
    var id: UInt64 = 1
    while state.waitingCount == 0, id < 100 {
      id += 1
      _ = state.enter(id: id, priority: .read, deadline: far, at: start)
    }
    #expect((state.waitingCount == 1) == (rate < 100 || rate.isNaN))
    if let next = state.nextGrant(at: start) { #expect(next > start) }
  }

  @Test func `another rate counts from now on, and gives nobody a second's worth anew`() {
    var state = drained()
    state.adjust(to: settings(rate: 100), at: start)
    #expect(state.enter(id: 11, priority: .read, deadline: far, at: start).entry == .granted)
    for id in 12...100 as ClosedRange<UInt64> {
      #expect(state.enter(id: id, priority: .read, deadline: far, at: start).entry == .granted)
    }
    #expect(state.enter(id: 101, priority: .read, deadline: far, at: start).entry == .queued)
    #expect(state.nextGrant(at: start) == start + .milliseconds(10))
    // What is owed to a rate that is no more does not keep the new one closed for long.
    state.adjust(to: settings(rate: 1), at: start)
    #expect(state.nextGrant(at: start) == start + .seconds(1))
    state.adjust(to: settings(rate: 1, inFlight: 5), at: start)
    #expect(state.nextGrant(at: start) == nil)
  }

  @Test func `no more than allowed are under way`() {
    var state = BudgetState(settings: settings(rate: 1000, inFlight: 2), now: start)
    for id in 1...4 { _ = state.enter(id: UInt64(id), priority: .read, deadline: far, at: start) }
    #expect(state.status(at: start).inFlight == 2)
    #expect(state.nextGrant(at: start) == nil)
    state.release()
    #expect(state.next(at: start) == 3)
    #expect(state.next(at: start) == nil)
  }

  @Test func `the queues are served by importance, each in order of arrival`() {
    var state = drained()
    let order: [CallPriority] = [.poll, .refresh, .job, .event, .read, .write, .read, .write]
    for (index, priority) in order.enumerated() {
      _ = state.enter(id: UInt64(100 + index), priority: priority, deadline: far, at: start)
    }
    let served = (1...8).compactMap { state.next(at: start + .milliseconds(100 * $0)) }
    #expect(served == [105, 107, 104, 106, 103, 102, 101, 100])
  }

  @Test func `one turn in sixteen goes to the longest waiting`() {
    var state = drained()
    _ = state.enter(id: 100, priority: .poll, deadline: far, at: start)
    for id in 101..<200 {
      _ = state.enter(id: UInt64(id), priority: .write, deadline: far, at: start)
    }
    let served = (1...20).compactMap { state.next(at: start + .milliseconds(100 * $0)) }
    #expect(served.firstIndex(of: 100) == 15)
    #expect(served.filter { $0 != 100 } == (101...119).map { $0 })
  }

  @Test func `a full queue turns away the least important, latest first`() {
    var state = drained(waiting: 3)
    for (id, priority) in [(100, CallPriority.poll), (101, .poll), (102, .read)] {
      _ = state.enter(id: UInt64(id), priority: priority, deadline: far, at: start)
    }
    let write = state.enter(id: 103, priority: .write, deadline: far, at: start)
    #expect(write.entry == .queued && write.evicted == 101)
    let poll = state.enter(id: 104, priority: .poll, deadline: far, at: start)
    #expect(poll.evicted == nil)
    #expect(poll.entry == .refused(retryAfter: .seconds(1)))
    #expect(state.waitingCount == 3)
  }

  @Test func `a pause refuses whose deadline is before its end, and ends gently`() {
    var state = drained()
    let end = start + .seconds(30)
    _ = state.enter(id: 100, priority: .read, deadline: start + .seconds(29), at: start)
    _ = state.enter(id: 101, priority: .read, deadline: far, at: start)
    #expect(state.close(until: end) == [100])
    #expect(state.close(until: start + .seconds(5)) == [])
    #expect(
      state.enter(id: 102, priority: .write, deadline: start + .seconds(1), at: start).entry
        == .refused(retryAfter: .seconds(30)))
    _ = state.enter(id: 103, priority: .read, deadline: far, at: start)
    #expect(state.nextGrant(at: start) == end)
    #expect(state.next(at: end - .nanoseconds(1)) == nil)
    #expect(state.next(at: end) == 101)
    #expect(state.next(at: end) == nil)
    #expect(state.next(at: end + .milliseconds(100)) == 103)
    #expect(state.status(at: start).closedFor == .seconds(30))
    #expect(state.status(at: end).closedFor == nil)
  }

  @Test func `who leaves or gives back changes nothing for the others`() {
    var state = drained()
    for id in 100...103 {
      _ = state.enter(id: UInt64(id), priority: .read, deadline: far, at: start)
    }
    state.leave(101)
    state.leave(101)
    state.leave(999)
    let later = start + .milliseconds(100)
    #expect(state.next(at: later) == 100)
    state.refund()
    #expect(state.next(at: later) == 102)
    #expect(state.next(at: later) == nil)
    #expect(state.waitingCount == 1)
  }
}

/// Goal: a wait for a permit ends by permit, deadline, refusal or cancellation, and loses none.
/// Method: the budget with real tasks and a clock moved by hand.
@Suite struct RequestBudgetTests {
  private let clock = ManualClock()

  private func outcome(
    _ budget: RequestBudget, _ priority: CallPriority = .read, within duration: Duration
  ) async -> BudgetFault? {
    do {
      try await budget.acquire(priority, deadline: clock.monotonic + duration)
      return nil
    } catch {
      return error
    }
  }

  @Test func `time alone serves those who wait`() async {
    let budget = RequestBudget(settings: settings(rate: 1), clock: clock)
    #expect(await outcome(budget, within: .seconds(9)) == nil)
    async let second = outcome(budget, within: .seconds(9))
    await clock.waitForSleepers(2)
    clock.advance(by: .seconds(1))
    #expect(await second == nil)
    #expect(budget.status.inFlight == 2)
  }

  @Test func `gateways divide rate and number equally, as many as there are`() async {
    let budget = RequestBudget(settings: settings(rate: 3, inFlight: 9), clock: clock)
    budget.share(among: 3)
    #expect(budget.status.inFlightLimit == 3)
    #expect(await outcome(budget, within: .seconds(9)) == nil)
    async let second = outcome(budget, within: .seconds(9))
    await clock.waitForSleepers(2)
    clock.advance(by: .seconds(1))
    #expect(await second == nil)
    // Another configuration is for all of them together, too.
    budget.adjust(to: settings(rate: 3, inFlight: 1))
    #expect(budget.status.inFlightLimit == 1)
    budget.share(among: 1)
    budget.adjust(to: settings(rate: 3, inFlight: 9))
    #expect(budget.status.inFlightLimit == 9)
  }

  @Test func `a permit given back serves the next`() async {
    let budget = RequestBudget(settings: settings(rate: 100, inFlight: 1), clock: clock)
    #expect(await outcome(budget, within: .seconds(9)) == nil)
    async let second = outcome(budget, within: .seconds(9))
    await clock.waitForSleepers(1)
    budget.release()
    #expect(await second == nil)
    #expect(budget.status.inFlight == 1)
  }

  @Test func `a deadline or a cancellation in the queue loses no permit`() async {
    let budget = RequestBudget(settings: settings(rate: 100, inFlight: 1), clock: clock)
    #expect(await outcome(budget, within: .seconds(9)) == nil)
    async let hurried = outcome(budget, within: .seconds(2))
    await clock.waitForSleepers(1)
    let leaving = Task { await outcome(budget, within: .seconds(9)) }
    await clock.waitForSleepers(2)
    async let patient = outcome(budget, within: .seconds(9))
    await clock.waitForSleepers(3)
    clock.advance(by: .seconds(2))
    #expect(await hurried == .exhausted(retryAfter: .seconds(1)))
    leaving.cancel()
    #expect(await leaving.value == .cancelled)
    #expect(budget.status.waiting[.read] == 1)
    budget.release()
    #expect(await patient == nil)
    #expect(budget.status.inFlight == 1)
  }

  @Test func `a permit given to somebody who leaves just then is not lost`() async {
    let budget = RequestBudget(settings: settings(rate: 1e6, inFlight: 1), clock: clock)
    for _ in 0..<2000 {
      #expect(await outcome(budget, within: .seconds(9)) == nil)
      let leaving = Task { await outcome(budget, within: .seconds(9)) }
      await clock.waitForSleepers(1)
      async let release: Void = budget.release()
      leaving.cancel()
      await release
      if await leaving.value == nil { budget.release() }
      #expect(budget.status.inFlight == 0)
    }
  }

  @Test func `a pause turns away those who cannot wait for its end`() async {
    let budget = RequestBudget(settings: settings(rate: 100, inFlight: 1), clock: clock)
    #expect(await outcome(budget, within: .seconds(9)) == nil)
    async let waiting = outcome(budget, within: .seconds(9))
    await clock.waitForSleepers(1)
    budget.close(for: .seconds(10))
    #expect(await waiting == .exhausted(retryAfter: .seconds(10)))
    #expect(
      await outcome(budget, within: .seconds(9)) == .exhausted(retryAfter: .seconds(10)))
  }

  @Test func `a thousand waiting calls are all served, and all permits come back`() async {
    let budget = RequestBudget(settings: settings(rate: 1e6, inFlight: 8), clock: clock)
    await withTaskGroup(of: Bool.self) { group in
      for index in 0..<1000 {
        group.addTask {
          let priority = CallPriority.allCases[index % 6]
          guard await outcome(budget, priority, within: .seconds(60)) == nil else { return false }
          await Task.yield()
          budget.release()
          return true
        }
      }
      for await isServed in group { #expect(isServed) }
    }
    #expect(budget.status.inFlight == 0)
  }
}
