import CurlTransport
import GatewayCore
import TestSupport
import Testing

/// Goal: no answer, however wrong, does more than end its own transfer with the right fault.
/// Method: a scripted server that breaks the rules one at a time.
@Suite(.bothWays) struct HostileAnswerTests {
  private func outcome(
    of steps: [ScriptedServer.Step], _ build: (String) -> TransportRequest = { request(.get, $0) }
  ) async throws -> Verdict {
    let server = try ScriptedServer { _ in steps }
    let sent = build(server.url())
    return try await withTransport { Verdict(await $0.fault(sent)) }
  }

  @Test func `a body cut short is interrupted`() async throws {
    let verdict = try await outcome(of: [
      .readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"), .close,
    ])
    #expect(verdict == Verdict(.interrupted, mayHaveBeenSent: true))
  }

  @Test func `a chunked body cut short is interrupted`() async throws {
    let verdict = try await outcome(of: [
      .readRequest, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123"), .close,
    ])
    #expect(verdict == Verdict(.interrupted, mayHaveBeenSent: true))
  }

  @Test func `a head cut short is interrupted`() async throws {
    let verdict = try await outcome(of: [.readRequest, .send("HTTP/1.1 200 OK\r\nA: "), .close])
    #expect(verdict.kind == .interrupted || verdict.kind == .invalidAnswer)
    #expect(verdict.mayHaveBeenSent == true)
  }

  @Test func `a reset after the request is interrupted`() async throws {
    let verdict = try await outcome(of: [.readRequest, .reset])
    #expect(verdict == Verdict(.interrupted, mayHaveBeenSent: true))
  }

  @Test func `a reset before the request is a fault that sends nothing twice`() async throws {
    let server = try ScriptedServer { _ in [.reset] }
    let sent = request(.put, server.url(), body: "x")
    let verdict = try await withTransport { Verdict(await $0.fault(sent)) }
    #expect(verdict.kind == .interrupted || verdict.kind == .connect)
    #expect(server.connectionCount == 1)
  }

  @Test func `an end without an answer is interrupted`() async throws {
    let verdict = try await outcome(of: [.readRequest, .close])
    #expect(verdict == Verdict(.interrupted, mayHaveBeenSent: true))
  }

  @Test(arguments: [
    "\u{0}\u{1}\u{2}garbage\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/9.9 200 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\nrest",
    "HTTP/1.1 200 OK\r\nBad Name: x\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 11\r\n\r\nnot gzipped",
  ])
  func `what is not HTTP is an invalid answer`(_ answer: String) async throws {
    let verdict = try await outcome(of: [.readRequest, .send(answer), .close])
    #expect(verdict == Verdict(.invalidAnswer, mayHaveBeenSent: true))
  }

  @Test func `heads that are too large or too long are refused`() async throws {
    let wide = "X-Wide: " + String(repeating: "w", count: 70_000)
    let long = (0..<300).map { "X-\($0): y" }.joined(separator: "\r\n")
    let interim = String(repeating: "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n", count: 100)
    for head in ["HTTP/1.1 200 OK\r\n" + wide, "HTTP/1.1 200 OK\r\n" + long, interim] {
      let verdict = try await outcome(of: [
        .readRequest, .send(head + "\r\nContent-Length: 0\r\n\r\n"), .hang,
      ])
      #expect(verdict == Verdict(.invalidAnswer, mayHaveBeenSent: true))
    }
  }

  @Test func `an announced length over the limit is refused before the body`() async throws {
    let verdict = try await outcome(of: [
      .readRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"), .hang,
    ]) { request(.get, $0, maximumBodyBytes: 100) }
    #expect(verdict == Verdict(.tooLarge, mayHaveBeenSent: true))
  }

  @Test func `an unannounced body over the limit is refused, one at the limit is taken`()
    async throws
  {
    for (size, kind) in [(101, TransportFault.Kind.tooLarge), (100, nil)] {
      for head in ["Connection: close\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n64\r\n"] {
        let chunked = head.contains("chunked")
        let body = String(repeating: "b", count: chunked ? 100 : size)
        let end = chunked ? (size == 101 ? "\r\n1\r\nb\r\n0\r\n\r\n" : "\r\n0\r\n\r\n") : ""
        let verdict = try await outcome(of: [
          .readRequest, .send("HTTP/1.1 200 OK\r\n" + head + body + end), .close,
        ]) { request(.get, $0, maximumBodyBytes: 100) }
        #expect(verdict.kind == kind)
      }
    }
  }

  @Test func `a compressed answer is decompressed`() async throws {
    let server = try ScriptedServer(answering: { _ in
      httpAnswer(headers: ["Content-Encoding: gzip", "X-Kept: yes"], body: Gzip.hello)
    })
    let response = try await withTransport { try await $0.send(request(.get, server.url())) }
    #expect(response.text == "hello hello hello hello hello\n")
    #expect(response.headers == [.init("X-Kept", "yes")])
  }

  @Test func `the limit holds for the decompressed size`() async throws {
    let bomb = Gzip.zeros(count: 8 << 20)
    #expect(bomb.count < 64 << 10)
    let verdict = try await outcome(of: [
      .readRequest, .send(httpAnswer(headers: ["Content-Encoding: gzip"], body: bomb)), .hang,
    ]) { request(.get, $0, maximumBodyBytes: 1 << 20) }
    #expect(verdict == Verdict(.tooLarge, mayHaveBeenSent: true))
  }

  @Test func `a redirect is an answer and is not followed`() async throws {
    let server = try ScriptedServer(answering: { _ in
      httpAnswer("302 Found", headers: ["Location: /elsewhere"], text: "moved")
    })
    let response = try await withTransport { try await $0.send(request(.get, server.url())) }
    #expect(response.status == 302)
    #expect(response["location"] == "/elsewhere")
    #expect(server.requests.count == 1)
  }

  @Test func `1xx answers before the real one are skipped`() async throws {
    let server = try ScriptedServer { _ in
      [
        .readRequest,
        .send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
        .send(httpAnswer("200 OK", headers: ["X-Real: 1"], text: "real")),
      ]
    }
    let response = try await withTransport { try await $0.send(request(.get, server.url())) }
    #expect(response.status == 200)
    #expect(response.headers.map(\.name) == ["X-Real", "Content-Length"])
    #expect(response.text == "real")
  }

  @Test func `trailers don't become headers`() async throws {
    let server = try ScriptedServer { _ in
      [
        .readRequest,
        .send(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n"),
      ]
    }
    let response = try await withTransport { try await $0.send(request(.get, server.url())) }
    #expect(response.text == "ok")
    #expect(response["x-t"] == nil)
  }

  @Test func `an answer in single bytes is put together`() async throws {
    let server = try ScriptedServer { _ in
      [.readRequest, .drip(httpAnswer(text: "drop by drop"), pause: .microseconds(100))]
    }
    let response = try await withTransport { try await $0.send(request(.get, server.url())) }
    #expect(response.text == "drop by drop")
  }

  @Test func `an answer before the whole request was read counts`() async throws {
    let server = try ScriptedServer { _ in
      [.readHead, .send(httpAnswer("413 Content Too Large", text: "no")), .hang]
    }
    let response = try await withTransport {
      try await $0.send(request(.put, server.url(), body: String(repeating: "b", count: 300_000)))
    }
    #expect(response.status == 413)
  }

  @Test func `the transport works on after every kind of failure`() async throws {
    let server = try ScriptedServer { index in
      switch index {
      case 0: [.readRequest, .reset]
      case 1: [.readRequest, .send("garbage\r\n\r\n"), .close]
      default: [.answerEach { _ in httpAnswer(text: "fine") }]
      }
    }
    try await withTransport { transport in
      #expect(await transport.fault(request(.put, server.url(), body: "1"))?.kind == .interrupted)
      #expect(await transport.fault(request(.put, server.url(), body: "2"))?.kind == .invalidAnswer)
      let answer = try await transport.send(request(.put, server.url(), body: "3"))
      #expect(answer.text == "fine")
      #expect(transport.counters.faults == [.interrupted: 1, .invalidAnswer: 1])
      #expect(transport.counters.inFlight == 0)
    }
  }
}
