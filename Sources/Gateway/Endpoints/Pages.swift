import GatewayCore

/// What never changes while the gateway runs, made once: anybody may ask for it, so it must cost
/// next to nothing.
final class Pages: Sendable {
  /// `/openapi.json`
  let openAPI: TaggedPage
  /// `/docs`
  let docs: TaggedPage

  init(_ endpoints: [Endpoint], for audience: OpenAPIAudience) {
    let document = OpenAPIDocument.make(endpoints, for: audience, version: gatewayVersion)
    openAPI = TaggedPage(
      HTTPResponse(
        status: 200,
        headers: [
          .init("Content-Type", "application/json"), .init("Cache-Control", "max-age=300"),
        ],
        body: document.encoded))
    docs = TaggedPage(Pages.html(ReferencePage(document: document).html))
  }

  /// All problems, as JSON and as a page.
  static let problems = negotiated(
    json: ["items": .array(ProblemCatalogue.entries.map(description)), "next_cursor": nil],
    html: DocsPage.problems())

  /// Each problem, as JSON and as a page.
  static let problem = Dictionary(
    uniqueKeysWithValues: ProblemCatalogue.entries.map { entry in
      (entry.type, negotiated(json: description(entry), html: DocsPage.problem(entry)))
    })

  private static func description(_ entry: ProblemEntry) -> JSONValue {
    [
      "type": .string("/problems/\(entry.type.rawValue)"), "title": .string(entry.title),
      "status": .number(ExactDecimal(entry.status)),
      "resolution": .string(entry.resolution.rawValue),
      "description": .string(entry.explanation),
    ]
  }

  // In the order of the endpoints' offers.
  private static func negotiated(json: JSONValue, html: String) -> [SharedResponse] {
    var page = self.html(html)
    page.headers.append(.init("Vary", "Accept"))
    return [
      SharedResponse(
        .json(json, headers: [.init("Cache-Control", "max-age=300"), .init("Vary", "Accept")])),
      SharedResponse(page),
    ]
  }

  private static func html(_ html: String) -> HTTPResponse {
    HTTPResponse(
      status: 200,
      headers: [
        .init("Content-Type", "text/html; charset=utf-8"),
        .init("Content-Security-Policy", PageStyle.contentSecurityPolicy),
        .init("Referrer-Policy", "no-referrer"), .init("X-Content-Type-Options", "nosniff"),
        .init("Cache-Control", "max-age=300"),
      ], body: Array(html.utf8))
  }
}
