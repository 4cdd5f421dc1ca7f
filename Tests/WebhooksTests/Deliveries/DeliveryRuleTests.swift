import GatewayCore
import Storage
import TestSupport
import Testing

@testable import Webhooks

/// Goal: when a delivery is tried again, and when its subscription is given up, is what the guide
/// says. Method: the rules alone, row by row.
@Suite struct DeliveryRuleTests {
  private let schedule = RetrySchedule()
  private let watch = FailureWatch()
  private let start = ManualClock().wall

  private func pause(
    _ tries: Int, elapsed: Duration = .zero, after: Duration? = nil, chance: Double = 0.5
  ) -> Duration? {
    schedule.pause(afterTries: tries, elapsed: elapsed, retryAfter: after, chance: chance)
  }

  @Test func `the pauses grow from seconds to a day, over more than a day in all`() {
    let pauses = (1...10).compactMap { pause($0, chance: 0.999_999) }.map { $0.seconds.rounded() }
    #expect(pauses == [5, 30, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400])
    #expect(pauses.reduce(0, +) > 3 * 86400)
  }

  @Test func `a pause is anywhere between a second and its limit`() {
    #expect(pause(4, chance: 0) == .seconds(1))
    #expect(pause(4) == .seconds(900))
  }

  @Test func `after the last try it is given up, but not within a day`() {
    #expect(pause(11, elapsed: .seconds(93600)) == nil)
    #expect(pause(11, elapsed: .seconds(3600)) == .seconds(43200))
    #expect(pause(1, elapsed: .seconds(900_000)) != nil)
  }

  @Test func `a receiver that asks for time gets it, up to an hour`() {
    #expect(pause(1, after: .seconds(120)) == .seconds(120))
    #expect(pause(1, after: .seconds(999_999)) == .seconds(3600))
    #expect(pause(1, after: .seconds(1)) == .seconds(2.5))
    #expect(pause(6, after: .seconds(999_999)) == .seconds(9000))
  }

  @Test(arguments: [
    (200, DeliveryOutcome.delivered), (204, .delivered), (299, .delivered), (301, .redirected),
    (308, .redirected), (400, .refused), (404, .refused), (410, .gone), (429, .refused),
    (500, .failed), (503, .failed), (600, .failed),
  ])
  func `a status is judged by its class`(status: Int, outcome: DeliveryOutcome) {
    let answer = TransportResponse(status: status, headers: [.init("Retry-After", "30")])
    let verdict = DeliveryVerdict(answer, now: start)
    #expect(verdict.outcome == outcome)
    #expect(verdict.status == status)
    #expect((verdict.fault == nil) == (outcome == .delivered))
    #expect(verdict.retryAfter == (outcome == .delivered ? nil : .seconds(30)))
  }

  @Test func `every want of an answer is judged, but for one that came from this side`() {
    for kind in TransportFault.Kind.allCases {
      let verdict = DeliveryVerdict(
        TransportFault(kind, mayHaveBeenSent: true, detail: "canary-detail"))
      #expect((verdict == nil) == (kind == .cancelled))
      #expect(verdict?.outcome != .delivered)
      #expect(verdict?.fault?.contains("canary") != true)
    }
  }

  @Test func `warnings come at half, seventy and ninety percent of five days, each once`() {
    func judge(_ hours: Int, warned: Int = 0, tries: Int = 9) -> FailureWatch.Finding {
      watch.judge(
        since: start, warnedAtPercent: warned, tries: tries, now: start + .seconds(hours * 3600))
    }
    #expect(judge(59) == .quiet)
    #expect(judge(60) == .warning(percent: 50))
    #expect(judge(61, warned: 50) == .quiet)
    #expect(judge(84, warned: 50) == .warning(percent: 70))
    #expect(judge(119, warned: 70) == .warning(percent: 90))
    #expect(judge(119) == .warning(percent: 90))
    #expect(judge(120, warned: 90) == .over)
    #expect(judge(500, warned: 90) == .over)
  }

  @Test func `a failure after a long time without events gives nothing up at once`() {
    let now = start + .seconds(90 * 86400)
    #expect(
      watch.judge(since: start, warnedAtPercent: 0, tries: 1, now: now) == .warning(percent: 90))
    #expect(watch.judge(since: start, warnedAtPercent: 90, tries: 4, now: now) == .quiet)
    #expect(watch.judge(since: start, warnedAtPercent: 90, tries: 5, now: now) == .over)
  }
}

/// Goal: receivers that hang take nobody's place. Method: places taken and given back by hand.
@Suite struct DeliveryPlaceTests {
  private let now = ManualClock().wall

  private func id(_ number: UInt64) -> ResourceID { ResourceID(high: 7, low: number) }

  @Test func `a subscription never has more places than its own`() {
    var places = DeliveryPlaces(limit: 100, perSubscription: 4)
    #expect(places.batch == 2)
    for _ in 0..<2 { places.begin(id(1), isFailing: false) }
    #expect(places.excluded(at: now).isEmpty)
    places.begin(id(1), isFailing: false)
    // Another batch would be one too many.
    #expect(places.excluded(at: now) == [id(1)])
    places.end(id(1), fails: false)
    #expect(places.excluded(at: now).isEmpty)
    #expect(places.free == 98)
  }

  @Test func `one that fails has a single place until it works again`() {
    var places = DeliveryPlaces(limit: 100, perSubscription: 4)
    places.begin(id(1), isFailing: true)
    #expect(places.excluded(at: now) == [id(1)])
    places.end(id(1), fails: true)
    #expect(places.excluded(at: now).isEmpty)
    places.begin(id(1), isFailing: false)
    #expect(places.excluded(at: now) == [id(1)])
    places.end(id(1), fails: false)
    places.begin(id(1), isFailing: false)
    #expect(places.excluded(at: now).isEmpty)
  }

  @Test func `all that fail have half of the places at most`() {
    var places = DeliveryPlaces(limit: 8, perSubscription: 4)
    for number in 1...4 { places.begin(id(UInt64(number)), isFailing: true) }
    places.begin(id(5), isFailing: true)
    places.end(id(5), fails: true)
    #expect(places.excluded(at: now) == Set((1...5).map { id($0) }))
    #expect(places.free == 4)
    places.end(id(1), fails: nil)
    #expect(!places.excluded(at: now).contains(id(5)))
  }

  @Test func `who asks to be left alone is, until then or until its owner says otherwise`() {
    var places = DeliveryPlaces(limit: 8, perSubscription: 4)
    for number in 1...2 {
      places.begin(id(UInt64(number)), isFailing: false)
      places.end(id(UInt64(number)), fails: true, quietUntil: now + .seconds(60))
    }
    #expect(places.excluded(at: now) == [id(1), id(2)])
    #expect(places.quietEnd == now + .seconds(60))
    places.reset(id(2))
    #expect(places.excluded(at: now) == [id(1)])
    #expect(places.excluded(at: now + .seconds(60)).isEmpty)
    #expect(places.quietEnd == nil)
  }
}
