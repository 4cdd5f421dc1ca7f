import CurlTransport
import GatewayCore
import Reactor
import TestSupport
import Testing

/// Goal: what stands on the wire is what was asked for, and nothing else.
/// Method: a scripted server that keeps the raw bytes of each request.
@Suite(.bothWays) struct WireTests {
  @Test func `a GET carries its headers and nothing that was not asked for`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "hello") })
    let response = try await withTransport { transport in
      try await transport.send(
        request(
          .get, server.url("/a/b?c=d%2Fe"),
          headers: [.init("Accept", "application/json"), .init("X-Empty", "")],
          authorization: Secret("Bearer s3cret")))
    }
    #expect(response.status == 200)
    #expect(response.text == "hello")
    #expect(response.httpVersion == "1.1")
    #expect(
      server.requests[0].text == """
        GET /a/b?c=d%2Fe HTTP/1.1\r
        Host: 127.0.0.1:\(server.port)\r
        Accept-Encoding: gzip, deflate\r
        Accept: application/json\r
        X-Empty:\r
        User-Agent: podero-gateway\r
        Authorization: Bearer s3cret\r
        \r

        """)
  }

  @Test(arguments: [HTTPMethod.put, .post, .patch, .delete])
  func `a body goes out with Content-Length, unchunked, without Expect`(
    method: HTTPMethod
  ) async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer("201 Created", text: "{}") })
    let body = #"{"comment":"ü"}"#
    let response = try await withTransport { transport in
      try await transport.send(
        request(
          method, server.url("/x"), headers: [.init("Content-Type", "application/json")],
          body: body))
    }
    #expect(response.status == 201)
    #expect(
      server.requests[0].text == """
        \(method.rawValue) /x HTTP/1.1\r
        Host: 127.0.0.1:\(server.port)\r
        Accept: */*\r
        Accept-Encoding: gzip, deflate\r
        Content-Type: application/json\r
        User-Agent: podero-gateway\r
        Content-Length: 16\r
        \r
        \(body)
        """)
  }

  @Test func `a large body arrives whole, still without Expect`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "") })
    let body = String(repeating: "0123456789abcdef", count: 150_000)
    _ = try await withTransport { transport in
      try await transport.send(request(.put, server.url(), body: body))
    }
    let seen = server.requests[0]
    #expect(seen["content-length"] == "2400000")
    #expect(seen["expect"] == nil)
    #expect(seen["content-type"] == nil)
    #expect(seen["transfer-encoding"] == nil)
    #expect(seen.body == Array(body.utf8))
  }

  @Test func `methods without a body say so`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer("204 No Content") })
    try await withTransport { transport in
      _ = try await transport.send(request(.post, server.url()))
      _ = try await transport.send(request(.put, server.url(), body: ""))
      _ = try await transport.send(request(.delete, server.url()))
      _ = try await transport.send(request(.options, server.url()))
      _ = try await transport.send(request(.get, server.url()))
    }
    #expect(
      server.requests.map { $0.lines[0] } == [
        "POST / HTTP/1.1", "PUT / HTTP/1.1", "DELETE / HTTP/1.1", "OPTIONS / HTTP/1.1",
        "GET / HTTP/1.1",
      ])
    #expect(server.requests.map { $0["content-length"] } == ["0", "0", nil, nil, nil])
    #expect(server.connectionCount == 1)
  }

  @Test func `HEAD reads no body, whatever length is announced`() async throws {
    let server = try ScriptedServer(answering: { _ in
      Array("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n".utf8)
    })
    let response = try await withTransport { transport in
      try await transport.send(request(.head, server.url(), maximumBodyBytes: 10))
    }
    #expect(response["content-length"] == "99999999")
    #expect(response.body.isEmpty)
  }

  @Test func `nothing of one request is left in the next`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "") })
    try await withTransport { transport in
      _ = try await transport.send(
        request(
          .put, server.url("/1"), headers: [.init("X-One", "1")],
          authorization: Secret("Bearer one"), body: "one"))
      _ = try await transport.send(request(.get, server.url("/2")))
      _ = try await transport.send(request(.head, server.url("/3")))
      _ = try await transport.send(request(.post, server.url("/4"), body: "four"))
    }
    #expect(server.requests[1].lines[0] == "GET /2 HTTP/1.1")
    for later in server.requests.dropFirst() {
      #expect(later["authorization"] == nil)
      #expect(later["x-one"] == nil)
    }
    #expect(server.requests[1].body.isEmpty)
    #expect(server.requests[3].text.hasSuffix("\r\n\r\nfour"))
  }

  @Test(arguments: [
    request(.get, "http://127.0.0.1:1/\r\nX: y"), request(.get, "http://127.0.0.1:1/a b"),
    request(.get, "http://127.0.0.1:1/\0"), request(.get, ""), request(.get, "::"),
    request(.get, "ftp://127.0.0.1:1/"), request(.get, "file:///etc/passwd"),
    request(.get, "http://user:word@127.0.0.1:1/"), request(.other, "http://127.0.0.1:1/"),
    request(.get, "http://127.0.0.1:1/", body: "x"),
    request(.get, "http://127.0.0.1:1/", headers: [.init("X", "a\r\nY: b")]),
    request(.get, "http://127.0.0.1:1/", headers: [.init("X", "a\0")]),
    request(.get, "http://127.0.0.1:1/", headers: [.init("X Y", "a")]),
    request(.get, "http://127.0.0.1:1/", headers: [.init("", "a")]),
    request(.put, "http://127.0.0.1:1/", headers: [.init("Content-length", "1")], body: "12"),
    request(.put, "http://127.0.0.1:1/", headers: [.init("Transfer-Encoding", "chunked")]),
    request(.get, "http://127.0.0.1:1/", authorization: Secret("Bearer a\r\nX: b")),
    request(.get, "http://127.0.0.1:1/", authorization: Secret("")),
    request(.get, "https://127.0.0.1:1/", caFile: "/a\0b"),
    request(
      .get, "http://127.0.0.1:1/", headers: [.init("authorization", "x")],
      authorization: Secret("y")),
  ])
  func `a request that cannot stand on the wire is a fault`(_ bad: TransportRequest) async throws {
    // The table may be older than the test by more than a deadline.
    var bad = bad
    bad.deadline = SystemClock().monotonic + .seconds(60)
    let fault = try await withTransport { [bad] in await $0.fault(bad) }
    #expect(Verdict(fault) == Verdict(.other, mayHaveBeenSent: false))
  }

  @Test func `a proxy is used where the settings say so`() async throws {
    let proxy = try ScriptedServer(answering: { _ in httpAnswer(text: "by proxy") })
    var settings = CurlSettings()
    settings.proxy = .server(proxy.url(""))
    settings.userAgent = ""
    let response = try await withTransport(settings) {
      try await $0.send(request(.get, "http://podero.invalid/x"))
    }
    #expect(response.text == "by proxy")
    #expect(proxy.requests[0].lines[0] == "GET http://podero.invalid/x HTTP/1.1")
    #expect(proxy.requests[0]["user-agent"] == nil)
  }

  @Test func `the secret is in no fault`() async throws {
    let secret = Secret("Bearer s3cret")
    let server = try ScriptedServer { _ in [.readRequest, .send("nonsense\r\n\r\n")] }
    let fault = try await withTransport {
      await $0.fault(request(.get, server.url(), authorization: secret))
    }
    #expect(fault?.description.contains("s3cret") == false)
    #expect(server.requests[0]["authorization"] == "Bearer s3cret")
  }
}
