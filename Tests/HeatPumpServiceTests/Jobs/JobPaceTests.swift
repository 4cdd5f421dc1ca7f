import GatewayCore
import HeatPumps
import Testing

@testable import HeatPumpService

/// Goal: a job begins heat pumps at its rate, grows into it, and never catches up in a burst.
/// Method: a clock moved by hand, and what is taken in each step of 100 ms.
@Suite struct JobPaceTests {
  private let start = Timestamp(microseconds: 0)

  @Test func `the rate is kept`() {
    #expect(begun(rate: 20, in: 10) == 201)
    #expect(begun(rate: 0.5, in: 10) == 5)
    #expect(begun(rate: 1000, in: 1) == 1001)
  }

  @Test func `a ramp begins slowly and ends at the rate`() {
    var pace = JobPace(order(10, ramp: 100), startedAt: start, now: start)
    let tens = (0..<20).map { ten in take(&pace, from: ten * 10, seconds: 10) }
    #expect(tens[0] < 15)
    #expect(tens[..<10].reduce(0, +) < 520)
    #expect(zip(tens[..<10], tens[1..<11]).allSatisfy { $0 < $1 })
    #expect(tens[12...].allSatisfy { (99...101).contains($0) })
  }

  @Test func `after a stall there is half a second's worth and no more`() {
    var pace = JobPace(order(10), startedAt: start, now: start)
    #expect(pace.take(100, at: start + .seconds(3600)) == 5)
    #expect(pace.take(100, at: start + .seconds(3600)) == 0)
    #expect(pace.pause(at: start + .seconds(3600)) == .milliseconds(100))
  }

  @Test func `no more is taken than is wanted, and the rest stays`() {
    var pace = JobPace(order(10), startedAt: start, now: start)
    #expect(pace.take(2, at: start + .seconds(9)) == 2)
    #expect(pace.take(9, at: start + .seconds(9)) == 3)
  }

  @Test func `a clock that was set back lets nothing more be begun`() {
    var pace = JobPace(order(10), startedAt: start, now: start + .seconds(9))
    #expect(pace.take(9, at: start + .seconds(9)) == 1)
    #expect(pace.take(9, at: start) == 0)
  }

  private func begun(rate: Double, in seconds: Int) -> Int {
    var pace = JobPace(order(rate), startedAt: start, now: start)
    return take(&pace, from: 0, seconds: seconds)
  }

  private func take(_ pace: inout JobPace, from second: Int, seconds: Int) -> Int {
    (1...seconds * 10).reduce(0) { sum, tenth in
      sum + pace.take(1000, at: start + .seconds(second) + .milliseconds(100 * tenth))
    }
  }

  private func order(_ rate: Double, ramp: Int = 0) -> JobOrder {
    JobOrder(
      patch: .empty, selection: JSONObject(), ratePerSecond: rate, ramp: .seconds(ramp),
      deadline: start + .seconds(3600))
  }
}
