import Credentials
import GatewayCore
import HeatPumpService
import Logging
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import Gateway

/// Goal: operators see and steer the gateway with their own keys, and nobody else does.
/// Method: the admin listener's handler in front of the public one's parts.
@Suite struct AdminTests {
  private let gateway = GatewayFixture()
  private let storage = InMemoryStorage()
  private let state: GatewayState
  private let handler: EndpointHandler

  init() {
    let broker = TokenBroker(
      settings: TokenSettings(tokenURL: "https://login.example/token/"),
      slots: CredentialSlots(current: {
        ClientCredentials(clientID: "id", clientSecret: Secret("canary-secret"))
      }), transport: FakeTransport(then: .token("canary-token")), clock: gateway.clock,
      random: SeededRandom(seed: 1), logger: gateway.log.logger)
    state = GatewayState(
      generations: Generations(
        Generation(organisations: [
          .init(service: gateway.service, broker: broker, upstream: UpstreamMetrics())
        ])), cache: ResponseCache(bytes: 1 << 20), storage: storage,
      journal: EventJournal(storage), clock: gateway.clock, logger: gateway.log.logger)
    state.metrics.withLock { [gateway] in $0 = gateway.services.metrics }
    func key(_ text: String, _ role: Endpoint.AdminRole) -> KeyRing<Endpoint.AdminRole>.Key {
      .init(digest: KeyDigest(hashing: text.utf8.span), expires: nil, owner: role)
    }
    handler = EndpointHandler(
      Services(
        clock: gateway.clock,
        adminKeys: KeyRing([key("op", .operator), key("prometheus", .metrics)]),
        endpoints: AdminEndpoints.table(state),
        requestIDs: gateway.services.requestIDs,
        logger: gateway.log.logger, events: state.events, readiness: { [state] in state.readiness })
    )
  }

  private func send(
    _ method: HTTPMethod = .get, _ target: String, as key: String?,
    headers: [(String, String)] = [], body: String = ""
  ) async -> HTTPResponse {
    await handler.response(
      to: request(
        (key.map { [("X-API-Key", $0)] } ?? []) + headers, method: method, target: target,
        body: body))
  }

  @Test func `an app's key opens nothing here, and an operator's nothing there`() async {
    for key in ["all", "writer", nil] as [String?] {
      for path in ["/metrics", "/admin/status"] {
        #expect(await send(path, as: key).problem == "unauthenticated")
      }
      let write = await send(
        .post, "/admin/organisations/acme/write-mode", as: key, headers: [plainJSON],
        body: #"{"write_mode":"merge"}"#)
      #expect(write.problem == "unauthenticated")
    }
    #expect(await gateway.get(smithPath, as: "op").problem == "unauthenticated")
    #expect(gateway.service.writeMode == .sparse)
  }

  private func send(_ target: String, as key: String?) async -> HTTPResponse {
    await send(.get, target, as: key)
  }

  @Test func `who collects metrics may do just that`() async {
    #expect(await send("/metrics", as: "prometheus").status == 200)
    #expect(await send("/admin/status", as: "prometheus").problem == "forbidden")
    let write = await send(
      .post, "/admin/organisations/acme/write-mode", as: "prometheus", headers: [plainJSON],
      body: #"{"write_mode":"merge"}"#)
    #expect(write.problem == "forbidden")
    #expect(await send("/metrics", as: "op").status == 200)
  }

  @Test(arguments: [
    "text/plain", "*/*",
    "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4",
  ])
  func `metrics are plain text, as collectors ask for it`(accept: String) async {
    let answer = await send(.get, "/metrics", as: "op", headers: [("Accept", accept)])
    #expect(answer.status == 200)
    #expect(answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
  }

  @Test func `metrics tell of requests, reads and the upstream, with closed labels`() async {
    _ = await gateway.get(smithPath)
    _ = await gateway.get(smithPath)
    _ = await gateway.get("/v1/heat-pumps/evil%22path")
    let answer = await send("/metrics", as: "op")
    let text = String(decoding: answer.body, as: UTF8.self)
    for line in [
      "podero_gateway_build_info{version=\"\(gatewayVersion)\"} 1",
      "podero_gateway_requests_total{method=\"GET\","
        + "route=\"/v1/users/{user_id}/heat-pumps/{heat_pump_id}\",status=\"200\"} 2",
      "podero_gateway_reads_total{organisation=\"acme\",outcome=\"hit\"} 1",
      "podero_gateway_upstream_breaker_closed{organisation=\"acme\"} 1",
    ] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
    #expect(!text.contains("evil") && !text.contains("\(smithPump)"))
    for line in text.split(separator: "\n") {
      #expect(line.hasPrefix("# ") || line.hasPrefix("podero_gateway_"))
    }
  }

  @Test func `the status shows the organisation and no secret`() async {
    _ = await gateway.get(smithPath)
    let answer = await send("/admin/status", as: "op")
    let organisation = answer.json["organisations"]?.array?.first
    #expect(organisation?["name"] == "acme")
    #expect(organisation?["write_mode"] == "sparse")
    #expect(organisation?["heat_pumps"]?.integer == 2)
    #expect(answer.json["draining"] == false)
    #expect(answer["Cache-Control"] == "no-store")
    #expect(!String(decoding: answer.body, as: UTF8.self).contains("canary"))
  }

  @Test func `an operator sets the write mode`() async {
    let path = "/admin/organisations/acme/write-mode"
    let answer = await send(
      .post, path, as: "op", headers: [plainJSON], body: #"{"write_mode":"merge"}"#)
    #expect(answer.json == ["organisation": "acme", "write_mode": "merge"])
    #expect(gateway.service.writeMode == .merge)
    #expect(gateway.log.text.contains("write mode set"))
  }

  @Test(arguments: [
    ("/admin/organisations/none/write-mode", #"{"write_mode":"merge"}"#, "not-found"),
    ("/admin/organisations/acme/write-mode", #"{"write_mode":"both"}"#, "malformed-request"),
    ("/admin/organisations/acme/write-mode", #"{"write_mode":"merge","x":1}"#, "malformed-request"),
    ("/admin/organisations/acme/write-mode", "[]", "malformed-request"),
    ("/admin/organisations/acme/write-mode", "", "malformed-json"),
    ("/admin/organisations/acme/write-mode?x=1", #"{"write_mode":"merge"}"#, "malformed-request"),
  ])
  func `any other order is refused`(path: String, body: String, problem: String) async {
    let answer = await send(.post, path, as: "op", headers: [plainJSON], body: body)
    #expect(answer.problem == problem)
    #expect(gateway.service.writeMode == .sparse)
  }

  @Test func `problems are explained here, too, and apps' paths are not served`() async {
    #expect(await send("/problems/forbidden", as: nil).status == 200)
    #expect(await send("/healthz", as: nil).status == 200)
    for path in [smithPath, "/docs", "/openapi.json"] {
      #expect(await send(path, as: "op").problem == "not-found")
    }
    let other = await send(.delete, "/metrics", as: "op")
    #expect(other.problem == "method-not-allowed" && other["Allow"] == "GET, HEAD")
  }

  @Test func `a storage that fails is told of, and its return, without a restart`() async {
    let watching = Task { await state.storageWatch.run() }
    await gateway.clock.waitForSleepers()
    #expect(state.readiness.details["storage"] == "ok")
    storage.fail(with: .unavailable("disk full"))
    for _ in 0..<3 {
      gateway.clock.advance(by: .seconds(10))
      await gateway.clock.waitForSleepers()
    }
    // Reads go on, so it is no reason to send requests elsewhere.
    #expect(state.readiness.isReady)
    #expect(state.readiness.details["storage"] == "unavailable")
    let status = await send("/admin/status", as: "op")
    #expect(status.json["storage"]?["state"] == "unavailable")
    #expect(status.json["storage"]?["fault"] == "storage unavailable: disk full")
    let metrics = await send("/metrics", as: "op")
    #expect(
      String(decoding: metrics.body, as: UTF8.self)
        .contains("podero_gateway_storage_writable 0\n"))
    storage.fail(with: nil)
    gateway.clock.advance(by: .seconds(2))
    await gateway.clock.waitForSleepers()
    #expect(state.readiness.details["storage"] == "ok")
    watching.cancel()
    await watching.value
    for message in ["the storage takes no writes", "the storage takes writes again"] {
      #expect(gateway.log.text.ranges(of: message).count == 1)
    }
  }

  @Test func `while draining it is not ready`() {
    #expect(state.readiness.isReady)
    #expect(state.readiness.details["upstream"] == "ok")
    state.isDraining.withLock { $0 = true }
    #expect(!state.readiness.isReady)
  }
}
