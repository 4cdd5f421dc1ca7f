import GatewayCore

/// The gateway about itself: health, problems, its own description.
enum SystemEndpoints {
  /// `GET /healthz`: the process answers.
  static func health(_ call: Call) -> Disposition {
    .respond(.json(["status": "ok"], headers: [.init("Cache-Control", "no-store")]))
  }

  /// `GET /readyz`: requests should be sent here.
  static func readiness(_ call: Call) -> Disposition {
    let readiness = call.services.readiness()
    var body = JSONObject()
    body["status"] = readiness.isReady ? "ready" : "not_ready"
    for (name, value) in readiness.details.members { body[name] = value }
    return .respond(
      .json(
        .object(body), status: readiness.isReady ? 200 : 503,
        headers: [.init("Cache-Control", "no-store")]))
  }

  /// `GET /openapi.json`
  static func openAPI(_ call: Call) -> Disposition {
    .respond(
      HTTPResponse(
        status: 200,
        headers: [
          .init("Content-Type", "application/json"), .init("Cache-Control", "max-age=300"),
        ], body: call.services.openAPI))
  }

  /// `GET /docs`: the same, for people.
  static func docs(_ call: Call) -> Disposition {
    page(DocsPage.html(call.services.endpoints))
  }

  /// `GET /problems`
  static func problems(_ call: Call) -> Disposition {
    if Negotiation.prefersHTML(call.request) { return page(DocsPage.problems()) }
    return .respond(
      .json(["items": .array(ProblemCatalogue.entries.map(description)), "next_cursor": nil]))
  }

  /// `GET /problems/{name}`
  static func problem(_ call: Call) throws(GatewayFault) -> Disposition {
    guard let type = ProblemType(rawValue: try call.text(1)) else {
      throw GatewayFault(.notFound, "There is no problem of that name.")
    }
    let entry = ProblemCatalogue.entry(type)
    if Negotiation.prefersHTML(call.request) { return page(DocsPage.problem(entry)) }
    return .respond(.json(description(entry), headers: [.init("Cache-Control", "max-age=86400")]))
  }

  private static func description(_ entry: ProblemEntry) -> JSONValue {
    [
      "type": .string("/problems/\(entry.type.rawValue)"), "title": .string(entry.title),
      "status": .number(ExactDecimal(entry.status)),
      "resolution": .string(entry.resolution.rawValue),
      "description": .string(entry.explanation),
    ]
  }

  private static func page(_ html: String) -> Disposition {
    .respond(
      HTTPResponse(
        status: 200,
        headers: [
          .init("Content-Type", "text/html; charset=utf-8"),
          .init(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
              + "frame-ancestors 'none'"),
          .init("X-Content-Type-Options", "nosniff"), .init("Cache-Control", "max-age=300"),
        ], body: Array(html.utf8)))
  }
}
