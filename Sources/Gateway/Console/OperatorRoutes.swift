import GatewayCore
import HeatPumps
import Storage

/// What operators see and do beside status and metrics: for the console, and for whoever has an
/// operator's key. Reading changes nothing; whatever changes something is a POST.
enum OperatorRoutes {
  private static let organisation = "/admin/organisations/{organisation}"
  private static let heatPump = organisation + "/heat-pumps/{ref}"

  static func table(_ gateway: GatewayState) -> [Endpoint] {
    [
      get("getSession", "/admin/session", "Who is logged in.", "Session") {
        call throws(GatewayFault) in SessionEndpoint.answer(call)
      },
      Endpoint(
        id: "watchGateway", method: .get, template: "/admin/stream", access: .admin(.operator),
        summary: "What changes, as it changes: Server-Sent Events.",
        answers: [.init(200, "The stream.", [.init(type: "text/event-stream", schema: [:])])],
        problems: EndpointProblems.operators.union([.tooManyStreams])
      ) { call throws(GatewayFault) in try OperatorStream.open(call, gateway.operators) },
      Endpoint(
        id: "tryPatch", method: .post, template: "/admin/dry-run", access: .admin(.operator),
        summary: "What a patch would send upstream; nothing is sent.",
        body: .init(
          contentTypes: ["application/json"], schema: .reference("PatchTrial"), isRequired: true),
        answers: [.init(200, "What would be sent.", .reference("PatchTrialResult"))],
        problems: EndpointProblems.operators.union(EndpointProblems.upstream).union([
          .malformedJSON, .unsupportedMediaType, .invalidPatch, .guardRail,
        ]), handle: DryRunEndpoint.answer),
      get(
        "readAudit", "/admin/audit", "The audit trail, the newest first.", "AuditRecordList",
        [
          .init(
            name: "heat_pump", schema: .printableText,
            summary: "Only what was done to this heat pump: alias or id."),
          .init(
            name: "since", schema: ["type": "string", "format": "date-time"],
            summary: "Only what was done then or later."),
          .limit, .numericCursor,
        ]
      ) {
        call throws(GatewayFault) in try AuditEndpoint.list(call, gateway.storage)
      },
    ] + heatPumps + incoming + outgoing(gateway) + jobs
  }

  private static let heatPumps = [
    get(
      "browseHeatPumps", organisation + "/heat-pumps", "Heat pumps, as memory has them.",
      "FleetPage",
      [
        .init(
          name: "search", schema: .printableText,
          summary: "Only those with this in alias, id or owner's id."),
        word("freshness", FreshnessState.allCases.map(\.rawValue)), .limit, .cursor,
      ], handle: FleetEndpoints.list),
    get(
      "inspectHeatPump", heatPump, "One heat pump, without personal data.", "InspectedHeatPump",
      problems: EndpointProblems.upstream, handle: FleetEndpoints.get),
    get(
      "browseOperations", heatPump + "/operations", "Its operations, the newest first.",
      "OperationList", [.limit, .numericCursor], handle: FleetEndpoints.operations),
    get(
      "readHistory", heatPump + "/history", "What it measured lately.", "ReadingHistory",
      handle: FleetEndpoints.history),
  ]

  private static let incoming = [
    get(
      "browseHookEvents", organisation + "/hook-events", "Events in, the newest first.",
      "HookEventList",
      [
        EventFilters.hook, EventFilters.state, .limit, .numericCursor,
      ], handle: IncomingEndpoints.list),
    get(
      "inspectHookEvent", organisation + "/hook-events/{event_id}",
      "One event in, with what was kept of its body.", "InspectedHookEvent",
      handle: IncomingEndpoints.get),
    Endpoint(
      id: "replayHookEventForOperator", method: .post,
      template: organisation + "/hook-events/{event_id}/replay", access: .admin(.operator),
      summary: "Judge an event again.",
      answers: [.init(202, "The event, with its new operation.", .reference("HookEvent"))],
      problems: EndpointProblems.operatorsLook.union([.eventNotReplayable]),
      handle: IncomingEndpoints.replay),
  ]

  private static func outgoing(_ gateway: GatewayState) -> [Endpoint] {
    [
      get(
        "browseEvents", organisation + "/events", "Events out, the newest first.",
        "LoggedEventList",
        [
          .init(name: "type", schema: .printableText, summary: "Only events of this type."),
          .limit, .numericCursor,
        ]
      ) {
        call throws(GatewayFault) in try OutgoingEndpoints.events(call, gateway.storage)
      },
      get(
        "browseSubscriptions", organisation + "/subscriptions", "The apps' subscriptions.",
        "OwnedSubscriptionList", [.limit, .cursor], handle: OutgoingEndpoints.subscriptions),
      get(
        "browseDeliveries", organisation + "/deliveries", "Deliveries, the newest events first.",
        "DeliveryList",
        DeliveryEndpoints.parameters + [.limit, .cursor], handle: OutgoingEndpoints.deliveries),
      Endpoint(
        id: "replayDeliveryForOperator", method: .post,
        template: organisation + "/deliveries/{delivery_id}/replay", access: .admin(.operator),
        summary: "Deliver an event again.",
        answers: [.init(202, "The delivery, queued again.", .reference("Delivery"))],
        problems: EndpointProblems.operatorsLook, handle: OutgoingEndpoints.replay),
    ]
  }

  private static let jobs = [
    get(
      "browseJobs", organisation + "/jobs", "The apps' jobs, the newest first.", "JobList",
      [.limit, .numericCursor], handle: JobOversight.list),
    get("inspectJob", organisation + "/jobs/{job_id}", "One job.", "Job", handle: JobOversight.get),
    get(
      "browseJobResults", organisation + "/jobs/{job_id}/results",
      "What became of its heat pumps.", "JobResultList", [.resultLimit, .numericCursor],
      handle: JobOversight.results),
    Endpoint(
      id: "cancelJobForOperator", method: .post,
      template: organisation + "/jobs/{job_id}/cancel", access: .admin(.operator),
      summary: "Stop a job; with `revert` say whether what it changed is put back.",
      body: RouteTable.cancellation, answers: RouteTable.cancelled,
      problems: EndpointProblems.operatorsLook.union(EndpointProblems.jobCancellation),
      handle: JobOversight.cancel),
  ]

  private static func word(_ name: String, _ words: [String]) -> Endpoint.QueryParameter {
    .init(
      name: name, schema: OpenAPIDocument.word(words),
      summary: "Only those of which this is true.")
  }

  private static func get(
    _ id: String, _ template: String, _ summary: String, _ schema: String,
    _ query: [Endpoint.QueryParameter] = [], problems: Set<ProblemType> = [],
    handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: .get, template: template, access: .admin(.operator), summary: summary,
      query: query, answers: [.init(200, summary, .reference(schema))],
      problems: EndpointProblems.operatorsLook.union(problems), handle: handle)
  }
}

extension EndpointProblems {
  /// Those of every request of an operator.
  static let operators: Set<ProblemType> = [.unauthenticated, .forbidden]

  /// Those of what an operator looks at.
  static let operatorsLook = operators.union([.notFound, .storageUnavailable, .upstreamTimeout])
}
