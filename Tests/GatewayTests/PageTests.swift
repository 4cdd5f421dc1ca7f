import Crypto
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

  @Test func `the page for people has all of the document, and loads nothing`() async throws {
    let page = await gateway.get("/docs", as: nil)
    let text = String(decoding: page.body, as: UTF8.self)
    let operations = RouteTable.endpoints.flatMap { endpoint in
      ["id=\"\(endpoint.id)\"", "<code>\(HTML.escaped(endpoint.template))</code>"]
        + endpoint.query.map { "<code>\($0.name)</code>" }
    }
    let fields = FieldTable.fields.map { "<code>\($0.pointer)</code>" }
    let document = await gateway.get("/openapi.json", as: nil).json
    let schemas = document.at(pointer: "/components/schemas")?.object?.keys ?? []
    let wanted = operations + fields + schemas.map { "id=\"schema-\($0)\"" }
    #expect(wanted.count > 200 && wanted.filter { !text.contains($0) } == [])
    for word in ["http://", "https://", "<script", "src=", "@import", "url(", " style=", " on"] {
      #expect(!tags(text).contains { $0.contains(word) }, "\(word)")
    }
    #expect(page["X-Content-Type-Options"] == "nosniff")
  }

  @Test func `every link of the page leads somewhere, and no name is there twice`() async {
    let text = String(decoding: await gateway.get("/docs", as: nil).body, as: UTF8.self)
    let ids = text.matches(of: #/ id="([^"]+)"/#).map { String($0.1) }
    #expect(ids.count > 80 && Set(ids).count == ids.count)
    let targets = Set(text.matches(of: #/ href="([^"]+)"/#).map { String($0.1) })
    let local = targets.filter { $0.hasPrefix("#") }.map { String($0.dropFirst()) }
    #expect(Set(local).subtracting(ids) == [])
    for target in targets where !target.hasPrefix("#") {
      #expect(await gateway.get(target, as: nil).status == 200, "\(target)")
    }
  }

  @Test func `the style is the one that the policy lets through`() async throws {
    let page = await gateway.get("/docs", as: nil)
    let text = String(decoding: page.body, as: UTF8.self)
    let style = try #require(text.firstMatch(of: /<style>([^<]*)<\/style>/)).1
    let digest = Base64.text(Array(SHA256.hash(data: Array(style.utf8))))
    let policy = try #require(page["Content-Security-Policy"])
    #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-\(digest)'; "))
    #expect(!policy.contains("unsafe"))
  }

  @Test(arguments: ["/docs", "/openapi.json"])
  func `a page that the reader has is not sent again`(path: String) async throws {
    let page = await gateway.get(path, as: nil)
    let tag = try #require(page["ETag"])
    let again = await gateway.get(path, as: nil, headers: [("If-None-Match", tag)])
    #expect(again.status == 304 && again.body == [] && again["ETag"] == tag)
    let other = await gateway.get(path, as: nil, headers: [("If-None-Match", "\"x\"")])
    #expect(other.status == 200 && other.body == page.body)
  }

  @Test func `words between backticks are code, and everything is text`() {
    #expect(HTML.inline("a `b<c` & d") == "a <code>b&lt;c</code> &amp; d")
    #expect(HTML.inline("one ` alone") == "one ` alone")
    let linked = HTML.inline("(`x`)") { "/problems/\($0)" }
    #expect(linked == "(<a href=\"/problems/x\"><code>x</code></a>)")
  }

  @Test func `a schema is told in words`() {
    let name = #""'<x>"#
    #expect(
      SchemaText.type(["type": ["string", "null"], "format": "date-time"]) == "time or null")
    #expect(
      SchemaText.type(["type": "integer", "minimum": 1, "maximum": 500])
        == "whole number, at least 1, at most 500")
    #expect(
      SchemaText.type(["type": "array", "items": .reference("Job")])
        == "list of <a href=\"#schema-Job\">Job</a>")
    #expect(SchemaText.type(["const": .string(name)]) == "<code>&quot;&#39;&lt;x&gt;</code>")
    #expect(SchemaText.type([:]) == "any value")
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

  private func tags(_ text: String) -> [Substring] {
    text.matches(of: /<[a-z][^>]*>/).map(\.0)
  }
}
