import GatewayCore
import MicrohttpdServer
import TestSupport
import Testing

/// Goal: no client holds a connection longer than its phase allows, and none holds too many.
/// Method: short limits and clients that stop halfway.
@Suite(.timeLimit(.minutes(testPatience))) struct SlownessTests {
  // Each test shortens only the limit that it is about: on a busy machine, the others would run out
  // now and then.
  static let short = Duration.milliseconds(300)

  @Test(arguments: [
    "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: h\r\nX: a",
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
  ])
  func `a request that stops halfway is answered with 408`(start: String) async throws {
    try await withServer({ $0.requestTime = SlownessTests.short }) { running in
      let client = try running.client()
      let answer = try await client.exchange(start)
      #expect(answer.status == 408)
      #expect(answer.body.contains("/problems/request-timeout"))
      #expect(answer.headers["connection"] == "close")
      #expect(try await client.readToEnd() == "")
      await running.wait { $0.connections == 0 }
      #expect(running.server.counters.refusals == [.tooSlow: 1])
    }
  }

  @Test func `the second request of a connection is held to the limit too`() async throws {
    try await withServer({ $0.requestTime = SlownessTests.short }) { running in
      let client = try running.client()
      #expect(try await client.exchange(get()).status == 200)
      #expect(try await client.exchange("GET / HTTP/1.1\r\nHost").status == 408)
    }
  }

  @Test(arguments: ["", "GET / HT"])
  func `a new connection without a request line is closed`(start: String) async throws {
    try await withServer({ $0.requestTime = SlownessTests.short }) { running in
      let client = try running.client()
      try await client.send(start)
      #expect(try await client.readToEnd() == "")
      await running.wait { $0.connections == 0 }
      #expect(running.server.counters.abandoned == [.opening: 1])
    }
  }

  @Test func `a dripped request line does not prolong the idle time`() async throws {
    try await withServer({ $0.idleTime = SlownessTests.short }) { running in
      let client = try running.client()
      #expect(try await client.exchange(get()).status == 200)
      try await client.send("GET /")
      #expect(try await client.readToEnd() == "")
      await running.wait { $0.connections == 0 }
      #expect(running.server.counters.abandoned == [.idle: 1])
    }
  }

  @Test func `a reader that stops reading is cut off`() async throws {
    try await withServer(
      { $0.responseTime = SlownessTests.short },
      handler: { _ in
        .respond(HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: 20_000_000)))
      }
    ) { running in
      let client = try running.client(receiveBuffer: 4096)
      try await client.send(get())
      await running.wait { $0.connections == 0 && $0.accepted == 1 }
      #expect(running.server.counters.abandoned == [.responding: 1])
      #expect(running.server.counters.interrupted == 1)
    }
  }

  @Test func `a request that waits for its answer is not slow`() async throws {
    let gate = Gate()
    try await withServer(
      { $0.requestTime = SlownessTests.short },
      handler: { request in
        guard request.target == "/later" else { return echo(request) }
        return .later(deadline: .distantFuture) {
          await gate.pass()
          return HTTPResponse(status: 200)
        }
      }
    ) { running in
      let waiting = try running.client()
      try await waiting.send(get("/later"))
      await running.wait { $0.suspended == 1 }
      // Another connection's time runs out meanwhile.
      #expect(try await running.silence() == "")
      gate.open()
      #expect(try await waiting.answer().status == 200)
    }
  }

  @Test func `connections beyond the limit wait for a place`() async throws {
    try await withServer({ $0.connections = 3 }) { running in
      var clients = try (0..<3).map { _ in try running.client() }
      for client in clients { #expect(try await client.exchange(get()).status == 200) }
      let extra = try running.client()
      try await extra.send(get("/extra"))
      #expect(try await clients[0].exchange(get()).status == 200)
      #expect(running.server.counters.accepted == 3)
      clients.removeFirst()
      #expect(try await extra.answer().body.hasPrefix("GET /extra"))
    }
  }

  @Test func `connections of one address beyond its limit are closed`() async throws {
    try await withServer({ $0.places = ConnectionPlaces(2) }) { running in
      var clients = try (0..<2).map { _ in try running.client() }
      for client in clients { #expect(try await client.exchange(get()).status == 200) }
      for _ in 0..<3 { #expect(try await running.silence() == "") }
      #expect(try await clients[0].exchange(get()).status == 200)
      #expect(running.server.counters.turnedAway == 3)
      clients.removeLast()
      await running.wait { $0.connections == 1 }
      #expect(try await running.exchange(get()).status == 200)
    }
  }

  @Test func `an address has its limit once, over all servers that share it`() async throws {
    let places = ConnectionPlaces(2)
    try await withServer({ $0.places = places }) { first in
      try await withServer({ $0.places = places }) { second in
        var clients = [try first.client(), try second.client()]
        for client in clients { #expect(try await client.exchange(get()).status == 200) }
        #expect(try await first.silence() == "")
        #expect(try await second.silence() == "")
        clients.removeFirst()
        await first.wait { $0.connections == 0 }
        #expect(try await second.exchange(get()).status == 200)
      }
    }
  }
}
