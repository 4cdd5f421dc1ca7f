import GatewayCore
import MicrohttpdServer
import TestSupport
import Testing

/// Goal: no stream outlives its client or its server, and none holds more than its limit.
/// Method: clients that leave, clients that do not read, and servers that stop.
@Suite(.timeLimit(.minutes(testPatience))) struct StreamEndTests {
  @Test(arguments: [true, false])
  func `a client that leaves an idle stream is noticed`(aborts: Bool) async throws {
    let source = StreamSource()
    try await withServer(handler: source.handle) { running in
      // Whatever makes the library look after the oldest connection does not count.
      let older = try running.client()
      #expect(try await older.exchange(get()).status == 200)
      let client = try await running.stream()
      source.send("one")
      #expect(try await client.chunk() == "one")
      // What it sends before it leaves does not hide that.
      try await client.send(get("/next"))
      if aborts { client.abort() } else { client.finishSending() }
      await source.waitForEnds()
      #expect(source.ends == [.clientLeft])
      #expect(!source.streams[0].send([1]))
      await running.wait { $0.connections == 1 && $0.streams == 0 }
      #expect(running.server.counters.interrupted == 1)
      #expect(running.server.counters.streamsCut == 0)
    }
  }

  @Test func `a client that leaves with bytes on their way is noticed`() async throws {
    let source = StreamSource(limit: 40_000_000)
    try await withServer(handler: source.handle) { running in
      let client = try await running.stream(receiveBuffer: 4096)
      source.streams[0].send([UInt8](repeating: 0x61, count: 20_000_000))
      #expect(try await client.read(count: 100).contains("aaa"))
      client.abort()
      await source.waitForEnds()
      #expect(source.ends == [.clientLeft])
      await running.wait { $0.connections == 0 }
    }
  }

  @Test func `a reader that falls behind is cut, told why, and its memory was bounded`()
    async throws
  {
    let source = StreamSource(limit: 100_000, [.tooSlow: "too slow"])
    try await withServer(handler: source.handle) { running in
      let client = try await running.stream(receiveBuffer: 4096)
      let piece = [UInt8](repeating: 0x61, count: 10_000)
      var taken = 0
      while source.streams[0].send(piece) {
        taken += 1
        await Task.yield()
      }
      // The rest is in the kernel's buffers.
      #expect(taken < 2000)
      await source.waitForEnds()
      #expect(source.ends == [.tooSlow])
      var body = ""
      while true {
        let chunk = try await client.chunk()
        if chunk.isEmpty { break }
        body += chunk
      }
      #expect(body.hasSuffix("too slow"))
      #expect((body.utf8.count - 8) % 10_000 == 0)
      #expect(body.utf8.count <= taken * 10_000 + 8)
      await running.wait { $0.streams == 0 }
      #expect(running.server.counters.streamsCut == 1)
    }
  }

  @Test func `a cut without a word ends the connection in the middle of the body`() async throws {
    let source = StreamSource(limit: 100_000)
    try await withServer(handler: source.handle) { running in
      let older = try running.client()
      #expect(try await older.exchange(get()).status == 200)
      let client = try await running.stream()
      #expect(!source.streams[0].send([UInt8](repeating: 0x61, count: 100_000)))
      #expect(try await client.readToEnd() == "")
      await running.wait { $0.connections == 1 }
      #expect(source.ends == [.tooSlow])
      #expect(running.server.counters.streamsCut == 1)
    }
  }

  @Test func `a reader that stops reading is cut when its time is over`() async throws {
    let source = StreamSource(limit: 40_000_000)
    try await withServer(
      { $0.responseTime = SlownessTests.short }, handler: source.handle
    ) { running in
      let client = try await running.stream(receiveBuffer: 4096)
      source.streams[0].send([UInt8](repeating: 0x61, count: 20_000_000))
      await source.waitForEnds()
      #expect(source.ends == [.tooSlow])
      await running.wait { $0.connections == 0 }
      #expect(running.server.counters.streamsCut == 1)
      client.abort()
    }
  }

  @Test func `draining ends every stream with its last message`() async throws {
    let source = StreamSource([.draining: "bye"])
    try await withServer(handler: source.handle) { running in
      var clients: [RawHTTPClient] = []
      for _ in 0..<100 { clients.append(try await running.stream()) }
      source.send("event")
      await running.server.drain(grace: .seconds(30))
      for client in clients {
        #expect(try await client.chunks(of: "eventbye") == "eventbye")
        #expect(try await client.chunk() == "")
      }
      #expect(source.ends.count == 100)
      #expect(Set(source.ends) == [.draining])
      await running.wait { $0.streams == 0 }
    }
  }

  @Test func `stopping at once still says the last message`() async throws {
    let source = StreamSource([.draining: "bye"])
    try await withServer(handler: source.handle) { running in
      let client = try await running.stream()
      await running.server.stop()
      #expect(try await client.chunk() == "bye")
      #expect(source.ends == [.draining])
    }
  }

  @Test func `stopping does not wait for a client that does not read`() async throws {
    let source = StreamSource(limit: 40_000_000, [.draining: "bye"])
    try await withServer(handler: source.handle) { running in
      let stuck = try await running.stream(receiveBuffer: 4096)
      let idle = try await running.stream()
      source.streams[0].send([UInt8](repeating: 0x61, count: 20_000_000))
      await running.server.drain(grace: .milliseconds(10))
      await running.server.stop()
      #expect(try await idle.chunk() == "bye")
      #expect(source.ends == [.draining, .draining])
      #expect(running.server.counters.connections == 0)
      #expect(running.server.counters.streams == 0)
      stuck.abort()
    }
  }

  @Test func `no stream begins while the server drains`() async throws {
    let gate = Gate()
    let source = StreamSource()
    try await withServer(handler: { request in
      guard request.target == "/later" else { return source.handle(request) }
      return .later(deadline: .distantFuture) {
        await gate.pass()
        return HTTPResponse(status: 200)
      }
    }) { running in
      let holding = try running.client()
      try await holding.send(get("/later"))
      let client = try running.client()
      try await client.send("GET /stream HTTP/1.1\r\n")
      await running.wait { $0.suspended == 1 && $0.requests == 2 }
      async let drained: Void = running.server.drain(grace: .seconds(30))
      #expect(throws: RawHTTPClient.Fault.self) { while true { _ = try running.client() } }
      let answer = try await client.exchange("Host: h\r\n\r\n")
      #expect(answer.status == 503)
      #expect(answer.body.contains("/problems/shutting-down"))
      #expect(source.ends == [.draining])
      gate.open()
      await drained
    }
  }

  @Test func `a stream that sends from many threads loses nothing`() async throws {
    let source = StreamSource(limit: 4_000_000)
    try await withServer(handler: source.handle) { running in
      let client = try await running.stream()
      let stream = source.streams[0]
      await withTaskGroup { group in
        for _ in 0..<8 {
          group.addTask { for _ in 0..<500 { stream.send([0x61, 0x62, 0x63]) } }
        }
      }
      stream.finish()
      let expected = String(repeating: "abc", count: 4000)
      #expect(try await client.chunks(of: expected) == expected)
      #expect(try await client.chunk() == "")
    }
  }
}
