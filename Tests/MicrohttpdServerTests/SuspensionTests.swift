import GatewayCore
import MicrohttpdServer
import Reactor
import TestSupport
import Testing

/// A place where work waits until the test lets it go on.
final class Gate: Sendable {
  private struct State: Sendable {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Locked(State())

  /// Waits for ``open()``, cancelled or not.
  func pass() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// Goal: a request that waits is answered exactly once, by its work or in its place.
/// Method: work that a gate holds back, on a real daemon.
@Suite(.timeLimit(.minutes(testPatience))) struct SuspensionTests {
  @Test func `a suspended request is answered when its work is done, on the reactor`() async throws
  {
    try await withServer(handler: { request in
      let target = request.target
      return .later(deadline: .distantFuture) {
        await Task.yield()
        let place = Reactor.current == nil ? "elsewhere" : "reactor"
        return HTTPResponse(status: 200, body: Array("\(target) \(place)".utf8))
      }
    }) { running in
      let client = try running.client()
      for index in 0..<5 {
        #expect(try await client.exchange(get("/\(index)")).body == "/\(index) reactor")
      }
      try await client.send((0..<20).map { get("/\($0)") }.joined())
      for index in 0..<20 { #expect(try await client.answer().body == "/\(index) reactor") }
      await running.wait { $0.answered == 25 }
      #expect(running.server.counters.suspended == 0)
    }
  }

  @Test func `two hundred requests wait at once, and others are served meanwhile`() async throws {
    let gate = Gate()
    try await withServer(handler: { request in
      let target = request.target
      guard target != "/now" else { return echo(request) }
      return .later(deadline: .distantFuture) {
        await gate.pass()
        return HTTPResponse(status: 200, body: Array(target.utf8))
      }
    }) { running in
      let clients = try (0..<200).map { _ in try running.client() }
      for (index, client) in clients.enumerated() { try await client.send(get("/\(index)")) }
      await running.wait { $0.suspended == 200 }
      #expect(try await running.exchange(get("/now")).status == 200)
      gate.open()
      for (index, client) in clients.enumerated() {
        #expect(try await client.answer().body == "/\(index)")
      }
      await running.wait { $0.suspended == 0 && $0.answered == 201 }
    }
  }

  @Test func `a late result is dropped, the server answers at the deadline`() async throws {
    let gate = Gate()
    let cancelled = Locked(false)
    try await withServer(handler: { request in
      .later(deadline: request.arrival + .milliseconds(20)) {
        await gate.pass()
        cancelled.withLock { $0 = Task.isCancelled }
        return HTTPResponse(status: 200)
      }
    }) { running in
      let client = try running.client()
      let answer = try await client.exchange(get())
      #expect(answer.status == 504)
      #expect(answer.body.contains("/problems/upstream-timeout"))
      gate.open()
      await running.wait { $0.lateResults == 1 }
      #expect(cancelled.withLock { $0 })
      let counters = running.server.counters
      #expect(counters.overdue == 1)
      #expect(counters.suspended == 0)
      // The connection is as good as before.
      #expect(try await client.exchange(get()).status == 200)
    }
  }

  @Test func `work that answers by itself at its deadline is heard`() async throws {
    try await withServer(handler: { request in
      .later(deadline: request.arrival) {
        HTTPResponse(status: 503, body: Array("own answer".utf8))
      }
    }) { running in
      let answer = try await running.exchange(get())
      #expect(answer.body == "own answer")
    }
  }

  @Test func `a client that leaves while it waits does no harm`() async throws {
    let gate = Gate()
    try await withServer(handler: { request in
      guard request.target != "/now" else { return echo(request) }
      return .later(deadline: .distantFuture) {
        await gate.pass()
        return HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: 3_000_000))
      }
    }) { running in
      for _ in 0..<10 {
        let client = try running.client()
        try await client.send(get())
        client.abort()
      }
      await running.wait { $0.suspended == 10 }
      gate.open()
      await running.wait { $0.connections == 0 }
      #expect(running.server.counters.interrupted == 10)
      #expect(try await running.exchange(get("/now")).status == 200)
    }
  }

  @Test func `a suspended request with a body has all of it`() async throws {
    try await withServer(handler: { request in
      let body = request.body
      return .later(deadline: .distantFuture) { HTTPResponse(status: 200, body: body) }
    }) { running in
      let body = String(repeating: "b", count: 100_000)
      let answer = try await running.exchange(
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + body)
      #expect(answer.body == body)
    }
  }
}

/// Goal: stopping loses no answer that can still be given, and never the process.
/// Method: draining and stopping with requests in every stage.
@Suite(.timeLimit(.minutes(testPatience))) struct DrainingTests {
  @Test func `draining waits for the running request and closes its connection`() async throws {
    let gate = Gate()
    try await withServer(handler: { _ in
      .later(deadline: .distantFuture) {
        await gate.pass()
        return HTTPResponse(status: 200, body: Array("done".utf8))
      }
    }) { running in
      let waiting = try running.client()
      let idle = try running.client()
      try await waiting.send(get())
      await running.wait { $0.suspended == 1 && $0.accepted == 2 }
      async let drained: Void = running.server.drain(grace: .seconds(30))
      #expect(try await idle.readToEnd() == "")
      #expect(throws: RawHTTPClient.Fault.self) { try running.client() }
      gate.open()
      let answer = try await waiting.answer()
      #expect(answer.body == "done")
      #expect(answer.headers["connection"] == "close")
      await drained
      await running.wait { $0.connections == 0 }
    }
  }

  @Test func `a shared answer closes the connection while draining`() async throws {
    let gate = Gate()
    let shared = SharedResponse(HTTPResponse(status: 200, body: Array("shared".utf8)))
    try await withServer(handler: { request in
      request.target == "/later"
        ? .later(deadline: .distantFuture) {
          await gate.pass()
          return HTTPResponse(status: 200)
        } : .share(shared)
    }) { running in
      let holding = try running.client()
      try await holding.send(get("/later"))
      let client = try running.client()
      try await client.send("GET / HTTP/1.1\r\n")
      await running.wait { $0.suspended == 1 && $0.requests == 2 }
      async let drained: Void = running.server.drain(grace: .seconds(30))
      while !running.events.withLock({
        $0.contains { if case .draining = $0 { true } else { false } }
      }) { await Task.yield() }
      let answer = try await client.exchange("Host: h\r\n\r\n")
      #expect(answer.body == "shared")
      #expect(answer.headers["connection"] == "close")
      gate.open()
      await drained
    }
  }

  @Test func `after the grace those left get the problem shutting-down`() async throws {
    let gate = Gate()
    let cancelled = Locked(0)
    try await withServer(handler: { _ in
      .later(deadline: .distantFuture) {
        await gate.pass()
        cancelled.withLock { $0 += Task.isCancelled ? 1 : 0 }
        return HTTPResponse(status: 200)
      }
    }) { running in
      let clients = try (0..<20).map { _ in try running.client() }
      for client in clients { try await client.send(get()) }
      let receiving = try running.client()
      try await receiving.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
      await running.wait { $0.suspended == 20 && $0.requests == 21 }
      await running.server.drain(grace: .milliseconds(20))
      for client in clients + [receiving] {
        let answer = try await client.answer()
        #expect(answer.status == 503)
        #expect(answer.body.contains("/problems/shutting-down"))
        #expect(answer.headers["connection"] == "close")
        #expect(answer.headers["retry-after"] == "1")
      }
      gate.open()
      await running.wait { $0.lateResults == 20 }
      #expect(cancelled.withLock { $0 } == 20)
    }
  }

  @Test func `stopping at once with suspended requests keeps the process alive`() async throws {
    let gate = Gate()
    try await withServer(handler: { _ in
      .later(deadline: .distantFuture) {
        await gate.pass()
        return HTTPResponse(status: 200)
      }
    }) { running in
      let clients = try (0..<5).map { _ in try running.client() }
      for client in clients { try await client.send(get()) }
      await running.wait { $0.suspended == 5 }
      await running.server.stop()
      #expect(running.server.counters.connections == 0)
      #expect(running.server.counters.suspended == 0)
      for client in clients { #expect(try await client.answer().status == 503) }
      gate.open()
    }
  }

  @Test func `stopping twice, or at the same time, is stopping once`() async throws {
    try await withServer { running in
      _ = try await running.exchange(get())
      async let first: Void = running.server.stop()
      async let second: Void = running.server.stop()
      _ = await (first, second)
      await running.server.drain(grace: .seconds(30))
      await running.server.stop()
      let stops = running.events.withLock {
        $0.count { if case .stopped = $0 { true } else { false } }
      }
      #expect(stops == 1)
      await #expect(throws: ServerFault.alreadyStarted) { try await running.server.start() }
    }
  }

  @Test func `stopping does not wait for a slow reader for ever`() async throws {
    try await withServer(handler: { _ in
      .respond(HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: 20_000_000)))
    }) { running in
      let client = try running.client(receiveBuffer: 4096)
      try await client.send(get())
      await running.wait { $0.requests == 1 }
      await running.server.drain(grace: .milliseconds(10))
      await running.server.stop()
      #expect(running.server.counters.interrupted == 1)
      #expect(running.server.counters.connections == 0)
    }
  }
}
