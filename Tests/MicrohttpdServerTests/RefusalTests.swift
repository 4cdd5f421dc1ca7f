import GatewayCore
import MicrohttpdServer
import TestSupport
import Testing

/// One request that must be refused.
struct Refused: Sendable, CustomTestStringConvertible {
  let reason: RefusalReason
  let status: Int
  let request: String

  init(_ reason: RefusalReason, _ status: Int, _ request: String) {
    self.reason = reason
    self.status = status
    self.request = request
  }

  var testDescription: String { request.prefix(100).debugDescription }
}

/// Goal: no two readers of a request disagree on where it ends, and nothing is larger than allowed.
/// Method: each table row goes over the wire with a second request behind it, which must not be
/// seen.
@Suite(.timeLimit(.minutes(testPatience))) struct RefusalTests {
  static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"

  static let framing: [Refused] = [
    .init(
      .conflictingLength, 400,
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    .init(
      .repeatedHeader, 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    .init(.missingHost, 400, "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n"),
    .init(.missingHost, 400, "GET / HTTP/1.1\r\n\r\n"),
    .init(
      .badContentLength, 400,
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
    .init(
      .badContentLength, 400,
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 30\r\n\r\n"),
    .init(
      .transferEncodingInHTTP10, 400,
      "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    .init(
      .unknownTransferCoding, 400,
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    .init(
      .unknownTransferCoding, 400,
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\nabc"),
    .init(
      .unknownTransferCoding, 400,
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
        + "\r\n0\r\n\r\n"),
    .init(.badHeader, 400, "GET / HTTP/1.1\r\nHost: h\r\nX-Blank : a\r\n\r\n"),
    .init(.badHeader, 400, "GET / HTTP/1.1\r\nHost: h\r\nX(a): a\r\n\r\n"),
    .init(.badHeader, 400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\u{1}b\r\n\r\n"),
    .init(.badHeader, 400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\u{7F}\r\n\r\n"),
    .init(.badHeader, 400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n"),
    .init(
      .repeatedHeader, 400,
      "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n"),
    .init(
      .repeatedHeader, 400,
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Type: a/b\r\ncontent-type: a/b\r\n\r\n"),
    .init(
      .unknownExpectation, 400, "GET / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n"),
    .init(.badTarget, 400, "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"),
    .init(.badTarget, 400, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"),
    .init(.badTarget, 400, "GET a HTTP/1.1\r\nHost: h\r\n\r\n"),
    .init(.badTarget, 400, "GET /a\u{1}b HTTP/1.1\r\nHost: h\r\n\r\n"),
    .init(.badTarget, 400, "GET /ä HTTP/1.1\r\nHost: h\r\n\r\n"),
    .init(.badTarget, 400, "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"),
    .init(.badTarget, 400, "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"),
    .init(.badMethod, 400, "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"),
  ]

  /// What the library before 1.0 takes, or answers with a page of its own.
  static let layout: [Refused] = [
    .init(.badHeadLayout, 400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"),
    .init(.badHeadLayout, 400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\0\r\nY: b\r\n\r\n"),
    .init(.badHeadLayout, 400, "GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n"),
    .init(.badHeadLayout, 400, "GET / HTTP/1.1\r\nHost: h\nX: a\r\n\r\n"),
    .init(.badHeadLayout, 400, "GET / HTTP/1.1\nHost: h\r\n\r\n"),
    .init(.badHeadLayout, 400, "GET / HTTP/1.1\r\nHost: h\r\n\n"),
    .init(.badHeadLayout, 400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"),
    .init(.badHeadLayout, 400, "GET / HTTP/1.1\r\nX: a\r\n\tb\r\nHost: h\r\n\r\n"),
    .init(.badHeadLayout, 400, "GET / HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n"),
    .init(.library, 400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3x\r\n\r\nabc"),
    .init(.library, 400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\nabc"),
    .init(.library, 400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc"),
    .init(.library, 400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc"),
    .init(.library, 400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\nabc"),
  ]

  static let limits: [Refused] = [
    .init(
      .bodyTooLarge, 413, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 262145\r\n\r\n"),
    .init(
      .bodyTooLarge, 413,
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775808\r\n\r\n"),
    .init(
      .bodyTooLarge, 413,
      "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 262145\r\nExpect: 100-continue\r\n\r\n"),
    .init(
      .bodyTooLarge, 413,
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        + String(
          repeating: "10000\r\n" + String(repeating: "a", count: 65536) + "\r\n", count: 5)),
    .init(
      .headTooLarge, 431,
      "GET / HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "a", count: 8192) + "\r\n\r\n"),
    .init(
      .targetTooLong, 414,
      "GET /" + String(repeating: "a", count: 8192) + " HTTP/1.1\r\nHost: h\r\n\r\n"),
  ]

  static let all = framing + limits + (isLoose ? layout : [])
  static let isLoose = MicrohttpdServer.libraryVersion.hasPrefix("0.")

  @Test(arguments: all) func `is refused with a problem, and the connection ends`(row: Refused)
    async throws
  {
    try await withServer { running in
      let client = try running.client()
      try await client.send(row.request + RefusalTests.smuggled)
      let answer = try await client.answer()
      #expect(answer.headers["connection"]?.lowercased() == "close")
      // A strict library refuses some of these by itself, before anyone is asked.
      guard RefusalTests.isLoose else {
        #expect((400..<500).contains(answer.status))
        #expect(try await !client.readToEnd().contains("smuggled"))
        return
      }
      #expect(answer.status == row.status)
      #expect(answer.headers["content-type"] == "application/problem+json")
      #expect(answer.headers["date"] != nil)
      #expect(answer.body.hasPrefix("{\"type\":\"/problems/\(row.reason.fault.type.rawValue)\""))
      #expect(answer.body.contains("\"instance\":\"test-request\""))
      #expect(try await client.readToEnd() == "")
      await running.wait { $0.refused == 1 && $0.connections == 0 }
      #expect(running.server.counters.refusals == [row.reason: 1])
      let seen = running.events.withLock { events in
        events.contains {
          if case .refused(row.reason, "test-request", "127.0.0.1") = $0 { true } else { false }
        }
      }
      #expect(seen)
      // The server lives on.
      #expect(try await running.exchange(get()).status == 200)
    }
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n",
    "GET /" + String(repeating: "a", count: 20000) + " HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "a", count: 20000) + "\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: "a:b\r\n", count: 1000) + "\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nCookie: " + String(repeating: "a=b;", count: 1500) + "\r\n\r\n",
    "GET /\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n", "GET / HTTP/3.0\r\nHost: h\r\n\r\n",
  ])
  func `what the library refuses ends the connection`(request: String) async throws {
    try await withServer { running in
      let client = try running.client()
      // The server may close before all is sent.
      try? await client.send(request + RefusalTests.smuggled)
      let text = try await client.readToEnd()
      #expect(text.isEmpty || text.hasPrefix("HTTP/1."))
      #expect(!text.contains("200 OK"))
      await running.wait { $0.connections == 0 }
      #expect(running.server.counters.answered == 0)
      #expect(try await running.exchange(get()).status == 200)
    }
  }

  @Test func `a head just within the limit is served`() async throws {
    try await withServer { running in
      let fixed = "GET / HTTP/1.1\r\nHost: h\r\nX: \r\n\r\n".utf8.count
      let value = String(repeating: "a", count: 8192 - fixed)
      let client = try running.client()
      for _ in 0..<3 {
        let answer = try await client.exchange("GET / HTTP/1.1\r\nHost: h\r\nX: \(value)\r\n\r\n")
        #expect(answer.status == 200)
      }
    }
  }

  @Test func `a higher limit of the head holds too`() async throws {
    try await withServer({ $0.headerBytes = 32768 }) { running in
      let client = try running.client()
      let value = String(repeating: "a", count: 30000)
      #expect(try await client.exchange(get("/", "X: \(value)")).status == 200)
      #expect(try await client.exchange(get("/", "X: \(value)aaaaaaaaa\(value)")).status == 431)
    }
  }

  @Test func `a client still sending a too large body sees the 413`() async throws {
    try await withServer { running in
      let client = try running.client()
      try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n")
      try await client.send(bytes: [UInt8](repeating: 0x61, count: 4_000_000))
      let answer = try await client.answer()
      #expect(answer.status == 413)
      #expect(answer.body.contains("/problems/content-too-large"))
      client.finishSending()
      #expect(try await client.readToEnd() == "")
    }
  }
}
