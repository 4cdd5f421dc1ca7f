import GatewayCore
import HeatPumps
import Testing

@testable import Gateway

/// Goal: the gateway explains itself to people and machines, without a key and without help.
/// Method: its pages, fetched through the handler.
@Suite struct PageTests {
  private let gateway = GatewayFixture()

  @Test func `every problem is explained under its name`() async {
    for entry in ProblemCatalogue.entries {
      let path = "/problems/\(entry.type.rawValue)"
      let json = await gateway.get(path, as: nil)
      #expect(json.json["type"]?.string == path)
      #expect(json.json["status"]?.integer == entry.status)
      let page = await gateway.get(path, as: nil, headers: [("Accept", "text/html")])
      #expect(page["Content-Type"] == "text/html; charset=utf-8")
      #expect(String(decoding: page.body, as: UTF8.self).contains(DocsPage.escaped(entry.title)))
      #expect(json["Vary"] == "Accept" && page["Vary"] == "Accept")
    }
    #expect(await gateway.get("/problems/none", as: nil).problem == "not-found")
    let list = await gateway.get("/problems", as: nil)
    #expect(list.json["items"]?.array?.count == ProblemType.allCases.count)
  }

  @Test func `the page for people has all operations and fields, and loads nothing`() async {
    let page = await gateway.get("/docs", as: nil)
    let text = String(decoding: page.body, as: UTF8.self)
    for endpoint in RouteTable.endpoints {
      #expect(text.contains(DocsPage.escaped("\(endpoint.method.rawValue) \(endpoint.template)")))
    }
    for field in FieldTable.fields { #expect(text.contains("<code>\(field.pointer)</code>")) }
    for word in ["http://", "https://", "<script", "src=", "@import", "url("] {
      #expect(!text.contains(word), "\(word)")
    }
    #expect(page["Content-Security-Policy"]?.hasPrefix("default-src 'none'") == true)
    #expect(page["X-Content-Type-Options"] == "nosniff")
  }

  @Test func `health and readiness need no key, and name no organisation`() async {
    #expect(await gateway.get("/healthz", as: nil).json == ["status": "ok"])
    let ready = await gateway.get("/readyz?t=1", as: nil)
    #expect(ready.status == 200 && ready.json["status"] == "ready")
    #expect(ready["Cache-Control"] == "no-store")
    let draining = await GatewayFixture(isReady: false).get("/readyz", as: nil)
    #expect(draining.status == 503 && draining.json["status"] == "not_ready")
  }

  @Test func `a page is made once and shared`() {
    func shared(_ path: String) -> SharedResponse? {
      guard case .share(let shared) = gateway.handler.handle(request([], target: path)) else {
        return nil
      }
      return shared
    }
    for path in ["/docs", "/openapi.json", "/problems", "/problems/not-found"] {
      #expect(shared(path) != nil && shared(path) === shared(path), "\(path)")
    }
  }

  @Test func `the metrics of the public listener are counted by template`() async {
    _ = await gateway.get(smithPath)
    _ = await gateway.get(smithPath, headers: [("X-Request-Id", "x")])
    _ = await gateway.get("/secret-path-\(smithPump)")
    _ = await gateway.get(smithPath, as: nil)
    let counts = gateway.services.metrics.counts.map {
      "\($0.method) \($0.template) \($0.status) \($0.count)"
    }
    let template = "/v1/users/{user_id}/heat-pumps/{heat_pump_id}"
    #expect(
      counts == ["GET \(template) 200 2", "GET \(template) 401 1", "other unmatched 404 1"])
  }
}
