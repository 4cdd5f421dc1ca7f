import GatewayCore
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: many askers cost one piece of work, and none of them can take it away from the others.
/// Method: work that the test lets go, with askers that come, go, and run out of time.
@Suite struct CoalescerTests {
  private let coalescer = Coalescer<String, Int>()
  private let gate = Gate()

  private func ask(_ key: String = "a") async -> (value: Int?, collapsed: Bool) {
    await coalescer.value(for: key, on: nil) { [gate] in await gate.pass() }
  }

  @Test func `a thousand askers cost one piece of work`() async {
    await withTaskGroup(of: (value: Int?, collapsed: Bool).self) { group in
      for _ in 0..<1000 { group.addTask { await ask() } }
      await turnsTrue("all wait") { coalescer.waiterCount("a") == 1000 }
      gate.open(with: 42)
      var leaders = 0
      for await answer in group {
        #expect(answer.value == 42)
        if !answer.collapsed { leaders += 1 }
      }
      #expect(leaders == 1)
    }
    #expect(gate.count == 1)
    #expect(coalescer.flightCount == 0)
  }

  @Test func `whoever comes after the answer starts anew, and other keys are other work`() async {
    gate.open(with: 1)
    #expect(await ask().collapsed == false)
    #expect(await ask().collapsed == false)
    #expect(await ask("b").collapsed == false)
    #expect(gate.count == 3)
  }

  @Test func `a leader that leaves takes nothing along`() async {
    let leader = Task { await ask().value }
    await turnsTrue("it waits") { coalescer.waiterCount("a") == 1 }
    async let follower = ask()
    await turnsTrue("both wait") { coalescer.waiterCount("a") == 2 }
    leader.cancel()
    #expect(await leader.value == nil)
    gate.open(with: 7)
    let answer = await follower
    #expect(answer == (7, true))
    #expect(gate.count == 1)
  }

  @Test func `followers leave one by one`() async {
    async let leader = ask()
    await turnsTrue("it waits") { coalescer.waiterCount("a") == 1 }
    let followers = (0..<10).map { _ in Task { await ask().value } }
    await turnsTrue("all wait") { coalescer.waiterCount("a") == 11 }
    for follower in followers.prefix(5) { follower.cancel() }
    for follower in followers.prefix(5) { #expect(await follower.value == nil) }
    gate.open(with: 3)
    for follower in followers.suffix(5) { #expect(await follower.value == 3) }
    #expect(await leader.value == 3)
  }

  @Test func `work whose askers have all left goes on, and newcomers share it`() async {
    let asker = Task { await ask().value }
    await turnsTrue("it waits") { coalescer.waiterCount("a") == 1 }
    asker.cancel()
    #expect(await asker.value == nil)
    #expect(coalescer.flightCount == 1)
    async let late = ask()
    await turnsTrue("it waits") { coalescer.waiterCount("a") == 1 }
    gate.open(with: 5)
    let answer = await late
    #expect(answer == (5, true))
    #expect(gate.count == 1)
  }

  @Test func `whoever is cancelled before asking starts nothing`() async {
    let asker = Task {
      while !Task.isCancelled { await Task.yield() }
      return await ask().value
    }
    asker.cancel()
    #expect(await asker.value == nil)
    #expect(gate.count == 0)
    #expect(coalescer.markCount == 0)
  }

  @Test func `whoever is cancelled with the answer on its way gets it, and leaves no mark`() async {
    let executor = HandExecutor()
    let answer = Locked<Int??>(nil)
    let asker = Task(executorPreference: executor) {
      let value = await ask().value
      answer.withLock { $0 = .some(value) }
    }
    await turnsTrue("it waits") {
      executor.run()
      return coalescer.waiterCount("a") == 1
    }
    gate.open(with: 5)
    // The answer is given, but the asker does not run on yet.
    await turnsTrue("it is answered") { coalescer.flightCount == 0 }
    asker.cancel()
    await turnsTrue("it has ended") {
      executor.run()
      return answer.withLock { $0 } != nil
    }
    #expect(answer.withLock { $0 } == 5)
    await turnsTrue("no mark is left") { coalescer.markCount == 0 }
  }

  @Test func `no mark and no flight is left behind, however askers come and go`() async {
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<500 {
        group.addTask {
          let asker = Task {
            await coalescer.value(for: "\(number % 7)", on: nil) { number }.value
          }
          if number.isMultiple(of: 2) { asker.cancel() }
          _ = await asker.value
        }
      }
    }
    await turnsTrue("no flight is left") { coalescer.flightCount == 0 }
    #expect(coalescer.markCount == 0)
  }

  @Test func `an asker waits no longer than its patience`() async {
    let clock = ManualClock()
    async let hurried = coalescer.value(
      for: "a", on: nil,
      patience: .init(until: clock.monotonic + .seconds(1), on: clock)
    ) { [gate] in await gate.pass() }
    await clock.waitForSleepers(1)
    async let patient = ask()
    await turnsTrue("both wait") { coalescer.waiterCount("a") == 2 }
    clock.advance(by: .seconds(1))
    #expect(await hurried.value == nil)
    gate.open(with: 9)
    #expect(await patient.value == 9)
    #expect(coalescer.markCount == 0)
  }

  @Test func `an answer in time ends the timer`() async {
    let clock = ManualClock()
    gate.open(with: 9)
    let answer = await coalescer.value(
      for: "a", on: nil, patience: .init(until: clock.monotonic + .seconds(1), on: clock)
    ) { [gate] in await gate.pass() }
    #expect(answer.value == 9)
    #expect(clock.sleeperCount == 0)
    #expect(coalescer.markCount == 0)
  }

  @Test func `start begins work that others may join, once`() async {
    let isFirst = coalescer.start("a", on: nil) { [gate] in await gate.pass() }
    let isSecond = coalescer.start("a", on: nil) { [gate] in await gate.pass() }
    #expect(isFirst && !isSecond)
    async let follower = ask()
    await turnsTrue("it waits") { coalescer.waiterCount("a") == 1 }
    gate.open(with: 2)
    let answer = await follower
    #expect(answer == (2, true))
    #expect(gate.count == 1)
  }
}

/// Runs tasks when the test says so.
private final class HandExecutor: TaskExecutor {
  private let jobs = Locked<[UnownedJob]>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
  }

  func run() {
    while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}

/// Work that ends when the test says so.
private final class Gate: Sendable {
  private struct State: Sendable {
    var value: Int?
    var count = 0
    var waiting: [CheckedContinuation<Int, Never>] = []
  }

  private let state = Locked(State())

  var count: Int { state.withLock { $0.count } }

  func pass() async -> Int {
    await withCheckedContinuation { continuation in
      let value = state.withLock { state in
        state.count += 1
        if state.value == nil { state.waiting.append(continuation) }
        return state.value
      }
      if let value { continuation.resume(returning: value) }
    }
  }

  func open(with value: Int) {
    let waiting = state.withLock { state in
      state.value = value
      defer { state.waiting.removeAll() }
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: value) }
  }
}
