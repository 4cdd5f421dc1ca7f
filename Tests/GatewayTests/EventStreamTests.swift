import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import Gateway

/// Goal: a stream brings each app all that it may know, once and in order, wherever it begins.
/// Method: the public handler's streams, read as a server and a client would, over a log that the
/// test writes.
@Suite(.timeLimit(.minutes(5 * testPatience))) struct EventStreamTests {
  private let gateway = GatewayFixture()

  @Test func `an event comes as it happens, and says what the feed says`() async throws {
    try await gateway.feeding {
      let reader = try await gateway.reader()
      try await gateway.happen(EventSamples.change(1), EventSamples.degraded(2))
      let message = try #require(await reader.next())
      #expect(message.id == 1 && message.event == "heat_pump.state_changed")
      let feed = await gateway.get("/v1/events", as: "listener").json["items"]?.array
      #expect(message.data == feed?.first && feed?.first != nil)
      let next = await reader.next()
      #expect(next?.id == 2 && next?.event == "gateway.upstream_degraded")
    }
  }

  @Test func `a stream begins with what comes next, and says from where on`() async throws {
    try await gateway.happen(1...3)
    try await gateway.feeding {
      for expected in [4, 5] {
        let reader = try StreamReader(gateway.stream())
        #expect(await reader.next()?.id == expected - 1)
        try await gateway.happen(expected...expected)
        #expect(await reader.numbers(1) == [expected])
        // The last one leaves: the next begins with what is the newest then.
        reader.leave()
      }
    }
  }

  @Test(arguments: [0, 63, 64, 65, 199, 200])
  func `who comes back is told what it missed, then what happens`(last: Int) async throws {
    try await gateway.happen(1...200)
    try await gateway.feeding {
      let back = try await gateway.reader(lastEventID: last)
      #expect(await back.numbers(200 - last) == Array(last..<200).map { $0 + 1 })
      let byQuery = try await gateway.reader("?after=\(last)")
      try await gateway.happen(201...201)
      #expect(await back.numbers(1) == [201])
      #expect(await byQuery.numbers(201 - last) == Array(last..<201).map { $0 + 1 })
    }
  }

  @Test func `what happens while streams read on comes once and in order`() async throws {
    try await gateway.happen(1...500)
    try await gateway.feeding {
      var readers: [(after: Int, reader: StreamReader)] = []
      for number in 0..<12 {
        let after = number * 45
        readers.append((after, try await gateway.reader(lastEventID: after)))
        try await gateway.happen(501 + number * 20...520 + number * 20)
      }
      for (after, reader) in readers {
        #expect(await reader.numbers(740 - after) == Array(after..<740).map { $0 + 1 })
      }
    }
  }

  @Test func `who has read further than the others is told nothing twice`() async throws {
    try await gateway.happen(1...3)
    try await gateway.feeding {
      let level = try await gateway.reader()
      // Nobody has rung for these yet.
      try await gateway.storage.append(
        EventBatch(events: [EventSamples.change(4), EventSamples.change(5)]))
      let ahead = try await gateway.reader(lastEventID: 1)
      #expect(await ahead.numbers(4) == [2, 3, 4, 5])
      try await gateway.happen(6...6)
      #expect(await level.numbers(3) == [4, 5, 6])
      #expect(await ahead.numbers(1) == [6])
    }
  }

  @Test func `an app hears of its own heat pumps and of the gateway, and of nothing else`()
    async throws
  {
    try await gateway.feeding {
      for app in ["smith-listener", "smith-user-listener"] {
        let reader = try await gateway.reader(as: app)
        try await gateway.happen(
          EventSamples.change(.random(in: 1..<1_000_000), at: jonesHome),
          EventSamples.change(.random(in: 1_000_000..<2_000_000)),
          EventSamples.degraded(.random(in: 2_000_000..<3_000_000)))
        var seen: [StreamedMessage?] = []
        for _ in 0..<2 { seen.append(await reader.next()) }
        #expect(seen[0]?.data?["data"]?["heat_pump_id"]?.string == smithPump.description)
        #expect(seen[1]?.event == "gateway.upstream_degraded")
        reader.leave()
      }
    }
  }

  @Test func `personal data is for those who may see it`() async throws {
    try await gateway.feeding {
      let (some, all) = (try await gateway.reader(), try await gateway.reader(as: "all"))
      try await gateway.happen(
        EventSamples.change(1, ["/comment"], type: .settingsChanged),
        EventSamples.change(2, ["/comment", "/readings/power_w"]))
      #expect(await all.numbers(2) == [1, 2])
      let message = await some.next()
      #expect(message?.id == 2 && message?.data?["data"]?["changes"]?.array?.count == 1)
      #expect(message?.data?["data"]?["heat_pump"]?["comment"] == nil)
    }
  }

  @Test func `a stream can be narrowed by type and heat pump`() async throws {
    try await gateway.happen(1...5, at: jonesHome)
    try await gateway.feeding {
      let types = try await gateway.reader("?event_types=heat_pump.status_changed&after=0")
      let pumps = try await gateway.reader("?heat_pumps=jones-home&after=3")
      try await gateway.happen(
        EventSamples.change(6), EventSamples.change(7, at: jonesHome, type: .statusChanged),
        EventSamples.change(8, at: jonesHome))
      #expect(await types.numbers(1) == [7])
      #expect(await pumps.numbers(4) == [4, 5, 7, 8])
    }
  }

  @Test func `who comes back too late is told so, and then what happens`() async throws {
    try await gateway.happen(1...9)
    try await gateway.storage.forgetEvents(butFor: 4)
    try await gateway.feeding {
      // 4711 was never given: the log was put back to an earlier state.
      for last in [0, 4, 4711] {
        let reader = try await gateway.reader(lastEventID: last)
        let message = await reader.next()
        #expect(message?.event == "resync" && message?.id == 9)
        #expect(message?.data == ["oldest": 6, "newest": 9])
        reader.leave()
      }
      let inTime = try await gateway.reader(lastEventID: 5)
      let late = try await gateway.reader(lastEventID: 4)
      #expect(await late.next()?.event == "resync")
      try await gateway.happen(10...10)
      #expect(await inTime.numbers(5) == [6, 7, 8, 9, 10])
      #expect(await late.numbers(1) == [10])
      #expect(gateway.events.hubs[0].figures.resyncs.value == 4)
    }
  }

  @Test func `events that another gateway stores are found within a second`() async throws {
    try await gateway.feeding {
      let reader = try await gateway.reader()
      try await gateway.storage.append(EventBatch(events: [EventSamples.change(1)]))
      await gateway.pass()
      #expect(await reader.numbers(1) == [1])
    }
  }

  @Test func `a fault of the storage delays events and loses none`() async throws {
    try await gateway.happen(1...3)
    try await gateway.feeding {
      let reader = try await gateway.reader(lastEventID: 1)
      #expect(await reader.numbers(2) == [2, 3])
      gateway.storage.fail(with: .unavailable("disk"))
      let arrival = try StreamReader(gateway.stream("?after=0"))
      await gateway.pass(seconds: 2)
      let log = gateway.log
      try await eventually("word of it") { log.text.contains("streams cannot be fed") }
      gateway.storage.fail(with: nil)
      try await gateway.happen(4...4)
      await gateway.pass()
      #expect(await reader.numbers(1) == [4])
      #expect(await arrival.numbers(4) == [1, 2, 3, 4])
      try await eventually("word of its end") { log.text.contains("streams can be fed again") }
      #expect(log.text.split(separator: "streams cannot be fed").count == 2)
    }
  }
}
