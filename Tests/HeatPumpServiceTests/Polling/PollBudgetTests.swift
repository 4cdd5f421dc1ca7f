import GatewayCore
import HeatPumps
import Testing

@testable import HeatPumpService

/// Goal: polling keeps to its part of the budget, however many are polled.
/// Method: half an hour of ten thousand users' polls, each ending at once, counted by the minute.
@Suite struct PollBudgetTests {
  private struct Scale: CustomTestStringConvertible, Sendable {
    let interval: Int
    let perMinute: Double?
    let expected: Double

    var testDescription: String { "every \(interval) s, \(perMinute ?? .infinity)/min" }
  }

  private static let scales = [
    Scale(interval: 300, perMinute: nil, expected: 2000),
    Scale(interval: 300, perMinute: 3000, expected: 2000),
    Scale(interval: 300, perMinute: 1500, expected: 1500),
    Scale(interval: 900, perMinute: 1500, expected: 667),
    Scale(interval: 60, perMinute: 1500, expected: 1500),
  ]

  @Test(arguments: scales)
  private func `ten thousand users cost what the guide says`(_ scale: Scale) {
    let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    let board = PollBoard(
      PollSettings(interval: .seconds(scale.interval), requestsPerMinute: scale.perMinute),
      pollsAtOnce: 16, now: start, wall: Timestamp(microseconds: 1_800_000_000_000_000))
    let users = (1...10_000).map { number in
      ResourceID(high: UInt64(number), low: UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
    }
    board.setWanted(Set(users), at: start)
    var minutes = [Int](repeating: 0, count: 31)
    var polled: [ResourceID: Int] = [:]
    var now = start
    while now < start + .seconds(31 * 60) {
      switch board.step(.open, at: now) {
      case .poll(let user):
        minutes[Int((now - start).seconds / 60)] += 1
        polled[user, default: 0] += 1
        board.ended(.read, at: now)
      case .wait(_, let time):
        now = max(time, now + .milliseconds(1))
      }
    }
    let rates = minutes[1...].map(Double.init)
    let average = rates.reduce(0, +) / 30
    #expect(abs(average - scale.expected) < scale.expected * 0.02, "\(average)")
    // The hash spreads them as chance does.
    #expect((rates.max() ?? 0) < scale.expected * 1.12, "\(rates)")
    #expect(polled.count == 10_000)
    let counts = polled.values
    #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 2)
  }

  @Test func `no more polls are under way than may be`() {
    let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    let board = PollBoard(
      PollSettings(interval: .seconds(1)), pollsAtOnce: 3, now: start,
      wall: Timestamp(microseconds: 0))
    board.setWanted(Set((1...100).map { ResourceID(high: 1, low: UInt64($0)) }), at: start)
    #expect(polls(of: board, .closed, at: start + .seconds(5)) == 0)
    #expect(polls(of: board, .single, at: start + .seconds(5)) == 1)
    #expect(polls(of: board, .open, at: start + .seconds(5)) == 2)
    #expect(polls(of: board, .open, at: start + .seconds(6)) == 0)
    board.ended(.read, at: start + .seconds(6))
    #expect(polls(of: board, .open, at: start + .seconds(6)) == 1)
  }

  @Test func `a write wakes the poller only if it brings a poll forward`() {
    let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    let board = PollBoard(
      PollSettings(interval: .seconds(300)), pollsAtOnce: 3, now: start,
      wall: Timestamp(microseconds: 0))
    func isWoken(by body: () -> Void) -> Bool? {
      guard case .wait(let bell, _) = board.step(.open, at: start) else { return nil }
      body()
      return !bell.resume(())
    }
    let (jana, peter) = (ResourceID(high: 1, low: 1), ResourceID(high: 1, low: 2))
    #expect(isWoken { board.wrote(to: jana, at: start) } == true)
    #expect(isWoken { board.wrote(to: jana, at: start + .milliseconds(1)) } == false)
    #expect(isWoken { board.wrote(to: peter, at: start + .milliseconds(2)) } == false)
    #expect(isWoken { board.setWanted([peter], at: start) } == true)
  }

  private func polls(of board: PollBoard, _ room: PollRoom, at now: MonotonicInstant) -> Int {
    var count = 0
    while case .poll = board.step(room, at: now) { count += 1 }
    return count
  }

  @Test func `trouble doubles the pauses step by step, and they come back slowly`() {
    var pressure = Backpressure()
    var now = MonotonicInstant(nanoseconds: 0)
    var factors: [Double] = []
    for _ in 0..<6 {
      pressure.note(isTroubled: true, at: now)
      pressure.note(isTroubled: true, at: now + .seconds(9))
      factors.append(pressure.factor)
      now = now + .seconds(10)
    }
    #expect(factors == [2, 4, 8, 8, 8, 8])
    var steps = 0
    while pressure.factor > 1 {
      pressure.note(isTroubled: false, at: now)
      now = now + .seconds(10)
      steps += 1
    }
    #expect(8...12 ~= steps)
  }
}
