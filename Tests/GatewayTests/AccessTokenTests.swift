import Configuration
import GatewayCore
import HeatPumpService
import HeatPumps
import Identity
import TestSupport
import Testing

@testable import Gateway

/// Goal: an access token makes its caller one app, with no more rights than both have.
/// Method: whole requests through the handler, with tokens of a provider that the test plays.
@Suite struct AccessTokenTests {
  private static let key = SigningKey.p256("key")
  private let gateway = GatewayFixture()
  private let provider: FakeTransport
  private let ring: TokenRing
  private let handler: EndpointHandler

  init() async throws {
    let (clock, service) = (gateway.clock, gateway.service)
    provider = FakeTransport([.json(["keys": [Self.key.jwk()]])], then: .json(["keys": []]))
    let keeper = KeySetKeeper(
      name: "company", algorithms: [.es256],
      source: .url("https://login.example/keys", caFile: nil, transport: provider, clock: clock),
      clock: clock, random: SeededRandom(seed: 1), logger: gateway.log.logger)
    try await keeper.refresh()
    let all: Scopes = [
      .heatPumpsRead, .heatPumpsWrite, .personalDataRead, .eventsRead, .subscriptionsWrite,
    ]
    let limiter = RateLimiter(requestsPerSecond: 0.5, burst: 2, now: clock.monotonic)
    let owners = [
      "all": GatewayFixture.app("all", service, all),
      "reader": GatewayFixture.app("reader", service, .heatPumpsRead),
      "slow": GatewayFixture.app("slow", service, .heatPumpsRead, limiter: limiter),
      "smith": GatewayFixture.app(
        "smith", service, all, users: .only([smith]), pumps: .only([smithPump])),
    ]
    func settings(_ issuer: String, _ scopesClaim: String?) -> ProviderSettings {
      ProviderSettings(
        name: scopesClaim == nil ? "plain" : "scoped", issuer: issuer, audience: "gateway",
        algorithms: [.es256], scopesClaim: scopesClaim)
    }
    ring = TokenRing(
      TokenVerifier([
        IdentityProvider(settings: settings("https://plain/", nil), keeper: keeper),
        IdentityProvider(settings: settings("https://scoped/", "scope"), keeper: keeper),
      ]),
      owners.flatMap { name, owner in
        ["plain", "scoped"].map { .init(provider: $0, claims: ["azp": name], owner: owner) }
      } + owners.values.map { .init(provider: "plain", claims: ["both": "yes"], owner: $0) },
      clock: clock)
    let keys = owners.map { name, owner in
      KeyRing<App>.Key(digest: KeyDigest(hashing: name.utf8.span), expires: nil, owner: owner)
    }
    handler = EndpointHandler(
      Services(
        clock: clock, keys: KeyRing(keys), tokens: ring, endpoints: RouteTable.endpoints,
        requestIDs: RequestIDs(random: SeededRandom(seed: 1)), logger: gateway.log.logger,
        events: gateway.services.events,
        readiness: { Services.Readiness(isReady: true, details: JSONObject()) }))
  }

  private func token(
    _ app: String, scope: String? = nil, life: Int = 300, _ changes: [String: JSONValue?] = [:]
  ) throws -> String {
    let now = Int(gateway.clock.wall.microseconds / 1_000_000)
    var claims = JSONObject()
    claims["iss"] = scope == nil ? "https://plain/" : "https://scoped/"
    claims["aud"] = "gateway"
    claims["azp"] = .string(app)
    claims["exp"] = .number(ExactDecimal(now + life))
    claims["scope"] = scope.map { .string($0) }
    for (name, value) in changes { claims[name] = value }
    return try Self.key.token(.object(claims))
  }

  private func send(
    _ credential: String, method: HTTPMethod = .get, _ target: String = smithPath,
    header: String = "Authorization", body: String = ""
  ) async -> HTTPResponse {
    let value = header == "Authorization" ? "Bearer \(credential)" : credential
    let request = HTTPRequest(
      method: method, target: target,
      headers: [(header, value)] + (method == .patch ? [mergePatch] : [])
        + (method == .post ? [plainJSON] : []),
      body: Array(body.utf8), arrival: gateway.clock.monotonic)
    let response = await handler.response(to: request)
    Contract.apps.check(request, response)
    return response
  }

  private func count(_ outcome: String) -> Int? {
    ring.counts.first { $0.outcome == outcome }?.count
  }

  @Test func `a token opens what its app may see, and no more`() async throws {
    #expect(await send(try token("all"), "/v1/heat-pumps/jones-home").status == 200)
    #expect(await send(try token("smith")).status == 200)
    #expect(await send(try token("smith"), "/v1/heat-pumps/jones-home").status == 404)
  }

  @Test(
    arguments: [
      (["azp": "stranger"], "unmapped"), (["azp": nil], "unmapped"), (["both": "yes"], "ambiguous"),
      (["aud": "other"], "audience"), (["iss": "https://evil/"], "issuer"), (["exp": 1], "expired"),
      (["exp": nil], "claims"),
    ] as [([String: JSONValue?], String)])
  func `a refused token is told apart in the log only`(
    changes: [String: JSONValue?], reason: String
  ) async throws {
    let token = try token("reader", changes)
    let answer = await send(token)
    #expect(answer.problem == "unauthenticated")
    #expect(
      answer["WWW-Authenticate"] == "Bearer realm=\"podero-gateway\", error=\"invalid_token\"")
    #expect(!String(decoding: answer.body, as: UTF8.self).contains(reason))
    #expect(count(reason) == 1)
    #expect(gateway.log.text.contains("(\(reason))"))
    #expect(!gateway.log.text.contains(token.suffix(40)))
    #expect(gateway.transport.requestCount == 0)
  }

  @Test func `what is no token is refused as a wrong key`() async throws {
    let token = try token("all")
    for credential in ["wrong", "pgw_a.b.c", "a.b", "a.b.c.d"] {
      let answer = await send(credential)
      #expect(answer["WWW-Authenticate"] == "Bearer realm=\"podero-gateway\"", "\(credential)")
    }
    #expect(await send(token, header: "X-API-Key").status == 401)
    #expect(await send("a.b.c")["WWW-Authenticate"]?.contains("invalid_token") == true)
    #expect(count("malformed") == 1)
  }

  @Test func `scopes of a token narrow those of its app and never widen them`() async throws {
    let patch = #"{"pause": {"active": true}}"#
    func write(_ app: String, _ scope: String?) async throws -> Int {
      await send(try token(app, scope: scope), method: .patch, body: patch).status
    }
    #expect(try await write("all", nil) == 200)
    #expect(try await write("all", "heat-pumps:read heat-pumps:write") == 200)
    #expect(try await write("all", "heat-pumps:read") == 403)
    #expect(try await write("reader", "heat-pumps:read heat-pumps:write heat-pumps:admin") == 403)
    #expect(await send(try token("all", scope: "heat-pumps:read")).status == 200)
    #expect(await send(try token("all", scope: "openid other")).status == 403)
    #expect(await send(try token("all", scope: "")).status == 403)
  }

  @Test func `personal data needs the scope in the token, too`() async throws {
    func text(_ scope: String?) async throws -> String {
      String(decoding: await send(try token("all", scope: scope)).body, as: UTF8.self)
    }
    #expect(try await text(nil).contains("\"owner\""))
    #expect(try await text("heat-pumps:read personal-data:read").contains("\"owner\""))
    #expect(try await !text("heat-pumps:read").contains("\"owner\""))
  }

  @Test func `a token with fewer scopes than its app's makes no subscription`() async throws {
    let scopes = ["subscriptions:write", "subscriptions:write events:read"]
    for scope in scopes {
      let answer = await send(
        try token("all", scope: scope), method: .post, "/v1/subscriptions", body: "{}")
      #expect(answer.problem == "forbidden")
    }
    let answer = await send(
      try token("all", scope: "subscriptions:write events:read personal-data:read"),
      method: .post, "/v1/subscriptions", body: "no json")
    #expect(answer.problem != "forbidden")
  }

  @Test func `key and tokens of an app share its rate`() async throws {
    #expect(await send("slow").status == 200)
    #expect(await send(try token("slow")).status == 200)
    #expect(await send(try token("slow", life: 200)).problem == "rate-limited")
    #expect(await send("slow").problem == "rate-limited")
  }

  @Test func `a verified token is remembered until it ends`() async throws {
    let token = try token("reader", life: 30)
    for _ in 0..<10 { #expect(await send(token).status == 200) }
    #expect(count("accepted") == 1 && count("remembered") == 9)
    // 60 seconds of skew are counted in.
    gateway.clock.advance(by: .seconds(60))
    #expect(await send(token).status == 200)
    #expect(count("accepted") == 2)
    gateway.clock.advance(by: .seconds(29))
    #expect(await send(token).status == 200)
    gateway.clock.advance(by: .seconds(1))
    #expect(await send(token).status == 401)
  }

  @Test func `nothing is remembered beyond a change of the keys`() async throws {
    let token = try token("reader")
    #expect(await send(token).status == 200)
    provider.append(.json(["keys": [SigningKey.p256("next").jwk()]]))
    try await ring.verifier.providers[0].keeper.refresh()
    #expect(await send(token).status == 401)
    #expect(count("unknown_key") == 1)
  }

  @Test func `the memory is bounded and keeps what is used`() {
    let memory = TokenMemory<Int, Int>(entries: 100)
    let now = gateway.clock.monotonic
    for number in 0..<10_000 {
      memory.remember(number, number, generation: 1, until: now + .seconds(60))
      #expect(memory.value(0, generation: 1, at: now) == 0)
      #expect(memory.count <= 101)
    }
    #expect(memory.value(1, generation: 1, at: now) == nil)
    #expect(memory.value(9999, generation: 1, at: now) == 9999)
    #expect(memory.value(9999, generation: 2, at: now) == nil)
    #expect(memory.value(9999, generation: 1, at: now + .seconds(60)) == nil)
  }

  @Test func `an app with a token is still that app`() async throws {
    let app = GatewayFixture.app("a", gateway.service, .heatPumpsRead)
    let one = app.withToken(scopes: nil, end: gateway.clock.wall)
    let two = one.withToken(scopes: [.heatPumpsWrite], end: gateway.clock.wall)
    #expect(one.configured === app && two.configured === app && app.configured === app)
    #expect(two.scopes == [] && !two.writeRules.mayWrite)
  }
}
