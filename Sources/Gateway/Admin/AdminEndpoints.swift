import GatewayCore
import HeatPumpService

/// What the admin listener answers to: metrics, status, and the switches of an operator.
enum AdminEndpoints {
  static func table(_ gateway: GatewayState) -> [Endpoint] {
    let explaining = ExplainEndpoint(clock: gateway.clock)
    return [
      Endpoint(
        id: "getHealth", method: .get, template: "/healthz", access: .open,
        summary: "Whether the process answers.",
        answers: [.init(200, "It does.", .reference("Health"))]
      ) { call throws(GatewayFault) in SystemEndpoints.health(call) },
      Endpoint(
        id: "getMetrics", method: .get, template: "/metrics", access: .admin(.metrics),
        summary: "Metrics for Prometheus.",
        answers: [.init(200, "The metrics.", ["type": "string"], type: "text/plain")],
        problems: EndpointProblems.operators
      ) { _ throws(GatewayFault) in
        .respond(
          HTTPResponse(
            status: 200,
            headers: [
              .init("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),
              .init("Cache-Control", "no-store"),
            ], body: Array(MetricsPage.text(gateway).utf8)))
      },
      Endpoint(
        id: "getStatus", method: .get, template: "/admin/status", access: .admin(.operator),
        summary: "The gateway's state.",
        answers: [.init(200, "The state.", .reference("GatewayStatus"))],
        problems: EndpointProblems.operators
      ) { _ throws(GatewayFault) in
        .respond(OperatorAnswer.json(StatusPage.json(gateway)))
      },
      change(
        "setWriteMode", "/admin/organisations/{organisation}/write-mode",
        "Set how updates go upstream: sparse or merge.", asks: "WriteModeChange",
        answers: "OrganisationWriteMode"
      ) { call throws(GatewayFault) in try setWriteMode(call) },
      change(
        "explainAccess", "/admin/explain",
        "Which rule lets an app read or write a heat pump, or does not.", asks: "AccessQuestion",
        answers: "Access"
      ) { call throws(GatewayFault) in try explaining.answer(call) },
      Endpoint(
        id: "reload", method: .post, template: "/admin/reload", access: .admin(.operator),
        summary: "Read the configuration anew, and say what has changed.",
        answers: [.init(200, "What has changed.", .reference("Reloaded"))],
        problems: EndpointProblems.operators.union([.configurationRefused, .upstreamTimeout])
      ) { call throws(GatewayFault) in try ReloadEndpoint.answer(call, gateway) },
    ] + OperatorRoutes.table(gateway) + ConsolePages.table + [HomePage.endpoint(gateway)]
      + LoginEndpoints.table + RouteTable.descriptions
  }

  private static func setWriteMode(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let body = try JSONBody.read(call.request, types: ["application/json"])
    guard let members = body.object, members.count == 1,
      let mode = members["write_mode"]?.string.flatMap(WriteMode.init(rawValue:))
    else {
      throw GatewayFault(
        .malformedRequest, "The body must be {\"write_mode\": \"sparse\"} or \"merge\".")
    }
    organisation.writeMode = mode
    return .respond(
      OperatorAnswer.json([
        "organisation": .string(organisation.settings.name),
        "write_mode": .string(mode.rawValue),
      ]))
  }

  // What takes a small document and answers with another.
  private static func change(
    _ id: String, _ template: String, _ summary: String, asks: String, answers: String,
    _ handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: .post, template: template, access: .admin(.operator), summary: summary,
      body: .init(
        contentTypes: ["application/json"], schema: .reference(asks), isRequired: true),
      answers: [.init(200, "Done.", .reference(answers))],
      problems: EndpointProblems.operators.union([
        .notFound, .malformedJSON, .unsupportedMediaType,
      ]), handle: handle)
  }
}
