import GatewayCore
import MicrohttpdServer
import Reactor
import TestSupport
import Testing

/// Goal: what an endpoint sends reaches its client, at once and in order, however long it takes.
/// Method: a real daemon, and a client that reads chunk by chunk.
@Suite(.timeLimit(.minutes(testPatience))) struct StreamTests {
  @Test func `bytes arrive as they are sent, and the connection is kept`() async throws {
    let source = StreamSource()
    try await withServer(handler: source.handle) { running in
      let client = try running.client()
      #expect(try await client.exchange(get("/before")).status == 200)
      try await client.send(get("/stream"))
      let head = try await client.head()
      #expect(head.status == 200)
      #expect(head.headers["content-type"] == "text/event-stream")
      #expect(head.headers["transfer-encoding"] == "chunked")
      #expect(head.headers["content-length"] == nil)
      for index in 0..<20 {
        source.send("event \(index)")
        #expect(try await client.chunk() == "event \(index)")
      }
      // The next request waits for its turn.
      try await client.send(get("/after"))
      source.streams[0].finish(Array("last".utf8))
      #expect(try await client.chunk() == "last")
      #expect(try await client.chunk() == "")
      #expect(try await client.answer().body.hasPrefix("GET /after"))
      await source.waitForEnds()
      #expect(source.ends == [.finished])
      await running.wait { $0.answered == 3 }
      let counters = running.server.counters
      #expect(counters.accepted == 1)
      #expect(counters.streams == 0)
      #expect(counters.streamsOpened == 1)
      #expect(counters.streamsCut == 0)
    }
  }

  @Test func `much at once arrives whole and in order`() async throws {
    let source = StreamSource(limit: 4_000_000)
    try await withServer(handler: source.handle) { running in
      let client = try await running.stream()
      var expected = ""
      for index in 0..<2000 {
        let text = String(repeating: "\(index) ", count: 200)
        expected += text
        source.send(text)
      }
      source.streams[0].finish()
      #expect(try await client.chunks(of: expected) == expected)
      #expect(try await client.chunk() == "")
    }
  }

  @Test func `two hundred streams get the same event, and others are served meanwhile`()
    async throws
  {
    let source = StreamSource()
    try await withServer(handler: source.handle) { running in
      var clients: [RawHTTPClient] = []
      for _ in 0..<200 { clients.append(try await running.stream()) }
      #expect(running.server.counters.streamsOpened <= 200)
      for round in 0..<3 {
        source.send("event \(round)")
        #expect(try await running.exchange(get("/now")).status == 200)
        for client in clients { #expect(try await client.chunk() == "event \(round)") }
      }
      for stream in source.streams { stream.finish() }
      for client in clients { #expect(try await client.chunk() == "") }
      await source.waitForEnds(200)
      #expect(Set(source.ends) == [.finished])
      await running.wait { $0.streams == 0 }
    }
  }

  @Test func `HTTP 1.0 gets the bytes bare, and the end of the connection`() async throws {
    let source = StreamSource()
    try await withServer(handler: source.handle) { running in
      let older = try running.client()
      #expect(try await older.exchange(get()).status == 200)
      let client = try running.client()
      try await client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      let head = try await client.head()
      #expect(head.headers["transfer-encoding"] == nil)
      #expect(head.headers["content-length"] == nil)
      source.send("one ")
      #expect(try await client.read(count: 4) == "one ")
      source.send(String(repeating: "x", count: 5000))
      #expect(try await client.read(count: 5000) == String(repeating: "x", count: 5000))
      source.streams[0].finish(Array("two".utf8))
      #expect(try await client.readToEnd() == "two")
      await source.waitForEnds()
      #expect(source.ends == [.finished])
      await running.wait { $0.connections == 1 }
    }
  }

  @Test func `a client that asks for the end of the connection gets it after the stream`()
    async throws
  {
    let source = StreamSource()
    try await withServer(handler: source.handle) { running in
      let client = try running.client()
      try await client.send(get("/stream", "Connection: close"))
      let head = try await client.head()
      source.send("one")
      let isChunked = head.headers["transfer-encoding"] == "chunked"
      #expect(try await client.read(count: isChunked ? 8 : 3).contains("one"))
      source.streams[0].finish()
      #expect(try await client.readToEnd() == (isChunked ? "0\r\n\r\n" : ""))
    }
  }

  @Test func `HEAD gets the head, and the stream is over`() async throws {
    let source = StreamSource()
    try await withServer(handler: source.handle) { running in
      let client = try running.client()
      let answer = try await client.exchange(
        "HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n", isHead: true)
      #expect(answer.status == 200)
      #expect(answer.headers["content-length"] == nil)
      #expect(try await client.readToEnd() == "")
      await source.waitForEnds()
      #expect(source.ends == [.finished])
      #expect(!source.streams[0].send([1]))
    }
  }

  @Test func `an idle stream outlives every time limit and costs no turns`() async throws {
    let source = StreamSource()
    let turns = Locked(0)
    try await withServer(
      {
        $0.requestTime = SlownessTests.short
        $0.responseTime = SlownessTests.short
        $0.idleTime = SlownessTests.short
      }, handler: source.handle
    ) { running in
      let client = try await running.stream()
      source.send("one")
      #expect(try await client.chunk() == "one")
      try await on(running.reactor) {
        running.reactor.addTurnHook {
          turns.withLock { $0 += 1 }
          return nil
        }
      }
      // Another connection's time runs out meanwhile, twice.
      #expect(try await running.silence() == "")
      #expect(try await running.silence() == "")
      #expect(turns.withLock { $0 } < 200)
      source.send("two")
      #expect(try await client.chunk() == "two")
    }
  }

  @Test func `beyond the limit a stream is refused, and its endpoint told`() async throws {
    let source = StreamSource()
    try await withServer({ $0.streams = StreamPlaces(1) }, handler: source.handle) { running in
      let first = try await running.stream()
      let client = try running.client()
      let answer = try await client.exchange(get("/stream"))
      #expect(answer.status == 503)
      #expect(answer.headers["retry-after"] == "5")
      #expect(answer.headers["content-type"] == "application/problem+json")
      #expect(answer.body.contains("/problems/too-many-streams"))
      #expect(source.ends == [.refused])
      await running.wait { $0.refusals == [.tooManyStreams: 1] }
      // The connection is as good as before, and so is the place once it is free.
      #expect(try await client.exchange(get("/other")).status == 200)
      source.streams[0].finish()
      #expect(try await first.chunk() == "")
      await running.wait { $0.streams == 0 }
      try await client.send(get("/stream"))
      #expect(try await client.head().status == 200)
    }
  }

  @Test func `a head that cannot be sent is an internal error, and gives its place back`()
    async throws
  {
    let ends = Locked<[StreamEnd]>([])
    try await withServer(
      { $0.streams = StreamPlaces(1) },
      handler: { _ in
        let stream = ResponseStream()
        stream.onClose { end in ends.withLock { $0.append(end) } }
        return .stream(HTTPResponse(status: 200, headers: [.init("X", "a\r\nb")]), stream)
      }
    ) { running in
      for _ in 0..<3 {
        let answer = try await running.exchange(get())
        #expect(answer.status == 500)
      }
      #expect(ends.withLock { $0 } == [.refused, .refused, .refused])
    }
  }
}
