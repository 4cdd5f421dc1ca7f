import MicrohttpdServer

// One case a line: what it is, the rule, what becomes of it, and the bytes.

extension HardGroup {
  static let expectations = HardGroup(
    "Expectations and upgrades",
    [
      .init(
        "Expect: 100-continue, body at once", "9110 10.1.1", .served,
        post("abc", "Content-Length: 3", "Expect: 100-continue"), body: "abc"),
      .init(
        "Expect in other letters", "9110 10.1.1", .served,
        post("abc", "Content-Length: 3", "Expect: 100-Continue"), body: "abc"),
      .init(
        "Expect: 100-continue without a body", "9110 10.1.1", .refused(.unknownExpectation),
        get(header: "Expect: 100-continue")),
      .init(
        "Expect: 100-continue in HTTP/1.0", "9110 10.1.1", .servedLast,
        "POST / HTTP/1.0\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
        body: "abc"),
      .init(
        "unknown expectation", "9110 10.1.1", .refused(.unknownExpectation),
        get(header: "Expect: 200-ok")),
      .init(
        "Expect twice", "9110 10.1.1", .refused(.unknownExpectation),
        post("abc", "Content-Length: 3", "Expect: 100-continue", "Expect: 100-continue")),
      .init(
        "Expect with a list", "9110 10.1.1", .refused(.unknownExpectation),
        post("abc", "Content-Length: 3", "Expect: 100-continue, x")),
      .init(
        "upgrade to h2c", "9110 7.8", .served,
        get(
          header:
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"
        )),
      .init(
        "upgrade to WebSocket", "9110 7.8", .served,
        get(
          header:
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        )),
      .init(
        "upgrade to TLS", "9110 7.8", .served,
        get(header: "Connection: Upgrade\r\nUpgrade: TLS/1.2, HTTP/1.1")),
      .init(
        "HTTP/2 preface", "9113 3.4", .page(505),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0"),
    ])

  static let connections = HardGroup(
    "Connections",
    [
      .init(
        "three requests at once", "9112 9.3.2", .servedAll(3),
        "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"
      ),
      .init("Connection: close", "9112 9.6", .servedLast, get(header: "Connection: close")),
      .init("Connection: CLOSE", "9112 9.6", .servedLast, get(header: "Connection: CLOSE")),
      .init(
        "Connection: close in a list", "9112 9.6", .servedLast, get(header: "Connection: x, close")),
      .init(
        "Connection: close on a second line", "9112 9.6", .servedLast,
        get(header: "Connection: x\r\nConnection: close")),
      .init(
        "Connection: keep-alive, close", "9112 9.6", .servedLast,
        get(header: "Connection: keep-alive, close")),
      .init("Connection names Host", "9110 7.6.1", .served, get(header: "Connection: Host")),
      .init(
        "Connection names Content-Length", "9110 7.6.1", .served,
        post("abc", "Connection: Content-Length", "Content-Length: 3"), body: "abc"),
      .init(
        "HTTP/1.0 with keep-alive", "9112 9.3", .served,
        "GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n"),
      .init("Proxy-Connection", "9112 C.2.2", .served, get(header: "Proxy-Connection: close")),
      .init(
        "good, then bad, then good", "9112 9.3.2", .servedThenRefused(.badHeader),
        "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nX : a\r\n\r\n"),
      .init(
        "good, then conflicting lengths", "9112 9.3.2", .servedThenRefused(.conflictingLength),
        "GET / HTTP/1.1\r\nHost: h\r\n\r\nPOST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
      ),
      .init(
        "body with a request in it", "9112 6.3", .served,
        post("GET /inner HTTP/1.1\r\nHost: h\r\n\r\n", "Content-Length: 34")),
      .init(
        "chunk with a request in it", "9112 6.3", .page(400),
        chunked("22\r\nGET /inner HTTP/1.1\r\nHost: h\r\n\r\n\r\n" + end)),
      .init(
        "garbage behind a request", "9112 9.3.2", .servedLast,
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n\u{1}\u{2}\u{3}\r\n\r\n"),
      .init("client finishes after the head", "9112 9.6", .servedLast, get(), finishes: true),
      .init(
        "client finishes within the request line", "9112 9.6", .closed, "GET / HT", finishes: true),
      .init(
        "client finishes within the head", "9112 9.6", .closed, "GET / HTTP/1.1\r\nHost: h\r\n",
        finishes: true),
      .init("client finishes at once", "9112 9.6", .closed, "", finishes: true),
    ])
}
