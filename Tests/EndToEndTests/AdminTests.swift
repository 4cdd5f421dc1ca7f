import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: operators see and steer the gateway, others do not; and it describes itself to everybody.
/// Method: each page with each key, on both listeners.
@Suite struct AdminTests {
  @Test func `each role opens its own pages`() async throws {
    try await withStage { stage in
      let rows: [(TestKey?, Int, Int, Int)] = [
        (.operator, 200, 200, 200), (.metrics, 200, 403, 403), (.full, 401, 401, 401),
        (nil, 401, 401, 401),
      ]
      for (key, metrics, status, mode) in rows {
        let client = stage.admin(key)
        #expect(try await client.get("/metrics").status == metrics)
        #expect(try await client.get("/admin/status").status == status)
        let switched = try await client.post(
          "/admin/organisations/acme/write-mode", ["write_mode": "merge"])
        #expect(switched.status == mode)
        #expect(try await client.get("/healthz").status == 200)
      }
      for path in ["/metrics", "/admin/status"] {
        #expect(try await stage.app(.operator).get(path).verdict == "404 not-found")
      }
      #expect(try await stage.operator.get("/v1/heat-pumps").verdict == "404 not-found")
      for body: JSONValue in [["write_mode": "x"], [:], ["write_mode": "merge", "b": 1], []] {
        let refused = try await stage.operator.post("/admin/organisations/acme/write-mode", body)
        #expect(refused.verdict == "400 malformed-request")
      }
      let unknown = try await stage.operator.post(
        "/admin/organisations/other/write-mode", ["write_mode": "merge"])
      #expect(unknown.verdict == "404 not-found")
    }
  }

  @Test func `no web page reaches the operators' pages`() async throws {
    try await withStage { stage in
      func send(_ start: String) async throws -> Int {
        let client = try RawHTTPClient(port: stage.gateway.adminPort, timeout: 60)
        return try await client.exchange(
          "\(start)Authorization: Bearer \(TestKey.operator.key)\r\n\r\n"
        ).status
      }
      let status = "GET /admin/status HTTP/1.1\r\nHost: "
      let foreign = try await send("\(status)evil.example:8081\r\n")
      #expect(foreign == 421)
      #expect(try await send("\(status)localhost\r\n") == 200)
      // The host of the target counts, not what `Host` says (RFC 9112, section 3.2.2).
      let whole = try await send("GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\n")
      #expect(whole == 421)
      let change = "POST /admin/organisations/acme/write-mode HTTP/1.1\r\nHost: 127.0.0.1\r\n"
      let page = try await send("\(change)Origin: https://evil.example\r\nContent-Length: 0\r\n")
      #expect(page == 403)
    }
  }

  @Test func `a browser logs in, looks around and logs out`() async throws {
    try await withStage { stage in
      let client = try RawHTTPClient(port: stage.gateway.adminPort, timeout: 60)
      let start = "Host: localhost\r\nOrigin: http://localhost\r\n"
      func send(_ line: String, _ headers: String, _ body: String = "") async throws
        -> RawHTTPClient.Answer
      {
        let form = "Content-Type: application/x-www-form-urlencoded\r\n"
        let length = "Content-Length: \(body.utf8.count)\r\n"
        return try await client.exchange(
          "\(line) HTTP/1.1\r\n\(start)\(headers)\(form)\(length)\r\n\(body)")
      }
      #expect(try await send("GET /", "").headers["location"] == "/login")
      let entered = try await send("POST /login", "", "key=\(TestKey.operator.key)")
      #expect(entered.status == 303 && entered.headers["location"] == "/console")
      let cookie = try #require(entered.headers["set-cookie"]?.split(separator: ";").first)
      let page = try await send("GET /", "Cookie: \(cookie)\r\n")
      #expect(page.status == 200 && page.body.contains("href=\"/admin/status\""))
      let status = try await send("GET /admin/status", "Cookie: \(cookie)\r\n")
      #expect(status.status == 200)
      let rest = page.body.split(separator: "name=\"csrf_token\" value=\"").last
      let token = try #require(rest).prefix { $0 != "\"" }
      let forged = try await send("POST /logout", "Cookie: \(cookie)\r\n", "csrf_token=x")
      #expect(forged.status == 403)
      let left = try await send("POST /logout", "Cookie: \(cookie)\r\n", "csrf_token=\(token)")
      #expect(left.status == 303)
      let after = try await send("GET /admin/status", "Cookie: \(cookie)\r\n")
      #expect(after.status == 401)
      #expect(!stage.gateway.log.contains { $0.text.contains(TestKey.operator.key) })
      #expect(try await stage.metric("admin_logins_total{outcome=\"accepted\"}") == 1)
    }
  }

  @Test func `metrics and status tell what happened`() async throws {
    try await withStage { stage in
      _ = try await stage.portal.get(stage.path(1))
      _ = try await stage.portal.get(stage.path(1))
      _ = try await stage.portal.patch(stage.path(1), patch("/pause/active", true))
      let organisation = #"organisation="acme""#
      #expect(try await stage.metric("reads_total{\(organisation),outcome=\"hit\"}") == 1)
      #expect(try await stage.metric("reads_total{\(organisation),outcome=\"fetched\"}") == 1)
      #expect(try await stage.metric("writes_total{\(organisation),outcome=\"applied\"}") == 1)
      #expect(try await stage.metric("token_usable{\(organisation)}") == 1)
      #expect(try await stage.metric("storage_writable") == 1)
      // Accepted, marked as sent, and concluded.
      #expect(try await stage.metric("storage_commands_total") ?? 0 >= 3)
      #expect(try await stage.metric("storage_commit_failures_total") == 0)
      #expect(try await stage.metric("storage_database_bytes") ?? 0 > 10_000)
      let page = try await stage.admin(.metrics).get("/metrics")
      #expect(page.headers["content-type"]?.hasPrefix("text/plain") == true)
      #expect(!page.text.contains(PoderoSimulator.heatPumpID(1).description))
      #expect(page.text.contains("/v1/users/{user_id}/heat-pumps/{heat_pump_id}"))
      let status = try await stage.operator.get("/admin/status")
      #expect(status.headers["cache-control"] == "no-store")
      #expect(status.at("/organisations/0/name")?.string == "acme")
      #expect(status.at("/organisations/0/token/usable")?.bool == true)
      #expect(status.at("/organisations/0/token/generation")?.integer == 1)
      #expect(status.at("/organisations/0/upstream/health")?.string == "ok")
      #expect(status.at("/draining")?.bool == false)
      #expect(status.at("/storage/state")?.string == "ok")
      #expect(status.at("/storage/last_fault") == .null)
      #expect(status.at("/storage/operations/queued")?.integer == 0)
    }
  }

  @Test func `the gateway describes itself without a key`() async throws {
    try await withStage { stage in
      let anyone = stage.app(nil)
      #expect(try await anyone.get("/healthz").at("/status")?.string == "ok")
      let ready: JSONValue = ["status": "ready", "upstream": "ok", "storage": "ok"]
      #expect(try await anyone.get("/readyz").json == ready)
      let openAPI = try await anyone.get("/openapi.json")
      #expect(openAPI.at("/openapi")?.string?.hasPrefix("3.1") == true)
      let paths = openAPI.at("/paths")?.object?.keys ?? []
      #expect(paths.contains("/v1/heat-pumps/{ref}/commands/{name}"))
      let docs = try await anyone.get("/docs")
      #expect(docs.headers["content-type"] == "text/html; charset=utf-8")
      #expect(docs.headers["content-security-policy"]?.contains("default-src 'none'") == true)
      #expect(docs.text.contains("</html>"))
    }
  }

  @Test func `every problem has its page, as JSON and for people`() async throws {
    try await withStage { stage in
      let anyone = stage.app(nil)
      let problems = try #require(try await anyone.get("/problems").at("/items")?.array)
      #expect(problems.count > 30)
      for problem in problems {
        let path = try #require(problem["type"]?.string)
        let json = try await anyone.get(path, ["Accept": "application/json"])
        #expect(json.json == problem)
        let page = try await anyone.get(path, ["Accept": "text/html,*/*;q=0.8"])
        #expect(page.headers["content-type"] == "text/html; charset=utf-8")
        #expect(page.text.contains(path.split(separator: "/").last ?? "?"))
      }
      #expect(try await anyone.get("/problems/nothing").verdict == "404 not-found")
    }
  }
}
