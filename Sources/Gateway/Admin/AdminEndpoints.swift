import GatewayCore
import HeatPumpService

/// What the admin listener answers to: metrics, status, and the switches of an operator.
enum AdminEndpoints {
  static func table(_ gateway: GatewayState) -> [Endpoint] {
    let explaining = ExplainEndpoint(clock: gateway.clock)
    return [
      endpoint("getHealth", .get, "/healthz", .open, "Whether the process answers.") {
        call throws(GatewayFault) in SystemEndpoints.health(call)
      },
      endpoint(
        "getMetrics", .get, "/metrics", .admin(.metrics), "Metrics for Prometheus.", "text/plain"
      ) { _ throws(GatewayFault) in
        .respond(
          HTTPResponse(
            status: 200,
            headers: [
              .init("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),
              .init("Cache-Control", "no-store"),
            ], body: Array(MetricsPage.text(gateway).utf8)))
      },
      endpoint(
        "getStatus", .get, "/admin/status", .admin(.operator), "The gateway's state."
      ) { _ throws(GatewayFault) in
        .respond(
          .json(StatusPage.json(gateway), headers: [.init("Cache-Control", "no-store")]))
      },
      endpoint(
        "setWriteMode", .post, "/admin/organisations/{name}/write-mode", .admin(.operator),
        "Set how updates go upstream: sparse or merge."
      ) { call throws(GatewayFault) in try setWriteMode(call, gateway) },
      endpoint(
        "explainAccess", .post, "/admin/explain", .admin(.operator),
        "Which rule lets an app read or write a heat pump, or does not."
      ) { call throws(GatewayFault) in try explaining.answer(call) },
      endpoint(
        "reload", .post, "/admin/reload", .admin(.operator),
        "Read the configuration anew, and say what has changed."
      ) { call throws(GatewayFault) in try ReloadEndpoint.answer(call, gateway) },
    ] + OperatorRoutes.table(gateway) + ConsolePages.table + [HomePage.endpoint(gateway)]
      + LoginEndpoints.table + RouteTable.problems
  }

  private static func setWriteMode(
    _ call: Call, _ gateway: GatewayState
  ) throws(GatewayFault) -> Disposition {
    let name = try call.text(2)
    guard
      let organisation = gateway.organisations.first(where: { $0.service.settings.name == name })
    else { throw GatewayFault(.notFound, "There is no organisation of that name.") }
    let body = try JSONBody.read(call.request, types: ["application/json"])
    guard let members = body.object, members.count == 1,
      let mode = members["write_mode"]?.string.flatMap(WriteMode.init(rawValue:))
    else {
      throw GatewayFault(
        .malformedRequest, "The body must be {\"write_mode\": \"sparse\"} or \"merge\".")
    }
    organisation.service.writeMode = mode
    return .respond(.json(["organisation": .string(name), "write_mode": .string(mode.rawValue)]))
  }

  private static func endpoint(
    _ id: String, _ method: HTTPMethod, _ template: String, _ access: Endpoint.Access,
    _ summary: String, _ type: String = "application/json", _ handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: method, template: template, access: access, summary: summary,
      answers: [.init(200, summary, ["type": "object"], type: type)], handle: handle)
  }
}
