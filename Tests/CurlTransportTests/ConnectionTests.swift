import CurlTransport
import GatewayCore
import Glibc
import Reactor
import TestSupport
import Testing

/// Goal: connections are made sparingly, used again, and their loss never sends a write twice.
/// Method: scripted servers that count connections and close them at the worst moment.
@Suite(.bothWays) struct ConnectionTests {
  @Test func `a hundred transfers share a few connections`() async throws {
    let server = try ScriptedServer(answering: { httpAnswer(text: $0.lines[0]) })
    var settings = CurlSettings()
    settings.maximumConnectionsPerHost = 4
    try await withTransport(settings) { transport in
      let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
        for index in 0..<100 {
          group.addTask(executorPreference: index % 2 == 0 ? transport.reactor : nil) {
            (index, try await transport.send(request(.get, server.url("/\(index)"))).text)
          }
        }
        return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
      }
      #expect(answers.count == 100)
      for (index, answer) in answers { #expect(answer == "GET /\(index) HTTP/1.1") }
      #expect(server.peakConnectionCount <= 4)
      let counters = transport.counters
      #expect(counters.transfers == 100)
      #expect(counters.inFlight == 0)
      #expect(counters.connectionsMade == server.connectionCount)
      #expect(counters.connectionsReused == 100 - server.connectionCount)
    }
  }

  @Test func `one connection serves request after request`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "x") })
    try await withTransport { transport in
      for _ in 0..<20 { _ = try await transport.send(request(.put, server.url(), body: "b")) }
      #expect(server.connectionCount == 1)
      #expect(transport.counters.connectionsReused == 19)
    }
  }

  @Test func `a body is not sent again when a kept connection dies under it`() async throws {
    for ending in [ScriptedServer.Step.close, .reset] {
      for method in [HTTPMethod.put, .post, .patch, .delete] {
        for body in ["body", nil] {
          let server = try dyingServer(ending)
          let sent = request(method, server.url("/2"), body: body)
          try await withTransport { transport in
            _ = try await transport.send(request(.get, server.url("/1")))
            #expect(
              Verdict(await transport.fault(sent)) == Verdict(.interrupted, mayHaveBeenSent: true))
          }
          #expect(server.requests.map { $0.lines[0].split(separator: " ")[1] } == ["/1", "/2"])
        }
      }
    }
  }

  @Test func `a GET is sent again when a kept connection dies under it`() async throws {
    let server = try dyingServer(.close)
    let response = try await withTransport { transport in
      _ = try await transport.send(request(.get, server.url("/1")))
      return try await transport.send(request(.get, server.url("/2")))
    }
    #expect(response.text == "second connection")
    #expect(server.requests.count == 3)
  }

  private func dyingServer(_ ending: ScriptedServer.Step) throws -> ScriptedServer {
    try ScriptedServer { index in
      index == 0
        ? [.readRequest, .send(httpAnswer(text: "first")), .readRequest, ending]
        : [.answerEach { _ in httpAnswer(text: "second connection") }]
    }
  }

  @Test func `a connection that the server closed while idle is not used again`() async throws {
    let server = try ScriptedServer { _ in
      [.readRequest, .send(httpAnswer(text: "x")), .close]
    }
    try await withTransport { transport in
      for count in 1...5 {
        _ = try await transport.send(request(.put, server.url(), body: "b"))
        await server.waitForClosedConnections(count)
      }
      #expect(server.requests.count == 5)
    }
  }

  @Test func `bytes behind an answer spoil the connection, not the next answer`() async throws {
    let stray = httpAnswer(text: "right") + httpAnswer(text: "stray")
    let server = try ScriptedServer { _ in [.readRequest, .send(stray), .hang] }
    try await withTransport { transport in
      for _ in 0..<3 {
        let response = try await transport.send(request(.put, server.url(), body: "b"))
        #expect(response.text == "right")
      }
    }
    #expect(server.requests.count == 3)
  }

  @Test func `an answer that nobody asked for is not taken for the next one`() async throws {
    let answered = Locked(false)
    let server = try ScriptedServer { index in
      guard index == 0 else { return [.answerEach { _ in httpAnswer(text: "right") }] }
      return [
        .readRequest, .send(httpAnswer(text: "right")),
        .call { while !answered.withLock({ $0 }) { sched_yield() } },
        .send(httpAnswer(text: "stray")), .hang,
      ]
    }
    try await withTransport { transport in
      let first = try await transport.send(request(.get, server.url()))
      #expect(first.text == "right")
      answered.withLock { $0 = true }
      // Once sent, it may still be on its way; but whoever meets it ends its connection.
      await server.waitForClosedConnections(1)
      let second = try await transport.send(request(.put, server.url(), body: "b"))
      #expect(second.text == "right")
    }
  }

  @Test func `one host's idle connections make room for another's`() async throws {
    let servers = try (0..<3).map { _ in try ScriptedServer(answering: { _ in httpAnswer() }) }
    var settings = CurlSettings()
    settings.maximumConnections = 2
    try await withTransport(settings) { transport in
      for _ in 0..<2 {
        for server in servers { _ = try await transport.send(request(.get, server.url())) }
      }
      await servers[0].waitForClosedConnections(1)
      #expect(servers.map(\.requests.count) == [2, 2, 2])
    }
  }

  @Test func `one host's requests wait for another's in all`() async throws {
    let slow = try ScriptedServer { _ in [.readRequest, .hang] }
    let quick = try ScriptedServer(answering: { _ in httpAnswer(text: "quick") })
    var settings = CurlSettings()
    settings.maximumConnections = 1
    try await withTransport(settings) { transport in
      let first = Task { await transport.fault(request(.get, slow.url())) }
      await slow.waitForRequests(1)
      let second = Task { try await transport.send(request(.get, quick.url())).text }
      first.cancel()
      #expect(await first.value?.kind == .cancelled)
      let answer = try await second.value
      #expect(answer == "quick")
    }
  }

  @Test func `a refused connection was not sent`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer() })
    server.stop()
    let fault = try await withTransport { await $0.fault(request(.put, server.url(), body: "x")) }
    #expect(Verdict(fault) == Verdict(.connect, mayHaveBeenSent: false))
  }

  @Test func `a name that does not exist was not sent`() async throws {
    let fault = try await withTransport {
      await $0.fault(request(.put, "http://podero.invalid/", body: "x"))
    }
    #expect(Verdict(fault) == Verdict(.resolve, mayHaveBeenSent: false))
  }

  @Test func `a connection that does not come about in time was not sent`() async throws {
    let listener = try CrowdedListener()
    let fault = try await withTransport {
      await $0.fault(
        request(.put, listener.url, body: "x", connectTimeout: .milliseconds(50)))
    }
    #expect(Verdict(fault) == Verdict(.connect, mayHaveBeenSent: false))
  }

  @Test func `TLS counts as connecting`() async throws {
    let server = try ScriptedServer { _ in [.hang] }
    let url = "https://127.0.0.1:\(server.port)/"
    let fault = try await withTransport {
      await $0.fault(request(.put, url, body: "x", connectTimeout: .milliseconds(50)))
    }
    #expect(Verdict(fault) == Verdict(.connect, mayHaveBeenSent: false))
  }

  @Test func `a transfer that waits for a connection ends at its deadline`() async throws {
    let server = try ScriptedServer { _ in [.readRequest, .hang] }
    var settings = CurlSettings()
    settings.maximumConnectionsPerHost = 1
    try await withTransport(settings) { transport in
      let first = Task { await transport.fault(request(.get, server.url())) }
      await server.waitForRequests(1)
      let second = request(.put, server.url(), body: "x", within: .milliseconds(40))
      #expect(
        Verdict(await transport.fault(second)) == Verdict(.timeout, mayHaveBeenSent: false))
      first.cancel()
      #expect(await first.value?.kind == .cancelled)
    }
  }
}

/// A listening socket with no room for another connection: the kernel drops what knocks.
private final class CrowdedListener: Sendable {
  let url: String
  private let sockets: [Int32]

  init() throws {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
    var sockets = [socket(AF_INET, kind, 0)]
    let port = try listen(on: sockets[0], backlog: 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    for _ in 0..<4 {
      let client = socket(AF_INET, kind, 0)
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      sockets.append(client)
    }
    self.sockets = sockets
    url = "http://127.0.0.1:\(port)/"
  }

  deinit {
    for socket in sockets { close(socket) }
  }
}
