import CurlTransport
import GatewayCore
import Reactor
import TestSupport
import Testing

/// Goal: every request ends once: by its answer, its deadline, its cancellation or the shut-down.
/// Method: servers that never answer, and events in every order.
@Suite(.bothWays) struct LifecycleTests {
  @Test func `an answer later than the deadline is a time-out`() async throws {
    let server = try ScriptedServer { _ in [.readRequest, .hang] }
    let fault = try await withTransport {
      await $0.fault(request(.put, server.url(), body: "x", within: .milliseconds(60)))
    }
    #expect(Verdict(fault) == Verdict(.timeout, mayHaveBeenSent: true))
    #expect(server.requests.count == 1)
  }

  @Test func `an answer that only trickles does not outlast the deadline`() async throws {
    let drip = [UInt8](repeating: 0x41, count: 1000)
    let server = try ScriptedServer { _ in
      [.readRequest, .send("HTTP/1.1 200 OK\r\n\r\n"), .drip(drip, pause: .milliseconds(5))]
    }
    let fault = try await withTransport {
      await $0.fault(request(.get, server.url(), within: .milliseconds(60)))
    }
    #expect(Verdict(fault) == Verdict(.timeout, mayHaveBeenSent: true))
  }

  @Test func `a deadline that has passed sends nothing`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer() })
    let fault = try await withTransport {
      await $0.fault(request(.get, server.url(), within: .milliseconds(-1)))
    }
    #expect(Verdict(fault) == Verdict(.timeout, mayHaveBeenSent: false))
    #expect(server.connectionCount == 0)
  }

  @Test func `cancelling ends the transfer and its connection at once`() async throws {
    let server = try ScriptedServer { _ in [.readRequest, .hang] }
    try await withTransport { transport in
      let task = Task { await transport.fault(request(.get, server.url())) }
      await server.waitForRequests(1)
      task.cancel()
      #expect(Verdict(await task.value) == Verdict(.cancelled, mayHaveBeenSent: true))
      await server.waitForClosedConnections(1)
      #expect(transport.counters.inFlight == 0)
      #expect(transport.counters.faults == [.cancelled: 1])
    }
  }

  @Test func `a cancellation before the start is not lost`() async throws {
    let server = try ScriptedServer { _ in [.readRequest, .hang] }
    try await withTransport { transport in
      for executor in [transport.reactor, nil] {
        let fault = await Task(executorPreference: executor) {
          withUnsafeCurrentTask { $0?.cancel() }
          return await transport.fault(request(.get, server.url()))
        }.value
        #expect(Verdict(fault) == Verdict(.cancelled, mayHaveBeenSent: false))
      }
    }
    #expect(server.connectionCount == 0)
  }

  @Test func `cancelling at any moment ends each transfer once`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "x") })
    var random = SeededRandom(seed: 7)
    try await withTransport { transport in
      let tasks = (0..<200).map { index in
        Task(executorPreference: index % 3 == 0 ? transport.reactor : nil) {
          await transport.fault(request(.get, server.url()))
        }
      }
      for index in tasks.indices.shuffled(using: &random) where index % 2 == 0 {
        tasks[index].cancel()
        await Task.yield()
      }
      for (index, task) in tasks.enumerated() {
        let fault = await task.value
        #expect(fault == nil || (index % 2 == 0 && fault?.kind == .cancelled))
      }
      #expect(transport.counters.transfers == 200)
      #expect(transport.counters.inFlight == 0)
    }
  }

  @Test func `shutting down ends all transfers as cancelled`() async throws {
    let server = try ScriptedServer { _ in [.readRequest, .hang] }
    try await withReactor { reactor in
      let transport = try CurlTransport(reactor: reactor)
      let tasks = (0..<5).map { _ in
        Task { await transport.fault(request(.get, server.url())) }
      }
      await server.waitForRequests(5)
      await transport.shutDown()
      for task in tasks {
        #expect(Verdict(await task.value) == Verdict(.cancelled, mayHaveBeenSent: true))
      }
      await server.waitForClosedConnections(5)
      #expect(await transport.fault(request(.get, server.url()))?.kind == .cancelled)
      await transport.shutDown()
      #expect(transport.counters.inFlight == 0)
    }
  }

  @Test func `a transport that is dropped closes its connections`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer() })
    try await withReactor { reactor in
      do {
        let transport = try CurlTransport(reactor: reactor)
        _ = try await transport.send(request(.get, server.url()))
      }
      await server.waitForClosedConnections(1)
    }
  }

  @Test func `a task on the reactor gets its answer without leaving the thread`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "x") })
    try await withTransport { transport in
      let reactor = transport.reactor
      let places = try await on(reactor) {
        let before = reactor.isCurrent
        _ = try await transport.send(request(.get, server.url()))
        return [before, reactor.isCurrent]
      }
      #expect(places == [true, true])
    }
  }

  @Test func `a pool sends on the caller's reactor, else in turn`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "x") })
    try await withTransport { first in
      try await withTransport { second in
        let pool = CurlTransportPool([first, second])
        for _ in 0..<3 {
          _ = try await on(second.reactor) { try await pool.send(request(.get, server.url())) }
        }
        #expect(first.counters.transfers == 0)
        #expect(second.counters.transfers == 3)
        for _ in 0..<4 { _ = try await pool.send(request(.get, server.url())) }
        #expect(first.counters.transfers == 2)
        #expect(second.counters.transfers == 5)
        #expect(pool.counters.transfers == 7)
      }
    }
    #expect(await CurlTransportPool([]).fault(request(.get, server.url()))?.kind == .other)
  }

  @Test func `the library says what it is`() {
    #expect(CurlTransport.libraryVersion.hasPrefix("libcurl/"))
  }
}
