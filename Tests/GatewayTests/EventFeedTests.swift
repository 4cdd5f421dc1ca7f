import GatewayCore
import HeatPumps
import Storage
import Testing

@testable import Gateway

/// Goal: the feed tells each app all that it may know, in order, and when it has missed something.
/// Method: the public handler over a log that the test writes.
@Suite struct EventFeedTests {
  private let gateway = GatewayFixture()

  private func read(_ query: String = "", as app: String = "listener") async -> HTTPResponse {
    await gateway.get("/v1/events\(query)", as: app)
  }

  private func numbers(_ response: HTTPResponse) -> [Int] {
    (response.json["items"]?.array ?? []).compactMap { $0["data"]?["sequence"]?.integer }
  }

  @Test func `events come in their order, as a delivery would bring them`() async throws {
    try await gateway.happen(EventSamples.change(1), EventSamples.degraded(2))
    let answer = await read()
    #expect(answer.status == 200 && answer["Cache-Control"] == "no-store")
    #expect(numbers(answer) == [1, 2])
    #expect(answer.json["next_after"] == 2 && answer.json["next_cursor"] == .null)
    #expect(answer.json["gap"] == false && answer.json["oldest"] == 1)
    let first = answer.json["items"]?.array?.first
    #expect(first?["type"] == "heat_pump.state_changed" && first?["timestamp"]?.string != nil)
    #expect(first?["data"]?["heat_pump_id"]?.string == smithPump.description)
    #expect(first?["data"]?["organisation"] == "acme")
  }

  @Test func `a reader goes on from where it was`() async throws {
    try await gateway.happen(1...5)
    var seen: [Int] = []
    var query = "?limit=2"
    for expected in [[1, 2], [3, 4], [5]] {
      let page = await read(query)
      #expect(numbers(page) == expected)
      seen += numbers(page)
      if let cursor = page.json["next_cursor"]?.string { query = "?limit=2&cursor=\(cursor)" }
    }
    #expect(seen == [1, 2, 3, 4, 5])
    let end = await read("?after=5")
    #expect(numbers(end) == [] && end.json["next_after"] == 5)
    #expect(numbers(await read("?after=1&cursor=4")) == [5])
    try await gateway.happen(6...6)
    #expect(numbers(await read("?after=5")) == [6])
  }

  @Test func `an app reads of its own heat pumps and of the gateway, and of nothing else`()
    async throws
  {
    try await gateway.happen(
      EventSamples.change(1, at: jonesHome), EventSamples.change(2), EventSamples.degraded(3),
      EventSamples.change(4, at: jonesHome),
      EventSamples.change(5, of: "other"))
    for app in ["smith-listener", "smith-user-listener"] {
      let answer = await read(as: app)
      #expect(numbers(answer) == [2, 3])
      // Past what is not for it, but not past what is another organisation's.
      #expect(answer.json["next_after"] == 4)
      #expect(!String(decoding: answer.body, as: UTF8.self).contains(jonesPump.description))
    }
    #expect(numbers(await read()) == [1, 2, 3, 4])
    #expect(await read(as: "reader").problem == "forbidden")
    #expect(await read(as: "nobody").problem == "forbidden")
  }

  @Test(arguments: ["smith-listener", "smith-user-listener"])
  func `pages go past events that the app may not see`(app: String) async throws {
    try await gateway.happen(1...300, at: jonesHome)
    try await gateway.happen(301...301)
    try await gateway.happen(302...400, at: jonesHome)
    let page = await read("?limit=2", as: app)
    #expect(numbers(page) == [301] && page.json["next_after"] == 400)
    #expect(page.json["next_cursor"] == .null)
    #expect(numbers(await read("?after=301", as: app)) == [])
  }

  @Test func `who sees almost nothing gets a short page and goes on`() async throws {
    try await gateway.happen(1...1400, at: jonesHome)
    try await gateway.happen(1401...1401)
    let page = await read("?limit=1", as: "smith-user-listener")
    #expect(numbers(page) == [])
    let cursor = try #require(page.json["next_cursor"]?.string)
    #expect(numbers(await read("?cursor=\(cursor)", as: "smith-user-listener")) == [1401])
  }

  @Test func `personal data is for those who may see it`() async throws {
    try await gateway.happen(
      EventSamples.change(1, ["/comment"], type: .settingsChanged),
      EventSamples.change(2, ["/comment", "/readings/power_w"]))
    let all = await read(as: "all")
    #expect(numbers(all) == [1, 2])
    #expect(String(decoding: all.body, as: UTF8.self).contains("under the mat"))
    let some = await read()
    #expect(numbers(some) == [2] && some.json["next_after"] == 2)
    #expect(some.json["items"]?.array?.first?["data"]?["changes"]?.array?.count == 1)
    for secret in ["comment", "under the mat"] {
      #expect(!String(decoding: some.body, as: UTF8.self).contains(secret))
    }
  }

  @Test func `the feed can be narrowed by type and heat pump`() async throws {
    try await gateway.happen(
      EventSamples.change(1), EventSamples.change(2, at: jonesHome),
      EventSamples.change(3, type: .statusChanged), EventSamples.degraded(4))
    #expect(numbers(await read("?heat_pumps=smith-home")) == [1, 3, 4])
    #expect(numbers(await read("?heat_pumps=\(jonesPump),smith-home")) == [1, 2, 3, 4])
    #expect(numbers(await read("?event_types=heat_pump.status_changed")) == [3])
    let narrow = await read("?event_types=heat_pump.state_changed&heat_pumps=jones-home")
    #expect(numbers(narrow) == [2] && narrow.json["next_after"] == 4)
    #expect(numbers(await read("?event_types=*&heat_pumps=*")) == [1, 2, 3, 4])
  }

  @Test(arguments: [
    "after=x", "after=-1", "cursor=x", "after=x&cursor=1", "limit=0", "limit=501",
    "event_types=heat_pump.exploded", "event_types=", "event_types=*,heat_pump.added",
    "heat_pumps=smith-home,", "page=1",
  ])
  func `parameters that make no sense are refused`(query: String) async {
    #expect(await read("?\(query)").problem == "malformed-request")
  }

  @Test func `a heat pump that the app may not see is as good as none`() async {
    let hidden = await read("?heat_pumps=jones-home", as: "smith-listener")
    let absent = await read("?heat_pumps=\(unknownPump)", as: "smith-listener")
    #expect(hidden.problem == "not-found")
    #expect(hidden.withoutRequestID == absent.withoutRequestID)
  }

  @Test func `a reader learns that events are gone before it came back`() async throws {
    try await gateway.happen(1...9)
    try await gateway.storage.forgetEvents(butFor: 4)
    let late = await read("?after=3")
    #expect(late.json["gap"] == true && late.json["oldest"] == 6)
    #expect(numbers(late) == [6, 7, 8, 9])
    for query in ["", "?after=5", "?after=9"] {
      #expect(await read(query).json["gap"] == false, "\(query)")
    }
    #expect(numbers(await read()) == [6, 7, 8, 9])
  }

  @Test func `a number that the log never gave is a gap, too`() async throws {
    try await gateway.happen(1...3)
    let answer = await read("?after=4711")
    #expect(answer.json["gap"] == true && answer.json["next_after"] == 3)
    #expect(numbers(answer) == [])
  }

  @Test func `an event that this version cannot read is left out`() async throws {
    var foreign = EventSamples.change(2)
    foreign.body = Array(#"{"type":"heat_pump.sang"}"#.utf8)
    try await gateway.happen(EventSamples.change(1), foreign, EventSamples.change(3))
    let answer = await read()
    #expect(numbers(answer) == [1, 3] && answer.json["next_after"] == 3)
  }

  @Test func `a storage that fails is told as such`() async throws {
    gateway.storage.fail(with: .unavailable("disk"))
    #expect(await read().problem == "storage-unavailable")
  }
}
