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
    call.services.pages.openAPI.answer(call.request)
  }

  /// `GET /docs`: the same, for people.
  static func docs(_ call: Call) -> Disposition {
    call.services.pages.docs.answer(call.request)
  }

  /// `GET /problems`
  static func problems(_ call: Call) -> Disposition {
    .share(Pages.problems[form(call)])
  }

  /// `GET /problems/{name}`
  static func problem(_ call: Call) throws(GatewayFault) -> Disposition {
    guard let forms = ProblemType(rawValue: try call.text(1)).flatMap({ Pages.problem[$0] }) else {
      throw GatewayFault(.notFound, "There is no problem of that name.")
    }
    return .share(forms[form(call)])
  }

  private static func form(_ call: Call) -> Int {
    Negotiation.preferred(call.request, call.services.endpoints[call.row].offers) ?? 0
  }
}
