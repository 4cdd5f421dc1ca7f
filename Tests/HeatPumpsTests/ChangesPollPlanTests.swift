import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: polls are spread evenly within their budget, and quicker where something is expected.
/// Method: simulated time; all polls of a stretch with their times.
@Suite struct ChangesPollPlanTests {
  @Test func `ten thousand lists are polled evenly, from the start and after a restart`() throws {
    let users = users(10_000)
    for start in [0, 1234, 86_400] {
      var simulation = Simulation(users: users, start: start)
      let polls = simulation.run(for: 3600)
      #expect(abs(Double(polls.count) / 60 - 2000) <= 40, "\(polls.count)")
      var seconds = [Int](repeating: 0, count: 3601)
      var minutes = [Int](repeating: 0, count: 61)
      for poll in polls {
        seconds[Int(poll.at)] += 1
        minutes[Int(poll.at / 60)] += 1
      }
      #expect((seconds.max() ?? 0) <= 48, "start \(start): \(seconds.max() ?? 0)")
      #expect(minutes.prefix(60).allSatisfy { abs($0 - 2000) < 200 }, "start \(start)")
      // As the guide says of any ten seconds.
      let most = (5...3599).map { seconds[($0 - 5)..<min($0 + 5, 3600)].reduce(0, +) }.max() ?? 0
      #expect(most <= 375, "start \(start): \(most)")
    }
  }

  @Test func `each user is polled once an interval, at the same times after a restart`() throws {
    let users = users(200)
    var first = Simulation(users: users, start: 0)
    var second = Simulation(users: users.reversed(), start: 700)
    let before = Dictionary(grouping: first.run(for: 1500), by: \.user)
    let after = Dictionary(grouping: second.run(for: 600), by: \.user)
    for user in users {
      let times = try #require(before[user]).map(\.at)
      #expect(times.count == 5)
      for (earlier, later) in zip(times, times.dropFirst()) {
        #expect(abs(later - earlier - 300) < 1.5)
      }
      for poll in try #require(after[user]) {
        #expect(times.contains { abs($0 - 700 - poll.at) < 1.5 })
      }
    }
  }

  @Test func `another interval counts at once, and brings no burst`() throws {
    let users = users(600)
    for (former, next) in [(3600, 60), (60, 3600)] {
      var simulation = Simulation(
        users: users, start: 0, settings: PollSettings(interval: .seconds(former)))
      _ = simulation.run(for: Double(former) * 2)
      simulation.plan.adjust(
        to: PollSettings(interval: .seconds(next)), at: simulation.instant)
      let polls = simulation.run(for: Double(next))
      var seconds: [Int: Int] = [:]
      for poll in polls { seconds[Int(poll.at), default: 0] += 1 }
      #expect((seconds.values.max() ?? 0) <= 25, "to \(next)")
      #expect(Set(polls.map(\.user)).count == 600 && polls.count < 1250, "to \(next)")
      #expect(simulation.run(for: Double(next)).count <= 620, "to \(next)")
    }
  }

  @Test func `after a standstill each list is polled once, without a burst, and goes on`() throws {
    let users = users(3000)
    var simulation = Simulation(users: users, start: 0)
    _ = simulation.run(for: 600)
    simulation.now += 3000
    let polls = simulation.run(for: 900)
    let counts = Dictionary(grouping: polls, by: \.user).mapValues(\.count)
    #expect(counts.values.allSatisfy { (3...4).contains($0) })
    #expect(counts.count == 3000)
    let seconds = Dictionary(grouping: polls, by: { Int($0.at) }).mapValues(\.count)
    #expect((seconds.values.max() ?? 0) <= 14)
  }

  @Test func `after a write the list is polled quicker, until it is verified`() throws {
    var simulation = Simulation(users: users(1), start: 0)
    let user = simulation.users[0]
    _ = simulation.run(for: 1000)
    simulation.plan.wrote(to: user, at: simulation.instant)
    let fresh = simulation.run(for: 300)
    #expect((9...10).contains(fresh.count), "\(fresh.count)")
    let unverified = simulation.run(for: 1200)
    #expect((19...21).contains(unverified.count), "\(unverified.count)")
    simulation.plan.verified(user, at: simulation.instant)
    let quiet = simulation.run(for: 1500)
    #expect((4...6).contains(quiet.count), "\(quiet.count)")
  }

  @Test func `a write that is never verified is given up after its window`() throws {
    var simulation = Simulation(users: users(1), start: 0)
    simulation.plan.wrote(to: simulation.users[0], at: simulation.instant)
    #expect((48...52).contains(simulation.run(for: 2700).count))
    #expect((5...6).contains(simulation.run(for: 1800).count))
    simulation.plan.remove(simulation.users[0])
    #expect(simulation.plan.nextDue == nil)
  }

  @Test func `the budget stretches the interval, and so does backpressure`() throws {
    var settings = PollSettings()
    settings.requestsPerMinute = 100
    var simulation = Simulation(users: users(1000), start: 0, settings: settings)
    #expect(simulation.plan.presentInterval == .seconds(600))
    let polls = simulation.run(for: 3600)
    #expect((5800...6100).contains(polls.count), "\(polls.count)")
    #expect(Set(polls.map(\.user)).count == 1000)
    simulation.plan.backpressure = 4
    #expect(simulation.plan.presentInterval == .seconds(1200))
    _ = simulation.run(for: 1800)
    let slow = simulation.run(for: 3600)
    #expect((2900...3100).contains(slow.count), "\(slow.count)")
    simulation.plan.backpressure = 0
    #expect(simulation.plan.backpressure == 1)
  }

  @Test func `polls never pass the budget, also after many writes at once`() throws {
    var settings = PollSettings()
    settings.requestsPerMinute = 600
    var simulation = Simulation(users: users(500), start: 0, settings: settings)
    for user in simulation.users { simulation.plan.wrote(to: user, at: simulation.instant) }
    let polls = simulation.run(for: 600)
    let minutes = Dictionary(grouping: polls, by: { Int($0.at / 60) }).mapValues(\.count)
    #expect(minutes.values.allSatisfy { $0 <= 603 }, "\(minutes)")
    #expect(Set(polls.map(\.user)).count == 500)
  }

  @Test func `a learned rhythm moves polls to just after the refresh`() throws {
    for period in [300, 420, 600, 900] {
      var simulation = Simulation(users: users(40), start: 0)
      simulation.refreshes = { _, second in second / period * period }
      _ = simulation.run(for: 3 * 3600)
      let adapted = simulation.run(for: 3 * 3600)
      #expect(abs(adapted.count - 40 * 36) <= 80, "\(period): \(adapted.count)")
      // Without learning, as many polls would come in each minute after a refresh as in any other.
      let quick = adapted.count { $0.second % period < 45 }
      let expected = min(1, 300 / Double(period)) * 0.8
      #expect(
        Double(quick) >= expected * Double(adapted.count),
        "\(period): \(quick) of \(adapted.count)")
    }
  }

  @Test func `devices that all refresh in one second cause no burst`() throws {
    var simulation = Simulation(users: users(3000), start: 0)
    simulation.refreshes = { _, second in second / 300 * 300 }
    _ = simulation.run(for: 3600)
    let polls = simulation.run(for: 3600)
    let seconds = Dictionary(grouping: polls, by: { Int($0.at) }).mapValues(\.count)
    #expect((seconds.values.max() ?? 0) <= 14)
    // The pace makes some so late that they lose their next turn.
    #expect((29_000...36_000).contains(polls.count), "\(polls.count)")
  }

  @Test func `who reads often does not put off the poll`() throws {
    var simulation = Simulation(users: users(1), start: 0)
    var polls = 0
    for second in 0..<3000 {
      polls += simulation.run(for: 1).count
      simulation.plan.observed(
        simulation.users[0], at: simulation.wall(Double(second)), now: simulation.instant)
    }
    #expect((8...12).contains(polls), "\(polls)")
  }

  @Test func `users come and go`() throws {
    var simulation = Simulation(users: users(1000), start: 0)
    for user in simulation.users.prefix(500) { simulation.plan.remove(user) }
    simulation.plan.remove(simulation.users[0])
    #expect(simulation.plan.count == 500)
    #expect(!simulation.plan.contains(simulation.users[0]))
    for user in simulation.users.prefix(100) { simulation.plan.add(user, at: simulation.instant) }
    simulation.plan.add(simulation.users[0], at: simulation.instant)
    let polls = simulation.run(for: 900)
    #expect(polls.count == 1800)
    let counts = Dictionary(grouping: polls, by: \.user).mapValues(\.count)
    #expect(counts.count == 600)
    #expect(counts.values.allSatisfy { (2...4).contains($0) })
  }

  private func users(_ count: Int) -> [ResourceID] {
    let random = SeededRandom(seed: 7)
    // Made one after another, as a database makes them: only the hash spreads them.
    return (0..<count).map { random.timeOrderedID(at: noon + .milliseconds($0)) }
  }
}

/// Runs a plan through time, a poll at each moment that it asks for.
private struct Simulation {
  struct Poll {
    let user: ResourceID
    /// Seconds since the stretch began.
    let at: Double
    /// Seconds since the wall clock's start of the simulation.
    let second: Int
  }

  let users: [ResourceID]
  var plan: PollPlan
  /// Seconds since the simulation began.
  var now: Double = 0
  private let start: Int
  /// When a user's device was last observed, by the second of the poll; both since noon.
  var refreshes: ((ResourceID, Int) -> Int)?

  init(users: [ResourceID], start: Int, settings: PollSettings = PollSettings()) {
    self.users = users
    self.start = start
    plan = PollPlan(
      settings: settings, now: MonotonicInstant(nanoseconds: 5),
      wall: noon + .seconds(start))
    for user in users { plan.add(user, at: MonotonicInstant(nanoseconds: 5)) }
  }

  var instant: MonotonicInstant { MonotonicInstant(nanoseconds: 5 + Int64(now * 1e9)) }

  func wall(_ second: Double) -> Timestamp { noon + .seconds(start) + .seconds(second) }

  mutating func run(for seconds: Double) -> [Poll] {
    let begin = now
    let end = now + seconds
    var polls: [Poll] = []
    while let due = plan.nextDue {
      let at = max(now, Double(due.nanoseconds - 5) / 1e9 + 1e-6)
      guard at < end else { break }
      now = at
      guard let user = plan.next(at: instant) else { continue }
      let second = start + Int(now)
      polls.append(Poll(user: user, at: now - begin, second: second))
      if let observed = refreshes?(user, second) {
        plan.observed(user, at: noon + .seconds(observed), now: instant)
      }
    }
    now = end
    return polls
  }
}
