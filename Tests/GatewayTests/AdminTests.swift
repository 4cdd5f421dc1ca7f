import GatewayCore
import HeatPumpService
import Storage
import TestSupport
import Testing

@testable import Gateway

/// Goal: operators see and steer the gateway with their own keys, and nobody else does.
/// Method: the operators' listener in front of the public one's parts.
@Suite struct AdminTests {
  private let admin = AdminFixture()
  private let op = AdminFixture.operatorKey
  private let collector = AdminFixture.metricsKey

  private func send(
    _ method: HTTPMethod = .get, _ target: String, as key: String?,
    headers: [(String, String)] = [], body: String = ""
  ) async -> HTTPResponse {
    await admin.send(
      method, target, (key.map { [("X-API-Key", $0)] } ?? []) + headers, body: body)
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
    #expect(await admin.gateway.get(smithPath, as: op).problem == "unauthenticated")
    #expect(admin.gateway.service.writeMode == .sparse)
  }

  private func send(_ target: String, as key: String?) async -> HTTPResponse {
    await send(.get, target, as: key)
  }

  @Test func `who collects metrics may do just that`() async {
    #expect(await send("/metrics", as: collector).status == 200)
    #expect(await send("/admin/status", as: collector).problem == "forbidden")
    let write = await send(
      .post, "/admin/organisations/acme/write-mode", as: collector, headers: [plainJSON],
      body: #"{"write_mode":"merge"}"#)
    #expect(write.problem == "forbidden")
    #expect(await send("/metrics", as: op).status == 200)
  }

  @Test(arguments: [
    "text/plain", "*/*",
    "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4",
  ])
  func `metrics are plain text, as collectors ask for it`(accept: String) async {
    let answer = await send(.get, "/metrics", as: op, headers: [("Accept", accept)])
    #expect(answer.status == 200)
    #expect(answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
  }

  @Test func `metrics tell of requests, reads and the upstream, with closed labels`() async {
    _ = await admin.gateway.get(smithPath)
    _ = await admin.gateway.get(smithPath)
    _ = await admin.gateway.get("/v1/heat-pumps/evil%22path")
    let answer = await send("/metrics", as: op)
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

  @Test func `each metric has the labels of its row, and no others`() async throws {
    _ = await admin.gateway.get(smithPath)
    let text = String(decoding: await send("/metrics", as: op).body, as: UTF8.self)
    let samples = text.matches(of: /(?m)^podero_gateway_([a-z_]+)(?:\{(.*)\})? [0-9.e+-]+$/)
    #expect(samples.count > 60)
    for sample in samples {
      let name = String(sample.1)
      let series = name.replacing(/_(bucket|sum|count)$/, with: "")
      let metric = try #require(MetricCatalogue[name] ?? MetricCatalogue[series], "\(name)")
      let labels = (sample.2 ?? "").matches(of: /([a-z]+)="/).map { String($0.1) }
      #expect(labels.filter { $0 != "le" } == metric.labels, "\(name)")
    }
  }

  @Test func `the status shows the organisation and no secret`() async {
    _ = await admin.gateway.get(smithPath)
    let answer = await send("/admin/status", as: op)
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
      .post, path, as: op, headers: [plainJSON], body: #"{"write_mode":"merge"}"#)
    #expect(answer.json == ["organisation": "acme", "write_mode": "merge"])
    #expect(admin.gateway.service.writeMode == .merge)
    #expect(admin.gateway.log.text.contains("write mode set"))
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
    let answer = await send(.post, path, as: op, headers: [plainJSON], body: body)
    #expect(answer.problem == problem)
    #expect(admin.gateway.service.writeMode == .sparse)
  }

  @Test func `problems are explained here, too, and apps' paths are not served`() async {
    #expect(await send("/problems/forbidden", as: nil).status == 200)
    #expect(await send("/healthz", as: nil).status == 200)
    for path in [smithPath, "/readyz"] {
      #expect(await send(path, as: op).problem == "not-found")
    }
    let other = await send(.delete, "/metrics", as: op)
    #expect(other.problem == "method-not-allowed" && other["Allow"] == "GET, HEAD")
  }

  @Test func `a storage that fails is told of, and its return, without a restart`() async {
    let watching = Task { await admin.state.storageWatch.run() }
    await admin.gateway.clock.waitForSleepers()
    #expect(admin.state.readiness.details["storage"] == "ok")
    admin.storage.fail(with: .unavailable("disk full"))
    for _ in 0..<3 {
      admin.gateway.clock.advance(by: .seconds(10))
      await admin.gateway.clock.waitForSleepers()
    }
    // Reads go on, so it is no reason to send requests elsewhere.
    #expect(admin.state.readiness.isReady)
    #expect(admin.state.readiness.details["storage"] == "unavailable")
    let status = await send("/admin/status", as: op)
    #expect(status.json["storage"]?["state"] == "unavailable")
    #expect(status.json["storage"]?["fault"] == "storage unavailable: disk full")
    let metrics = await send("/metrics", as: op)
    #expect(
      String(decoding: metrics.body, as: UTF8.self)
        .contains("podero_gateway_storage_writable 0\n"))
    admin.storage.fail(with: nil)
    admin.gateway.clock.advance(by: .seconds(2))
    await admin.gateway.clock.waitForSleepers()
    #expect(admin.state.readiness.details["storage"] == "ok")
    watching.cancel()
    await watching.value
    for message in ["the storage takes no writes", "the storage takes writes again"] {
      #expect(admin.gateway.log.text.ranges(of: message).count == 1)
    }
  }

  @Test func `while draining it is not ready`() {
    #expect(admin.state.readiness.isReady)
    #expect(admin.state.readiness.details["upstream"] == "ok")
    admin.state.isDraining.withLock { $0 = true }
    #expect(!admin.state.readiness.isReady)
  }
}
