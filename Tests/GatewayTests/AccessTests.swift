import GatewayCore
import HeatPumpService
import TestSupport
import Testing

@testable import Gateway

/// Goal: nobody gets at what is not theirs, nor learns whether it exists.
/// Method: whole requests through the handler, in front of a scripted upstream.
@Suite struct AccessTests {
  private let gateway = GatewayFixture()

  /// Every endpoint for apps, with the Smiths' heat pump in its path.
  private static let targets = RouteTable.endpoints.filter { $0.access != .open }.map { endpoint in
    (
      endpoint.method,
      endpoint.template.replacing("{user_id}", with: "\(smith)")
        .replacing("{heat_pump_id}", with: "\(smithPump)").replacing("{ref}", with: "smith-home")
        .replacing("{name}", with: "resume"), endpoint.id
    )
  }

  private func send(
    _ method: HTTPMethod, _ target: String, as app: String?,
    headers: [(String, String)] = []
  ) async -> HTTPResponse {
    let writes = method == .patch
    return await gateway.send(
      method, target, as: app, headers: (writes ? [mergePatch] : []) + headers,
      body: writes ? "{}" : "")
  }

  @Test(arguments: [nil, "wrong", "expired", ""] as [String?])
  func `without a valid key every endpoint for apps answers 401`(key: String?) async {
    for (method, target, id) in Self.targets {
      let answer = await send(method, target, as: key)
      #expect(answer.problem == "unauthenticated", "\(id)")
      #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
      #expect(answer["X-Request-Id"] != nil)
    }
    #expect(gateway.transport.requestCount == 0)
  }

  @Test func `a wrong key and an expired one are answered alike`() async {
    let wrong = await gateway.get(smithPath, as: "wrong")
    let expired = await gateway.get(smithPath, as: "expired")
    #expect(wrong.withoutRequestID == expired.withoutRequestID)
  }

  @Test func `a key works until it expires`() async {
    #expect(await gateway.get(smithPath, as: "expiring").status == 200)
    gateway.clock.advance(by: .seconds(60))
    #expect(await gateway.get(smithPath, as: "expiring").status == 401)
  }

  @Test func `a read scope does not write`() async {
    for (method, target, id) in Self.targets {
      let answer = await send(method, target, as: "reader")
      // An operation that nobody asked for is looked up, and not found.
      let isRead = answer.status == 200 || answer.problem == "not-found" && id == "getOperation"
      // A hook knows no apps; to see events and to run jobs are scopes of their own.
      if id.hasPrefix("receiveEvent") {
        #expect(answer.problem == "unauthenticated")
        continue
      }
      if ["Event", "Stream", "Subscription", "Deliver", "Job"].contains(where: id.contains) {
        #expect(answer.problem == "forbidden")
        continue
      }
      #expect(method == .get ? isRead : answer.problem == "forbidden", "\(id)")
    }
    #expect(gateway.updates.isEmpty)
  }

  @Test func `the scope is asked for before the body is looked at`() async {
    let answer = await gateway.send(.patch, smithPath, as: "reader", body: "no json")
    #expect(answer.problem == "forbidden")
  }

  // `smith` may see the Smiths' heat pump only. That of the Joneses exists, the other does not.
  @Test(arguments: [
    "/v1/users/\(jones)/heat-pumps/\(jonesPump)", "/v1/users/\(smith)/heat-pumps/\(jonesPump)",
    "/v1/heat-pumps/\(jonesPump)", "/v1/heat-pumps/jones-home",
  ])
  func `what one may not see is answered as what does not exist`(path: String) async {
    // The others' answers are in the cache already.
    _ = await gateway.get("/v1/users/\(jones)/heat-pumps/\(jonesPump)")
    let missing = path.replacing("\(jonesPump)", with: "\(unknownPump)")
      .replacing("jones-home", with: "no-home")
    for headers in [[], [("Cache-Control", "only-if-cached")], [("If-None-Match", "*")]] {
      for tail in ["", "?fields=readings", "?nonsense=1", "/statistics", "/savings?from=x"] {
        let hidden = await gateway.get(path + tail, as: "smith", headers: headers)
        let unknown = await gateway.get(missing + tail, as: "smith", headers: headers)
        #expect(hidden.withoutRequestID == unknown.withoutRequestID, "\(path + tail)")
        #expect([400, 404].contains(hidden.status))
      }
    }
    for (method, tail, body) in [
      (HTTPMethod.patch, "", #"{"comment":null}"#), (.patch, "?dry_run=true", "{}"),
      (.patch, "", "no json"), (.post, "/commands/resume", ""), (.post, "/commands/dance", ""),
    ] {
      let hidden = await gateway.send(
        method, path + tail, as: "smith", headers: [plainJSON], body: body)
      let unknown = await gateway.send(
        method, missing + tail, as: "smith", headers: [plainJSON], body: body)
      #expect(hidden.withoutRequestID == unknown.withoutRequestID, "\(method) \(path + tail)")
      #expect(hidden.problem == "not-found")
    }
    #expect(gateway.updates.isEmpty)
  }

  @Test func `both lists must allow`() async {
    #expect(await gateway.get(smithPath, as: "smith").status == 200)
    #expect(await gateway.get(smithPath, as: "nobody").problem == "not-found")
    // All heat pumps of just one user.
    #expect(await gateway.get(smithPath, as: "smith-user").status == 200)
    let other = "/v1/users/\(jones)/heat-pumps/\(jonesPump)"
    #expect(await gateway.get(other, as: "smith-user").problem == "not-found")
  }

  @Test func `the user in the path must be the owner, also when the answer is cached`() async {
    let wrong = "/v1/users/\(smith)/heat-pumps/\(jonesPump)"
    #expect(await gateway.get(wrong).problem == "not-found")
    _ = await gateway.get("/v1/heat-pumps/jones-home")
    #expect(await gateway.get(wrong).problem == "not-found")
    let patched = await gateway.patch(wrong, #"{"comment":null}"#)
    #expect(patched.problem == "not-found")
    #expect(gateway.updates.isEmpty)
  }

  @Test func `lists show only what both lists allow`() async {
    func ids(_ app: String) async -> [String] {
      let answer = await gateway.get("/v1/heat-pumps", as: app)
      return answer.json["items"]?.array?.compactMap { $0["id"]?.string } ?? []
    }
    #expect(await ids("all") == ["\(smithPump)", "\(jonesPump)"])
    #expect(await ids("smith") == ["\(smithPump)"])
    #expect(await ids("smith-user") == ["\(smithPump)"])
    #expect(await ids("nobody") == [])
    let others = await gateway.get("/v1/users/\(jones)/heat-pumps", as: "smith")
    let nobodys = await gateway.get("/v1/users/\(unknownPump)/heat-pumps", as: "smith")
    #expect(others.problem == "not-found")
    #expect(others.withoutRequestID == nobodys.withoutRequestID)
  }

  @Test func `personal data is for those with the scope, whoever filled the cache`() async {
    for path in [smithPath, "/v1/heat-pumps/smith-home", "/v1/heat-pumps"] {
      let full = await gateway.get(path, as: "all")
      let reduced = await gateway.get(path, as: "reader")
      let (fullText, reducedText) = (
        String(decoding: full.body, as: UTF8.self), String(decoding: reduced.body, as: UTF8.self)
      )
      #expect(fullText.contains("jana@example.org") && fullText.contains("key under the mat"))
      #expect(!reducedText.contains("jana@") && !reducedText.contains("mat"), "\(path)")
      #expect(full["ETag"] != reduced["ETag"])
    }
  }

  @Test func `the upstream's own view needs both scopes`() async {
    let own = await gateway.get(smithPath + "?view=upstream", as: "all")
    #expect(own.json["owner"]?["email"] == "jana@example.org")
    for path in [smithPath, "/v1/heat-pumps", "/v1/users/\(smith)/heat-pumps"] {
      #expect(await gateway.get(path + "?view=upstream", as: "writer").problem == "forbidden")
    }
  }

  @Test func `an app over its limit is told when to come back`() async throws {
    for _ in 0..<2 { #expect(await gateway.get(smithPath, as: "slow").status == 200) }
    let refused = await gateway.get(smithPath, as: "slow")
    #expect(refused.problem == "rate-limited")
    #expect(refused["Retry-After"] == "2")
    #expect(refused["RateLimit"] == "\"app\";r=0;t=2")
    #expect(refused["RateLimit-Policy"] == "\"app\";q=2;w=4")
    gateway.clock.advance(by: .seconds(2))
    #expect(await gateway.get(smithPath, as: "slow").status == 200)
    // Nobody else's limit is touched.
    #expect(await gateway.get(smithPath, as: "all").status == 200)
  }

  @Test func `no answer and no log line holds a secret`() async {
    gateway.upstream.fail(with: .status(401))
    let answer = await gateway.get(smithPath)
    #expect(answer.problem == "upstream-credentials")
    for text in [String(decoding: answer.body, as: UTF8.self), gateway.log.text] {
      #expect(!text.contains("canary"))
      #expect(!text.contains("Bearer all"))
    }
  }
}
