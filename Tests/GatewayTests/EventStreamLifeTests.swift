import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import Gateway

/// Goal: streams are opened by those who may, show that they live, and end with a reason; what
/// waits for a slow reader is bounded.
/// Method: the public handler's streams, readers that do not read, a clock moved by hand.
@Suite(.timeLimit(.minutes(5 * testPatience))) struct EventStreamLifeTests {
  private let gateway = GatewayFixture(streamsPerApp: 2)
  private var hub: EventHub { gateway.events.hubs[0] }

  private func problem(_ disposition: Disposition) -> String? {
    guard case .respond(let response) = disposition else { return nil }
    return response.problem
  }

  @Test func `a stream is for apps that read events, and says what it does not understand`()
    async throws
  {
    #expect(problem(gateway.stream(as: "reader")) == "forbidden")
    #expect(problem(gateway.stream(as: "unknown")) == "unauthenticated")
    #expect(
      problem(gateway.stream("?heat_pumps=jones-home", as: "smith-listener")) == "not-found")
    for query in ["?after=x", "?event_types=x", "?limit=1"] {
      #expect(problem(gateway.stream(query)) == "malformed-request", "\(query)")
    }
    for (name, value) in [("Last-Event-ID", "x"), ("Accept", "application/json")] {
      let response = await gateway.get("/v1/stream", as: "listener", headers: [(name, value)])
      #expect(response.problem == (name == "Accept" ? "not-acceptable" : "malformed-request"))
    }
    let head = await gateway.send(.head, "/v1/stream", as: "listener")
    #expect(head.status == 200 && head["Content-Type"] == "text/event-stream" && head.body == [])
    #expect(gateway.events.listeners.interests.isEmpty && hub.openCount == 0)
  }

  @Test func `the header counts more than the address that a client came with first`()
    async throws
  {
    try await gateway.happen(1...3)
    try await gateway.feeding {
      let reader = try await gateway.reader("?after=0", lastEventID: 2)
      #expect(await reader.numbers(1) == [3])
    }
  }

  @Test func `an idle stream shows every 15 seconds that it lives, and how far it is`()
    async throws
  {
    try await gateway.feeding {
      let reader = try await gateway.reader(as: "smith-listener")
      try await gateway.happen(1...3, at: jonesHome)
      // The first one may come before the hub has looked at the events.
      for expected in [nil, 3, 3] {
        await gateway.pass(seconds: 15)
        let beat = await reader.next()
        #expect(beat?.hasComment == true && beat?.event == nil && beat?.data == nil)
        #expect(expected == nil || beat?.id == expected)
      }
    }
  }

  @Test func `an app has so many streams and no more, whatever others have`() async throws {
    let first = try StreamReader(gateway.stream())
    let second = try StreamReader(gateway.stream())
    let refused = await gateway.get("/v1/stream", as: "listener")
    #expect(refused.problem == "too-many-streams" && refused["Retry-After"] == "5")
    _ = try StreamReader(gateway.stream(as: "all"))
    #expect(hub.openCount == 3 && gateway.events.listeners.interests.count == 2)
    first.leave()
    second.stream.close(.refused)
    #expect(hub.openCount == 1 && gateway.events.listeners.interests.count == 1)
    for _ in 0..<2 { _ = try StreamReader(gateway.stream()) }
    #expect(problem(gateway.stream()) == "too-many-streams")
    #expect(hub.figures.ends[.clientLeft]?.value == 1 && hub.figures.ends[.refused]?.value == 1)
  }

  @Test func `a reader that falls behind for a moment gets all of it, from the log`() async throws {
    try await gateway.feeding {
      let (slow, quick) = (try await gateway.reader(), try await gateway.reader())
      try await gateway.happen(1...1500)
      #expect(await quick.numbers(1500) == Array(1...1500))
      // Less than all of it waits in memory.
      #expect(hub.figures.sent.value < 2800)
      #expect(await slow.numbers(1500) == Array(1...1500))
      try await gateway.happen(1501...1501)
      #expect(await slow.numbers(1) == [1501])
      #expect(hub.figures.sent.value == 3002)
    }
  }

  @Test func `a reader that does not read is cut after a while, and told why`() async throws {
    try await gateway.feeding {
      let slow = try await gateway.reader()
      let quick = try await gateway.reader()
      try await gateway.happen(1...1500)
      #expect(await quick.numbers(1500).count == 1500)
      await gateway.pass(seconds: 32)
      let stream = slow.stream
      try await eventually("cut") { stream.announce() == .tooSlow }
      var last: StreamedMessage?
      while let message = await slow.next() { last = message }
      #expect(last?.event == "end" && last?.data == ["reason": "too_slow"] && last?.id == nil)
      #expect(slow.hasEnded && hub.figures.ends[.tooSlow]?.value == 1 && hub.openCount == 1)
    }
  }

  @Test func `a stream whose key expires ends within a minute, and says why`() async throws {
    try await gateway.feeding {
      let reader = try await gateway.reader(as: "expiring")
      await gateway.pass(seconds: 75)
      var last: StreamedMessage?
      while let message = await reader.next() { last = message }
      #expect(last?.event == "end" && last?.data == ["reason": "unauthenticated"])
      #expect(gateway.events.listeners.interests.isEmpty)
    }
  }

  @Test func `a gateway that stops says so`() async throws {
    try await gateway.feeding {
      let reader = try await gateway.reader()
      reader.stream.drain()
      let last = await reader.next()
      #expect(last?.event == "end" && last?.data == ["reason": "draining"])
      #expect(await reader.next() == nil)
    }
  }

  @Test func `streams that leave while they are being told harm no other`() async throws {
    try await gateway.happen(1...300)
    try await gateway.feeding {
      for _ in 0..<20 {
        let leaver = try StreamReader(gateway.stream(lastEventID: 0))
        leaver.leave()
      }
      let reader = try await gateway.reader(lastEventID: 0)
      #expect(await reader.numbers(300) == Array(1...300))
      #expect(hub.openCount == 1)
    }
  }
}
