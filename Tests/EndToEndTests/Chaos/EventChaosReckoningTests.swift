import GatewayCore
import PoderoSimulator
import Testing

/// Goal: a chaos test of events fails when something is wrong.
/// Method: a history in which all is well, and one thing wrong at a time.
@Suite struct EventChaosReckoningTests {
  private static let pump = ResourceID(high: 1, low: 1)

  @Test func `a history in which all is well is without findings`() {
    #expect(reckoning().findings == [])
  }

  @Test func `a change that was shown and not told is found`() {
    var reckoning = reckoning()
    reckoning.told.remove(at: 1)
    reckoning.streamed.remove(at: 1)
    expect(reckoning, "nobody was told 20.2", "was delivered and never told")
  }

  @Test func `one that was shown right before a kill, or beside a write, is not`() {
    for second in [Int64(59), 6] {
      var reckoning = reckoning()
      reckoning.looks.append(look(second, hotWater: 209))
      reckoning.looks.sort { $0.at < $1.at }
      reckoning.told.removeLast()
      reckoning.streamed.removeLast()
      reckoning.delivered = ["a", "b"]
      #expect(!reckoning.findings.contains { $0.contains("20.9") }, "\(second)")
    }
  }

  @Test func `a value that no answer showed is found`() {
    var reckoning = reckoning()
    reckoning.told[1].changes = [change(.hotWater, 201, 209)]
    expect(reckoning, "tells 20.9", "nobody was told 20.2")
  }

  @Test func `a value that is told before an answer showed it is found`() {
    var reckoning = reckoning()
    reckoning.told[1].at = time(11)
    expect(reckoning, "event 12 tells 20.2")
  }

  @Test func `a change that is told twice is found`() {
    var reckoning = reckoning()
    var again = reckoning.told[1]
    (again.sequence, again.id) = (19, "d")
    reckoning.told.append(again)
    reckoning.streamed.append(19)
    reckoning.delivered.insert("d")
    expect(reckoning, "from 20.1, not 20.2")
  }

  @Test func `the doing of another is found`() {
    var reckoning = reckoning()
    reckoning.told[0].cause = "app"
    reckoning.told[2].cause = "outside"
    expect(reckoning, "is the doing of app, not of outside", "is the doing of outside, not of app")
  }

  @Test func `an event of a heat pump that nobody knows is found`() {
    var reckoning = reckoning()
    reckoning.told[0].heatPump = ResourceID(high: 9, low: 9)
    expect(reckoning, "which nobody changes")
  }

  @Test func `disorder and doubles in the feed are found`() {
    var reckoning = reckoning()
    reckoning.told[1].sequence = 10
    reckoning.told[2].id = "a"
    expect(reckoning, "comes behind", "is that of 2 events")
  }

  @Test func `what the stream leaves out, makes up or repeats is found`() {
    for (numbers, words) in [
      ([10, 13], "left out 12"), ([10, 11, 12, 13], "made 11 up"), ([10, 12, 12, 13], "repeats"),
    ] {
      var reckoning = reckoning()
      reckoning.streamed = numbers
      expect(reckoning, words)
    }
  }

  @Test func `an event that never came to the receiver is found`() {
    var reckoning = reckoning()
    reckoning.delivered = ["a", "c"]
    expect(reckoning, "b was never delivered")
  }

  // MARK: Requests

  @Test func `evenly spread polls are as the guide says, and a burst is not`() {
    var requests = EventChaosRequests(
      requests: polls(1000, every: 100), pollsPerSecond: 10, afterWrite: .seconds(30))
    #expect(requests.findings == [])
    #expect(requests.peak([.poll]).count == 100)
    requests.requests += polls(40, every: 1)
    requests.requests.sort { $0.at < $1.at }
    #expect(requests.findings.first?.contains("140 polls") == true)
    // As many more as users have been written to.
    let writes = (0..<150).map { number in
      EventChaosRequests.Request(
        at: time(0), kind: .update, user: ResourceID(high: 2, low: UInt64(number)))
    }
    requests.requests = writes + requests.requests
    #expect(requests.findings == [])
  }

  @Test func `calls are told apart, and one that nothing explains is found`() {
    let other = ResourceID(high: 1, low: 2)
    let stranger = ResourceID(high: 1, low: 3)
    let calls = [
      call(.token), call(.list), call(.detail, Self.pump), call(.update, Self.pump),
      call(.detail, other), call(.detail, stranger),
    ]
    let requests = EventChaosRequests(
      calls, needs: [other], pollsPerSecond: 1, afterWrite: .seconds(30))
    #expect(requests.requests.map(\.kind) == [.poll, .writeRead, .update, .action, .other])
    #expect(requests.findings == ["1 requests that nothing explains"])
  }

  @Test func `a field's values are all different, and read as what they are`() {
    for field in EventChaosField.allCases where field != .actionNeeded {
      let values = (1...58).map { EventChaosField.reading(field.value($0)) }
      #expect(Set(values).count == 58 && !values.contains(0) && !values.contains(nil))
    }
    #expect(EventChaosField.reading("52.50") == 525)
    #expect(EventChaosField.reading(true) == 10)
    #expect(EventChaosField.reading(.null) == nil)
  }

  // MARK: Support

  // Two changes by others, and one by the gateway between them, of which the last was seen twice.
  private func reckoning() -> EventChaosReckoning {
    EventChaosReckoning(
      looks: [
        look(2, hotWater: 201), look(6, hotWater: 201, offset: 5, isPoll: false),
        look(12, hotWater: 202, offset: 5), look(22, hotWater: 202, offset: 5),
      ], before: [Self.pump: [.hotWater: 480, .offset: 0]],
      told: [
        event(10, "a", 3, [change(.hotWater, 480, 201)]),
        event(12, "b", 13, [change(.hotWater, 201, 202)]),
        event(13, "c", 14, [change(.offset, 0, 5)], cause: "app"),
      ], streamed: [10, 12, 13], delivered: ["a", "b", "c"],
      lives: [EventChaosReckoning.Life(from: time(0), to: time(60))], digestion: .seconds(2))
  }

  private func expect(_ reckoning: EventChaosReckoning, _ words: String...) {
    let findings = reckoning.findings
    for words in words {
      #expect(findings.contains { $0.contains(words) }, "\(words) not in \(findings)")
    }
  }

  private func look(
    _ second: Int64, hotWater: Int, offset: Int = 0, isPoll: Bool = true
  ) -> EventChaosReckoning.Look {
    EventChaosReckoning.Look(
      at: time(second), heatPump: Self.pump, isPoll: isPoll,
      values: [.hotWater: hotWater, .offset: offset])
  }

  private func change(
    _ field: EventChaosField, _ from: Int, _ to: Int
  ) -> EventChaosReckoning.Told.Change {
    EventChaosReckoning.Told.Change(field: field, from: from, to: to)
  }

  private func event(
    _ sequence: Int, _ id: String, _ second: Int64,
    _ changes: [EventChaosReckoning.Told.Change], cause: String = "outside"
  ) -> EventChaosReckoning.Told {
    EventChaosReckoning.Told(
      sequence: sequence, id: id, type: "heat_pump.settings_changed", cause: cause,
      heatPump: Self.pump, at: time(second), changes: changes)
  }

  private func polls(_ count: Int64, every milliseconds: Int64) -> [EventChaosRequests.Request] {
    (0..<count).map { number in
      EventChaosRequests.Request(
        at: Timestamp(microseconds: number * milliseconds * 1000), kind: .poll, user: nil)
    }
  }

  private func call(
    _ call: SimulatedCall, _ heatPump: ResourceID? = nil
  ) -> EventChaosRequests.Call {
    EventChaosRequests.Call(call: call, at: time(1), heatPump: heatPump)
  }

  private func time(_ second: Int64) -> Timestamp {
    Timestamp(microseconds: second * 1_000_000)
  }
}
