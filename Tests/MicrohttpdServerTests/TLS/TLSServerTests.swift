import GatewayCore
import MicrohttpdServer
import Reactor
import TestSupport
import Testing

/// Goal: over TLS the server does all that it does without, and a handshake costs nobody else time.
/// Method: real sockets, GnuTLS on the other side, certificates made on the spot.
@Suite(.timeLimit(.minutes(2 * testPatience)), .enabled(if: CertificateAuthority.isAvailable))
struct TLSServerTests {
  @Test(arguments: ["NORMAL:-VERS-ALL:+VERS-TLS1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.2"])
  func `requests are answered, many over one connection`(priorities: String) async throws {
    let stage = try await TLSStage.make()
    try await stage.withServer { running in
      var settings = stage.client
      settings.priorities = priorities
      let client = try RawHTTPClient(port: running.server.port, tls: settings)
      for number in 1...20 {
        let answer = try await client.exchange(get("/\(number)"))
        #expect(answer.status == 200 && answer.body.hasPrefix("GET /\(number)\n"))
      }
      #expect(running.server.counters.accepted == 1)
      #expect(running.server.counters.handshakes == 1)
    }
  }

  @Test func `pipelined requests and large bodies come through in both directions`() async throws {
    let stage = try await TLSStage.make()
    try await stage.withServer(
      { settings in
        settings.bodyBytes = 2 << 20
        settings.requestTime = .seconds(60)
      },
      handler: { request in
        .respond(HTTPResponse(status: 200, body: request.body + [UInt8](repeating: 1, count: 9)))
      }
    ) { running in
      let client = try running.client()
      let body = String(repeating: "0123456789abcdef", count: 65_536)
      try await client.send(
        post(body, "Content-Length: \(body.utf8.count)") + get("/a") + get("/b"))
      let answer = try await client.answer()
      #expect(answer.body.utf8.count == 1_048_585 && answer.body.hasPrefix("0123456789abcdef"))
      #expect(try await client.answer().body.utf8.count == 9)
      #expect(try await client.answer().body.utf8.count == 9)
    }
  }

  @Test func `a reader that stops reading a large answer is cut off`() async throws {
    let stage = try await TLSStage.make()
    try await stage.withServer(
      { $0.responseTime = .milliseconds(300) },
      handler: { _ in
        .respond(HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: 20_000_000)))
      }
    ) { running in
      let client = try running.client(receiveBuffer: 4096)
      try await client.send(get())
      await running.wait { $0.connections == 0 && $0.accepted == 1 }
      #expect(running.server.counters.abandoned == [.responding: 1])
    }
  }

  @Test func `a request that waits is answered by its work`() async throws {
    let stage = try await TLSStage.make()
    let gate = Gate()
    try await stage.withServer(handler: { request in
      .later(deadline: .distantFuture) {
        await gate.pass()
        return HTTPResponse(status: 200, body: Array("late".utf8))
      }
    }) { running in
      let client = try running.client()
      try await client.send(get() + get())
      await running.wait { $0.suspended == 1 }
      gate.open()
      #expect(try await client.answer().body == "late")
      #expect(try await client.answer().body == "late")
    }
  }

  // MARK: Refused clients

  @Test func `plain HTTP ends without an answer or a reset`() async throws {
    let stage = try await TLSStage.make()
    try await stage.withServer { running in
      let client = try RawHTTPClient(port: running.server.port)
      try await client.send(get() + String(repeating: "x", count: 20_000))
      #expect(try await client.readToEnd() == "")
      await running.wait { $0.handshakesFailed == 1 }
      #expect(running.failures == [.notTLS])
    }
  }

  @Test(arguments: [
    "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0:%COMPAT",
    "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA",
    "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC",
  ])
  func `old versions and algorithms are refused`(priorities: String) async throws {
    let stage = try await TLSStage.make()
    try await stage.withServer { running in
      var settings = stage.client
      settings.priorities = priorities
      let client = try RawHTTPClient(port: running.server.port, tls: settings)
      await #expect(throws: RawHTTPClient.Fault.self) { try await client.serverCertificate() }
      await running.wait { $0.handshakesFailed == 1 }
      #expect(running.server.counters.handshakes == 0)
      #expect(try await running.exchange(get()).status == 200)
    }
  }

  @Test(arguments: [0, 1, 5, 40, 150])
  func `who stops within the handshake is cut off, and keeps nobody busy`(size: Int) async throws {
    let stage = try await TLSStage.make()
    try await stage.withServer({ $0.requestTime = .milliseconds(500) }) { running in
      let turns = Locked(0)
      running.reactor.submit { [reactor = running.reactor] in
        reactor.addTurnHook {
          turns.withLock { $0 += 1 }
          return nil
        }
      }
      let client = try RawHTTPClient(port: running.server.port)
      try await client.send(bytes: Array(clientHello.prefix(size)))
      #expect(try await client.readToEnd() == "")
      await running.wait { $0.connections == 0 }
      #expect(running.server.counters.abandoned == [.opening: 1])
      #expect(turns.withLock { $0 } < 100)
    }
  }

  @Test func `a client that is cut within the handshake leaves nothing`() async throws {
    let stage = try await TLSStage.make()
    try await stage.withServer { running in
      for size in [1, 40] {
        let client = try RawHTTPClient(port: running.server.port)
        try await client.send(bytes: Array(clientHello.prefix(size)))
        client.abort()
      }
      await running.wait { $0.handshakesFailed == 2 && $0.connections == 0 }
      #expect(try await running.exchange(get()).status == 200)
    }
  }

  // MARK: The end

  @Test func `stopping ends handshakes, idle connections and requests`() async throws {
    let stage = try await TLSStage.make()
    let gate = Gate()
    try await stage.withServer(handler: { request in
      request.target == "/now"
        ? echo(request)
        : .later(deadline: .distantFuture) {
          await gate.pass()
          return HTTPResponse(status: 200)
        }
    }) { running in
      let half = try RawHTTPClient(port: running.server.port)
      try await half.send(bytes: Array(clientHello.prefix(40)))
      let idle = try running.client()
      #expect(try await idle.exchange(get("/now")).status == 200)
      let waiting = try running.client()
      try await waiting.send(get("/later"))
      await running.wait { $0.suspended == 1 && $0.accepted == 3 }
      async let drained: Void = running.server.drain(grace: .seconds(30))
      #expect(try await half.readToEnd() == "")
      #expect(try await idle.readToEnd() == "")
      gate.open()
      let answer = try await waiting.answer()
      #expect(answer.status == 200 && answer.headers["connection"] == "close")
      await drained
    }
  }

  @Test func `new connections get the new certificate, open ones go on`() async throws {
    let stage = try await TLSStage.make()
    let next = try await stage.authority.sign("next")
    try await stage.withServer { running in
      let old = try running.client()
      let before = try await old.serverCertificate()
      stage.context.credentials = try TLSCredentials(next)
      #expect(try await old.exchange(get()).status == 200)
      let new = try running.client()
      #expect(try await new.serverCertificate() != before)
      #expect(try await new.exchange(get()).status == 200)
      #expect(try await old.exchange(get()).status == 200)
    }
  }

  @Test func `no request is lost while certificates are replaced`() async throws {
    let stage = try await TLSStage.make()
    let pairs = [try await stage.authority.sign("a"), try await stage.authority.sign("b")]
    let credentials = try pairs.map { try TLSCredentials($0) }
    try await stage.withServer { running in
      let served = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            for _ in 0..<25 {
              let client = try running.client(timeout: 60)
              for _ in 0..<4 { #expect(try await client.exchange(get()).status == 200) }
            }
            return 100
          }
        }
        group.addTask {
          for turn in 0..<500 {
            stage.context.credentials = credentials[turn % 2]
            await Task.yield()
          }
          return 0
        }
        return try await group.reduce(0, +)
      }
      #expect(served == 800)
      #expect(running.server.counters.handshakesFailed == 0)
    }
  }
}

extension Running {
  /// Why handshakes failed.
  var failures: [HandshakeFailure] {
    events.withLock { events in
      events.compactMap { if case .handshakeFailed(let failure, _) = $0 { failure } else { nil } }
    }
  }
}

/// The beginning of a ClientHello: record header, handshake header, and zeros.
private let clientHello: [UInt8] =
  [22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3] + [UInt8](repeating: 0, count: 200)
