import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: over the wire, feed and stream bring what is in the log, and no more than each app may
/// see. Method: the real gateway on a database that the test has filled, and fills while it runs.
@Suite struct StreamWireTests {
  private func withLog(
    _ limits: JSONValue? = nil,
    _ body: @Sendable (Stage, SeededLog) async throws -> Void,
    before: (SeededLog) async throws -> Void = { _ in }
  ) async throws {
    let log = try SeededLog()
    try await before(log)
    try await withStage(
      gateway: { setup in
        log.apply(to: &setup)
        if let limits { setup.more["limits"] = limits }
      },
      { stage in try await body(stage, log) })
  }

  private func sequences(_ answer: Answer) -> [Int] {
    (answer.at("/items")?.array ?? []).compactMap { $0["data"]?["sequence"]?.integer }
  }

  @Test func `the feed is read from the oldest to the newest, each app its own`() async throws {
    try await withLog { stage, _ in
      var seen: [Int] = []
      var path: String? = "/v1/events?limit=40"
      while let next = path {
        let page = try await stage.full.get(next)
        seen += sequences(page)
        path = page.at("/next_cursor")?.string.map { "/v1/events?limit=40&cursor=\($0)" }
      }
      #expect(seen == Array(1...120))
      let narrow = try await stage.app(.narrow).get("/v1/events")
      #expect(sequences(narrow) == Array(1...100) && narrow.at("/next_after") == 120)
      #expect(!narrow.raw.contains("under the mat") && !narrow.raw.contains("comment"))
      #expect(try await stage.full.get("/v1/events").raw.contains("under the mat"))
      #expect(try await stage.app(.reader).get("/v1/events").verdict == "403 forbidden")
    } before: { log in
      try await log.append(1...100)
      try await log.append(101...120, pump: 2, of: 2)
    }
  }

  @Test func `a stream is resumed where it broke off, and goes on with what happens`() async throws
  {
    try await withLog { stage, log in
      let first = try await StreamClient.open(stage, .portal, query: "?after=0")
      #expect(first.head.status == 200)
      #expect(first.head.headers["content-type"] == "text/event-stream")
      #expect(first.head.headers["cache-control"] == "no-store")
      #expect(try await first.numbers(70) == Array(1...70))
      first.abort()
      let second = try await StreamClient.open(stage, .portal, lastEventID: 70)
      let narrow = try await StreamClient.open(stage, .narrow, lastEventID: 70)
      #expect(try await second.numbers(50) == Array(71...120))
      // By another process, as by another gateway.
      try await log.append(121...125, pump: 2, of: 2)
      try await log.append(126...130)
      #expect(try await second.numbers(10) == Array(121...130))
      #expect(try await narrow.numbers(35) == Array(71...100) + Array(126...130))
      #expect(try await stage.metric("streams") == 2)
      let sent = try await stage.metric(#"stream_events_total{organisation="acme"}"#)
      #expect(sent ?? 0 >= 50 + 10 + 35)
      let status = try await stage.operator.get("/admin/status")
      #expect(status.at("/organisations/0/streams/open") == 2)
    } before: { log in
      try await log.append(1...100)
      try await log.append(101...120, pump: 2, of: 2)
    }
  }

  @Test func `who comes back too late is told so by feed and stream`() async throws {
    try await withLog { stage, _ in
      let late = try await stage.portal.get("/v1/events?after=1")
      #expect(late.at("/gap") == true && late.at("/oldest") == 21 && sequences(late).first == 21)
      let stream = try await StreamClient.open(stage, .portal, lastEventID: 1)
      let message = try await stream.event()
      #expect(message?.event == "resync" && message?.id == 30)
      #expect(message?.data == ["oldest": 21, "newest": 30])
      let inTime = try await StreamClient.open(stage, .portal, lastEventID: 20)
      #expect(try await inTime.numbers(10) == Array(21...30))
    } before: { log in
      try await log.append(1...30)
      try await log.forget(butFor: 10)
    }
  }

  @Test func `streams are limited, for an app and in all`() async throws {
    try await withLog(["streams": 3, "streams_per_app": 2]) { stage, _ in
      var open: [StreamClient] = []
      for key in [TestKey.full, .full, .portal] {
        open.append(try await StreamClient.open(stage, key))
        #expect(open.last?.head.status == 200)
      }
      for key in [TestKey.full, .portal] {
        let refused = try await stage.app(key).get("/v1/stream")
        #expect(refused.verdict == "503 too-many-streams" && refused.headers["retry-after"] == "5")
      }
      open.removeLast().abort()
      try await eventually("place") {
        let client = try await StreamClient.open(stage, .portal)
        return client.head.status == 200
      }
    }
  }

  @Test func `a gateway that is stopped tells its streams`() async throws {
    try await withLog { stage, _ in
      let stream = try await StreamClient.open(stage, .portal)
      #expect(try await stream.next()?.retry != nil)
      stage.gateway.signal(15)
      let last = try await stream.event()
      #expect(last?.event == "end" && last?.data == ["reason": "draining"])
      #expect(try await stream.next() == nil)
      #expect(try await stage.gateway.wait() == .exited(0))
    }
  }

  @Test func `a reader that does not read delays nobody, and gets all of it later`() async throws {
    // It must not be given up before the others are through.
    let limits: JSONValue = ["response_seconds": .number(ExactDecimal(60 * testPatience))]
    try await withLog(limits) { stage, log in
      let slow = try await StreamClient.open(stage, .portal, receiveBuffer: 4096)
      let quick = try await StreamClient.open(stage, .portal)
      for start in stride(from: 1, through: 3501, by: 700) {
        try await log.append(start...start + 699)
        #expect(try await quick.numbers(700) == Array(start..<start + 700))
      }
      #expect(try await slow.numbers(4200) == Array(1...4200))
    }
  }
}
