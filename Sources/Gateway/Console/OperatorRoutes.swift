import GatewayCore

/// What operators see and do beside status and metrics: for the console, and for whoever has an
/// operator's key. Reading changes nothing; whatever changes something is a POST.
enum OperatorRoutes {
  private static let organisation = "/admin/organisations/{name}"
  private static let heatPump = organisation + "/heat-pumps/{ref}"

  static func table(_ gateway: GatewayState) -> [Endpoint] {
    [
      get("getSession", "/admin/session", "Who is logged in.") {
        call throws(GatewayFault) in SessionEndpoint.answer(call)
      },
      get(
        "watchGateway", "/admin/stream", "What changes, as it changes: Server-Sent Events.",
        type: "text/event-stream"
      ) { call throws(GatewayFault) in
        try OperatorStream.open(call, gateway.operators)
      },
      post(
        "tryPatch", "/admin/dry-run", "What a patch would send upstream; nothing is sent.",
        handle: DryRunEndpoint.answer),
      get(
        "readAudit", "/admin/audit", "The audit trail, the newest first.",
        [text("heat_pump"), text("since"), .limit, number("cursor")]
      ) {
        call throws(GatewayFault) in try AuditEndpoint.list(call, gateway.storage)
      },
    ] + heatPumps + incoming + outgoing(gateway) + jobs
  }

  private static let heatPumps = [
    get(
      "browseHeatPumps", organisation + "/heat-pumps", "Heat pumps, as memory has them.",
      [text("search"), text("freshness"), .limit, .cursor], handle: FleetEndpoints.list),
    get(
      "inspectHeatPump", heatPump, "One heat pump, without personal data.",
      handle: FleetEndpoints.get),
    get(
      "browseOperations", heatPump + "/operations", "Its operations, the newest first.",
      [.limit, number("cursor")], handle: FleetEndpoints.operations),
    get(
      "readHistory", heatPump + "/history", "What it measured lately.",
      handle: FleetEndpoints.history),
  ]

  private static let incoming = [
    get(
      "browseHookEvents", organisation + "/hook-events", "Events in, the newest first.",
      [text("hook"), text("state"), .limit, number("cursor")], handle: IncomingEndpoints.list),
    get(
      "inspectHookEvent", organisation + "/hook-events/{event_id}",
      "One event in, with what was kept of its body.", handle: IncomingEndpoints.get),
    post(
      "replayHookEventForOperator", organisation + "/hook-events/{event_id}/replay",
      "Judge an event again.", handle: IncomingEndpoints.replay),
  ]

  private static func outgoing(_ gateway: GatewayState) -> [Endpoint] {
    [
      get(
        "browseEvents", organisation + "/events", "Events out, the newest first.",
        [text("type"), .limit, number("cursor")]
      ) {
        call throws(GatewayFault) in try OutgoingEndpoints.events(call, gateway.storage)
      },
      get(
        "browseSubscriptions", organisation + "/subscriptions", "The apps' subscriptions.",
        [.limit, .cursor], handle: OutgoingEndpoints.subscriptions),
      get(
        "browseDeliveries", organisation + "/deliveries", "Deliveries, the newest events first.",
        [text("subscription"), text("state"), .limit, .cursor],
        handle: OutgoingEndpoints.deliveries),
      post(
        "replayDeliveryForOperator", organisation + "/deliveries/{delivery_id}/replay",
        "Deliver an event again.", handle: OutgoingEndpoints.replay),
    ]
  }

  private static let jobs = [
    get(
      "browseJobs", organisation + "/jobs", "The apps' jobs, the newest first.",
      [.limit, number("cursor")], handle: JobOversight.list),
    get("inspectJob", organisation + "/jobs/{job_id}", "One job.", handle: JobOversight.get),
    get(
      "browseJobResults", organisation + "/jobs/{job_id}/results",
      "What became of its heat pumps.", [.limit, number("cursor")],
      handle: JobOversight.results),
    post(
      "cancelJobForOperator", organisation + "/jobs/{job_id}/cancel",
      "Stop a job; with `revert` say whether what it changed is put back.",
      handle: JobOversight.cancel),
  ]

  private static func text(_ name: String) -> Endpoint.QueryParameter {
    .init(name: name, schema: ["type": "string"], summary: "Narrows the list.")
  }

  private static func number(_ name: String) -> Endpoint.QueryParameter {
    .init(
      name: name, schema: ["type": "string", "pattern": "^[1-9][0-9]*$"],
      summary: "The `next_cursor` of the page before.")
  }

  private static func get(
    _ id: String, _ template: String, _ summary: String,
    _ query: [Endpoint.QueryParameter] = [], type: String = "application/json",
    handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: .get, template: template, access: .admin(.operator), summary: summary,
      query: query, answers: [.init(200, summary, ["type": "object"], type: type)],
      handle: handle)
  }

  private static func post(
    _ id: String, _ template: String, _ summary: String, handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: .post, template: template, access: .admin(.operator), summary: summary,
      answers: [.init(200, summary, ["type": "object"])], handle: handle)
  }
}
