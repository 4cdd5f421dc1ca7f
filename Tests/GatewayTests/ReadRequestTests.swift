import GatewayCore
import HeatPumpService
import TestSupport
import Testing

@testable import Gateway

/// Goal: reads answer with the right form, headers and status, from memory and from upstream.
/// Method: whole requests through the handler, in front of a scripted upstream.
@Suite struct ReadRequestTests {
  private let gateway = GatewayFixture()

  @Test(arguments: [
    smithPath, "/v1/heat-pumps/smith-home", "/v1/heat-pumps/\(smithPump)",
    "/v1/heat-pumps/smith%2Dhome", "/v1/heat-pumps/\("\(smithPump)".uppercased())",
    "/v1/users/%30\("\(smith)".dropFirst())/heat-pumps/\(smithPump)",
  ])
  func `a heat pump has several addresses`(path: String) async {
    #expect(await gateway.get(path).json["id"]?.string == "\(smithPump)")
  }

  @Test(arguments: [
    "/v1/heat-pumps/smith%2Fhome", "/v1/heat-pumps/..%2Fsmith-home", "/v1/heat-pumps/%00",
    "/v1/heat-pumps/SMITH-HOME", "/v1/heat-pumps/smith-home/", "/v1/heat%2Dpumps/smith-home",
    "/v1/users/me/heat-pumps/\(smithPump)", "//v1/heat-pumps/smith-home",
  ])
  func `nothing else addresses it`(path: String) async {
    #expect(await gateway.get(path).problem == "not-found")
    #expect(gateway.transport.requestCount == 0)
  }

  @Test func `a second read comes from memory, with the same body`() async {
    let first = await gateway.get(smithPath)
    gateway.clock.advance(by: .seconds(3))
    let second = await gateway.get(smithPath)
    #expect(first["Cache-Status"] == "podero-gateway; fwd=miss; stored")
    #expect(second["Cache-Status"] == "podero-gateway; hit; ttl=27")
    #expect(second["Age"] == "3")
    #expect(first.body == second.body)
    #expect(first["ETag"] == second["ETag"])
    #expect(gateway.transport.requestCount == 1)
  }

  @Test func `only what the caller has not yet is sent`() async throws {
    let first = await gateway.get(smithPath)
    let tag = try #require(first["ETag"])
    for list in [tag, "\"other\", \(tag)", "*", "W/\(tag)"] {
      for path in [smithPath, "/v1/heat-pumps/smith-home"] {
        let answer = await gateway.get(path, headers: [("If-None-Match", list)])
        #expect(answer.status == 304, "\(list)")
        #expect(answer.body.isEmpty)
        #expect(answer["ETag"] == tag)
        #expect(answer["Cache-Control"] != nil)
        #expect(answer["Content-Type"] == nil)
      }
    }
    #expect(await gateway.get(smithPath, headers: [("If-None-Match", "\"x\"")]).status == 200)
    let list = await gateway.get("/v1/heat-pumps")
    let listTag = try #require(list["ETag"])
    #expect(
      await gateway.get("/v1/heat-pumps", headers: [("If-None-Match", listTag)]).status == 304)
  }

  @Test func `the caller's request id comes back on every kind of answer`() async {
    for path in [
      smithPath, smithPath, smithPath + "?fields=readings", "/v1/heat-pumps", "/nowhere",
      "/v1/users/\(smith)/heat-pumps", "/healthz", "/readyz", "/docs", "/openapi.json",
      "/problems", "/problems/not-found", "/problems/no", smithPath + "/statistics",
    ] {
      let answer = await gateway.get(path, headers: [("X-Request-Id", "mine-1")])
      #expect(answer.headers.filter { $0.name == "X-Request-Id" }.map(\.value) == ["mine-1"])
      if answer.status >= 400 { #expect(answer.json["instance"] == "mine-1") }
    }
  }

  @Test func `an id that is not sane is replaced`() async {
    for headers in [[("X-Request-Id", "a b")], [("X-Request-Id", "a"), ("X-Request-Id", "b\"c")]] {
      let miss = await gateway.get("/nowhere", headers: headers)
      #expect(miss["X-Request-Id"]?.utf8.count == 32)
      #expect(miss.json["instance"]?.string == miss["X-Request-Id"])
      #expect(await gateway.get("/healthz", headers: headers)["X-Request-Id"] == nil)
    }
  }

  @Test func `a request is traced to the upstream`() async {
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    _ = await gateway.get(smithPath, headers: [("traceparent", parent), ("X-Request-Id", "r1")])
    let headers = gateway.transport.requests[0].headers
    #expect(headers.first { $0.name.lowercased() == "traceparent" }?.value == parent)
  }

  @Test func `fields trims, and id stays`() async {
    let answer = await gateway.get(smithPath + "?fields=hot_water,market")
    #expect(answer.json.object?.keys.sorted() == ["hot_water", "id", "market"])
    let list = await gateway.get("/v1/heat-pumps?fields=market")
    for item in list.json["items"]?.array ?? [] {
      #expect(item.object?.keys.sorted() == ["id", "market"])
    }
  }

  @Test(arguments: [
    "?fields=", "?fields=nothing", "?fields=hot_water,", "?view=own", "?limit=5", "?a=b",
    "?fields=id&fields=id",
  ])
  func `a query that is not understood is refused, hit or miss`(query: String) async {
    for _ in 0..<2 {
      let answer = await gateway.get(smithPath + query)
      #expect(answer.problem == "malformed-request", "\(query)")
      _ = await gateway.get(smithPath)
    }
  }

  @Test func `a bad deadline is refused, hit or miss`() async {
    for _ in 0..<2 {
      let answer = await gateway.get(smithPath, headers: [("Request-Timeout", "soon")])
      #expect(answer.problem == "malformed-request")
      _ = await gateway.get(smithPath)
    }
  }

  @Test func `the caller's deadline counts from arrival, up to the gateway's own`() async {
    func deadline(_ headers: [(String, String)]) -> Duration? {
      let request = HTTPRequest(
        method: .get, target: smithPath, headers: [("X-API-Key", "all")] + headers,
        arrival: gateway.clock.monotonic)
      guard case .later(let deadline, _) = gateway.handler.handle(request) else { return nil }
      return deadline - gateway.clock.monotonic
    }
    #expect(deadline([]) == .seconds(15))
    #expect(deadline([("Request-Timeout", "3")]) == .seconds(3))
    #expect(deadline([("Request-Timeout", "3000")]) == .seconds(15))
  }

  @Test func `another method is refused with those that there are`() async {
    for (path, allow) in [
      (smithPath, "GET, PATCH, HEAD"), ("/v1/heat-pumps", "GET, HEAD"),
      (smithPath + "/commands/pause", "POST"), ("/healthz", "GET, HEAD"),
    ] {
      let answer = await gateway.send(.delete, path)
      #expect(answer.problem == "method-not-allowed")
      #expect(answer["Allow"] == allow)
    }
  }

  @Test func `HEAD is answered as GET is`() async {
    for path in [smithPath, "/healthz", "/docs"] {
      let (get, head) = (await gateway.get(path), await gateway.send(.head, path))
      #expect(head.status == 200)
      #expect(head["Content-Type"] == get["Content-Type"])
      #expect(head["ETag"] == get["ETag"])
    }
  }

  @Test func `the form must be acceptable`() async {
    for (path, accept, status) in [
      (smithPath, "application/json", 200), (smithPath, "text/html", 406), (smithPath, "*/*", 200),
      ("/docs", "text/html", 200), ("/docs", "application/json", 406), ("/docs", "", 200),
      ("/problems", "text/html", 200), ("/problems", "application/json", 200),
      ("/problems", "image/png", 406),
    ] {
      let answer = await gateway.get(path, headers: [("Accept", accept)])
      #expect(answer.status == status, "\(path) \(accept)")
    }
  }

  @Test func `who may not call is told so before the form is looked at`() async {
    let answer = await gateway.get(smithPath, as: nil, headers: [("Accept", "image/png")])
    #expect(answer.problem == "unauthenticated")
  }

  @Test func `the upstream's failures become problems`() async {
    for (step, problem) in [
      (FakeTransport.Step.status(500), "upstream-error"),
      (.respond(TransportResponse(status: 200, body: Array("<html>".utf8))), "upstream-unreadable"),
      (.fail(TransportFault(.connect, mayHaveBeenSent: false)), "upstream-unreachable"),
      (.fail(TransportFault(.timeout, mayHaveBeenSent: true)), "upstream-timeout"),
    ] {
      let gateway = GatewayFixture()
      gateway.upstream.fail(with: step)
      async let answer = gateway.get(smithPath)
      // Reads are tried again after a pause.
      let pauses = Task {
        while !Task.isCancelled {
          await Task.yield()
          if gateway.clock.sleeperCount > 0 { gateway.clock.advance(by: .milliseconds(400)) }
        }
      }
      let response = await answer
      pauses.cancel()
      #expect(response.problem == problem)
      #expect(response["X-Request-Id"] != nil)
      #expect(response["Cache-Control"] == "no-store")
    }
  }

  @Test func `nothing cached is no failure`() async {
    let headers = [("Cache-Control", "only-if-cached")]
    #expect(await gateway.get(smithPath, headers: headers).problem == "not-cached")
    let statistics = await gateway.get(smithPath + "/statistics", headers: headers)
    #expect(statistics.problem == "not-cached")
    #expect(gateway.transport.requestCount == 0)
    #expect(!gateway.log.text.contains("warning"))
  }

  @Test func `a page of all heat pumps says how old it is`() async throws {
    let list = await gateway.get("/v1/heat-pumps?limit=1")
    #expect(list["Age"] == "0")
    #expect(list["Cache-Control"] == "private, no-cache")
    #expect(list.json["items"]?.array?.count == 1)
    let cursor = try #require(list.json["next_cursor"]?.string)
    gateway.clock.advance(by: .seconds(7))
    let next = await gateway.get("/v1/heat-pumps?limit=1&cursor=\(cursor)")
    #expect(next.json["items"]?.array?.compactMap { $0["id"]?.string } == ["\(jonesPump)"])
    #expect(next.json["next_cursor"] == .null)
  }

  @Test func `what cannot be read is listed without what nobody knows`() async {
    gateway.upstream.remove(jonesPump, of: jones)
    let list = await gateway.get("/v1/heat-pumps")
    let item = list.json["items"]?.array?.last
    #expect(item?["id"]?.string == "\(jonesPump)")
    #expect(item?["alias"] == "jones-home")
    #expect(item?["freshness"]?["state"] == "unknown")
    let trimmed = await gateway.get("/v1/heat-pumps?fields=market")
    #expect(trimmed.json["items"]?.array?.last?.object?.keys == ["id"])
    let own = await gateway.get("/v1/heat-pumps?view=upstream")
    #expect(own.json["items"]?.array?.last?.object?.keys == ["id"])
  }

  @Test func `a user's heat pumps come in pages`() async {
    let first = await gateway.get("/v1/users/\(smith)/heat-pumps")
    #expect(first.json["items"]?.array?.count == 1)
    let second = await gateway.get("/v1/users/\(smith)/heat-pumps")
    #expect(second["Cache-Status"]?.contains("hit") == true)
    #expect(first["ETag"] == second["ETag"])
  }

  @Test func `statistics are passed on with the parameters that are known`() async {
    let query = "?resolution=1DAY,1MONTH&keywords=savings"
    let answer = await gateway.get(smithPath + "/statistics" + query)
    #expect(answer.json["url"]?.string?.hasSuffix("/statistics" + query) == true)
    let savings = await gateway.get(
      "/v1/heat-pumps/smith-home/savings?to=2026-02-01T00:00:00%2B01:00&from=2026-01-01")
    #expect(
      savings.json["url"]?.string?.hasSuffix(
        "/savings?from=2026-01-01&to=2026-02-01T00%3A00%3A00%2B01%3A00") == true)
    #expect(savings["ETag"] != nil)
  }

  @Test(arguments: [
    "/statistics?resolution=1HOUR", "/statistics?keywords=", "/statistics?from=2026-01-01",
    "/savings?from=yesterday", "/savings?to=2026-02-30", "/savings?keywords=savings",
    "/statistics?resolution=1DAY%26admin=1",
  ])
  func `other parameters are refused`(tail: String) async {
    #expect(await gateway.get(smithPath + tail).problem == "malformed-request")
    #expect(gateway.transport.requestCount == 0)
  }

  @Test func `what the upstream refuses to a reader is the reader's fault, too`() async {
    _ = await gateway.get(smithPath)
    gateway.upstream.fail(with: .json(["detail": []], status: 422))
    #expect(await gateway.get(smithPath + "/savings").problem == "upstream-rejected")
  }
}
