import GatewayCore
import MicrohttpdServer
import TestSupport
import Testing

/// Goal: what the handler says is what the client gets, over kept and pipelined connections.
/// Method: a real daemon on a real reactor, and a client that sends bytes as they are.
@Suite(.timeLimit(.minutes(testPatience))) struct AnswerTests {
  @Test func `a connection is kept for the next request`() async throws {
    try await withServer { running in
      let client = try running.client()
      for index in 0..<5 {
        let answer = try await client.exchange(get("/\(index)"))
        #expect(answer.status == 200)
        #expect(answer.body.hasPrefix("GET /\(index)\nhost: test\n"))
        #expect(answer.headers["connection"] == nil)
      }
      await running.wait { $0.answered == 5 }
      #expect(running.server.counters.accepted == 1)
    }
  }

  @Test func `pipelined requests are answered in order`() async throws {
    try await withServer { running in
      let client = try running.client()
      try await client.send((0..<20).map { get("/\($0)") }.joined())
      for index in 0..<20 {
        #expect(try await client.answer().body.hasPrefix("GET /\(index)\n"))
      }
    }
  }

  // RFC 9112, section 3.2.2.
  @Test(arguments: [
    ("http://other:81/a?b", "/a?b", "other:81"), ("https://OTHER", "/", "OTHER"),
    ("http://other?b", "/?b", "other"), ("/a", "/a", "test"),
  ])
  func `the host of a whole URI counts over Host`(
    target: String, path: String, host: String
  ) async throws {
    try await withServer { running in
      let answer = try await running.exchange(get(target, "Accept: */*"))
      #expect(answer.body.hasPrefix("GET \(path)\nhost: \(host)\naccept: */*\n"))
    }
  }

  @Test func `the raw target arrives as it was sent`() async throws {
    try await withServer { running in
      let client = try running.client()
      let targets = ["/a%2Fb", "/a%00b", "/..%2f..", "/a+b?x=%26&y=a+b&&z", "/?", "//double?a=b?c"]
      for target in targets {
        let answer = try await client.exchange(get(target))
        #expect(answer.body.hasPrefix("GET \(target)\n"), "\(target)")
      }
    }
  }

  @Test func `a query of very many arguments is the handler's to judge`() async throws {
    try await withServer { running in
      let target = "/?" + String(repeating: "a&", count: 3500)
      let answer = try await running.exchange(get(target))
      #expect(answer.status == 200)
      #expect(answer.body.hasPrefix("GET \(target)\n"))
    }
  }

  @Test func `all headers arrive, in order, and the body`() async throws {
    try await withServer { running in
      let request =
        "PUT /x HTTP/1.1\r\nHost: h\r\nCookie: a=1; b=2\r\nX-Many: 1\r\nx-many:  2 \r\n"
        + "Content-Length: 5\r\nEmpty:\r\n\r\nhello"
      let answer = try await running.exchange(request)
      #expect(
        answer.body == """
          PUT /x
          host: h
          cookie: a=1; b=2
          x-many: 1
          x-many: 2
          content-length: 5
          empty: \n
          hello
          """)
    }
  }

  @Test(arguments: [0, 1, 5000, 65_536, 262_144])
  func `a body arrives whole`(size: Int) async throws {
    let body = String(repeating: "0123456789abcdef", count: size / 16 + 1).prefix(size)
    try await withServer(handler: { request in
      .respond(HTTPResponse(status: 200, body: request.body))
    }) { running in
      let client = try running.client()
      for _ in 0..<2 {
        let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\n\r\n"
        #expect(try await client.exchange(head + body).body == body)
      }
    }
  }

  @Test func `a chunked body is decoded`() async throws {
    try await withServer { running in
      let client = try running.client()
      try await client.send(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n4\r\nWi")
      try await client.send(
        "ki\r\n6;x=y\r\npedia \r\nC\r\nin \r\nchunks.\r\n0\r\nTrailer: t\r\n\r\n")
      let answer = try await client.answer()
      #expect(answer.status == 200)
      #expect(answer.body.hasSuffix("\n\nWikipedia in \r\nchunks."))
    }
  }

  @Test func `a client that expects 100 Continue gets it before it sends its body`() async throws {
    try await withServer { running in
      let client = try running.client()
      let interim = try await client.exchange(
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
      #expect(interim.status == 100)
      let answer = try await client.exchange("body")
      #expect(answer.status == 200)
      #expect(answer.body.hasSuffix("\n\nbody"))
    }
  }

  @Test func `HEAD gets the length and no body`() async throws {
    try await withServer { running in
      let client = try running.client()
      let answer = try await client.exchange("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n", isHead: true)
      #expect(answer.status == 200)
      #expect(answer.headers["content-length"] == "17")
      #expect(try await client.exchange(get("/next")).body.hasPrefix("GET /next"))
    }
  }

  @Test(arguments: [204, 304]) func `an answer without content has no body`(status: Int)
    async throws
  {
    try await withServer(handler: { request in
      request.target == "/next"
        ? echo(request)
        : .respond(
          HTTPResponse(
            status: status, headers: [.init("ETag", "\"1.2\"")], body: Array("ignored".utf8)))
    }) { running in
      let client = try running.client()
      let answer = try await client.exchange(get())
      #expect(answer.status == status)
      #expect(answer.headers["etag"] == "\"1.2\"")
      #expect(try await client.exchange(get("/next")).body.hasPrefix("GET /next"))
    }
  }

  @Test func `one shared answer serves many connections`() async throws {
    let shared = SharedResponse(
      HTTPResponse(
        status: 200, headers: [.init("ETag", "\"x\"")],
        body: [UInt8](repeating: 0x61, count: 2200)))
    try await withServer(handler: { _ in .share(shared) }) { running in
      try await withThrowingTaskGroup { group in
        for _ in 0..<20 {
          group.addTask {
            let client = try running.client()
            for _ in 0..<20 {
              let answer = try await client.exchange(get())
              #expect(answer.headers["etag"] == "\"x\"")
              #expect(answer.body.utf8.count == 2200)
            }
          }
        }
        try await group.waitForAll()
      }
      let form = shared.serverForm.withLock { $0 }
      _ = try await running.exchange(get())
      #expect(form != nil)
      #expect(form === shared.serverForm.withLock { $0 })
    }
  }

  @Test func `an answer that closes the connection says so`() async throws {
    try await withServer(handler: { _ in
      .respond(HTTPResponse(status: 200, body: Array("bye".utf8), closesConnection: true))
    }) { running in
      let client = try running.client()
      let answer = try await client.exchange(get())
      #expect(answer.headers["connection"] == "close")
      #expect(try await client.readToEnd() == "")
    }
  }

  @Test func `HTTP 1.0 is answered and closed, Host or not`() async throws {
    try await withServer { running in
      let client = try running.client()
      #expect(try await client.exchange("GET / HTTP/1.0\r\n\r\n").status == 200)
      #expect(try await client.readToEnd() == "")
    }
  }

  @Test func `an answer that cannot be sent becomes an internal error`() async throws {
    try await withServer(handler: { _ in
      .respond(HTTPResponse(status: 200, headers: [.init("X-Split", "a\r\nSet-Cookie: b")]))
    }) { running in
      let answer = try await running.exchange(get())
      #expect(answer.status == 500)
      #expect(answer.body.contains("/problems/internal-error"))
      #expect(answer.headers["set-cookie"] == nil)
    }
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func `the peer's address reaches the handler`(address: String) async throws {
    try await withServer(
      { $0.address = address },
      handler: { .respond(HTTPResponse(status: 200, body: Array($0.peer.utf8))) }
    ) { running in
      let client = try RawHTTPClient(port: running.server.port, address: address)
      #expect(try await client.exchange(get()).body == address)
    }
  }

  @Test func `servers of several reactors share a port`() async throws {
    try await withServer({ $0.sharesPort = true }) { first in
      try await withServer({
        $0.sharesPort = true
        $0.port = first.server.port
      }) { second in
        #expect(second.server.port == first.server.port)
        for _ in 0..<40 { _ = try await first.exchange(get()) }
        await first.wait { $0.answered + second.server.counters.answered == 40 }
        #expect(first.server.counters.answered > 0)
        #expect(second.server.counters.answered > 0)
      }
    }
  }

  @Test func `a taken port is a fault, not a crash`() async throws {
    try await withServer { running in
      try await withReactor { reactor in
        let second = MicrohttpdServer(
          settings: ServerSettings(port: running.server.port), reactor: reactor,
          handler: ClosureHandler(body: echo), makeRequestID: { "" }, onEvent: { _ in })
        await #expect(throws: ServerFault.cannotListen(code: 98)) { try await second.start() }
        await second.stop()
      }
    }
  }

  @Test func `an address that is none is a fault`() async throws {
    try await withReactor { reactor in
      let server = MicrohttpdServer(
        settings: ServerSettings(address: "localhost"), reactor: reactor,
        handler: ClosureHandler(body: echo), makeRequestID: { "" }, onEvent: { _ in })
      await #expect(throws: ServerFault.badAddress("localhost")) { try await server.start() }
      await server.stop()
    }
  }

  @Test func `the library's version is known`() {
    #expect(MicrohttpdServer.libraryVersion.contains("."))
  }
}
