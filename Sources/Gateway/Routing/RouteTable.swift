import GatewayCore
import HeatPumps

/// All that the public listener answers to. A new operation is one new row.
enum RouteTable {
  static let endpoints: [Endpoint] =
    lists + reads + documents + writes + operations + hooks + events + subscriptions + jobs
    + system + descriptions

  private static let owned = "/v1/users/{user_id}/heat-pumps/{heat_pump_id}"
  private static let referred = "/v1/heat-pumps/{ref}"

  private static let lists = [
    Endpoint(
      id: "listHeatPumps", method: .get, template: "/v1/heat-pumps",
      access: .app(.heatPumpsRead),
      summary: "All heat pumps that the app may see and that are known.",
      query: [.fields, .view, .limit, .cursor],
      answers: [.init(200, "A page.", .reference("HeatPumpList"))],
      problems: EndpointProblems.app.union([.upstreamTimeout]), conditions: .read,
      handle: ListEndpoints.all),
    Endpoint(
      id: "listHeatPumpsOfUser", method: .get, template: "/v1/users/{user_id}/heat-pumps",
      access: .app(.heatPumpsRead), summary: "The heat pumps of a user.",
      query: [.fields, .view, .limit, .cursor],
      answers: [.init(200, "A page.", .reference("HeatPumpList"))],
      problems: EndpointProblems.read, conditions: .read, handle: ListEndpoints.ofUser),
  ]

  private static let reads = [
    read(
      "getHeatPump", owned, "One heat pump, addressed below its owner.", ReadEndpoints.byOwner),
    read(
      "getHeatPumpByReference", referred, "One heat pump, by its alias or id.",
      ReadEndpoints.byReference),
  ]

  private static let documents = [
    document("getStatistics", owned, .statistics, "Statistics as the upstream gives them.") {
      call throws(GatewayFault) in try DocumentEndpoints.byOwner(.statistics, call)
    },
    document(
      "getStatisticsByReference", referred, .statistics, "Statistics, by alias or id."
    ) { call throws(GatewayFault) in try DocumentEndpoints.byReference(.statistics, call) },
    document("getSavings", owned, .savings, "Savings as the upstream gives them.") {
      call throws(GatewayFault) in try DocumentEndpoints.byOwner(.savings, call)
    },
    document("getSavingsByReference", referred, .savings, "Savings, by alias or id.") {
      call throws(GatewayFault) in try DocumentEndpoints.byReference(.savings, call)
    },
  ]

  private static let writes = [
    patch("patchHeatPump", owned, WriteEndpoints.patchByOwner),
    patch("patchHeatPumpByReference", referred, WriteEndpoints.patchByReference),
    command("runCommand", owned, WriteEndpoints.commandByOwner),
    command("runCommandByReference", referred, WriteEndpoints.commandByReference),
  ]

  private static let operations = [
    listOfOperations("listOperations", owned, OperationEndpoints.listByOwner),
    listOfOperations(
      "listOperationsByReference", referred, OperationEndpoints.listByReference),
    Endpoint(
      id: "getOperation", method: .get, template: "/v1/operations/{operation_id}",
      access: .app(.heatPumpsRead), summary: "What became of a write.",
      answers: [.init(200, "The operation.", .reference("Operation"))],
      problems: EndpointProblems.operation, handle: OperationEndpoints.get),
    Endpoint(
      id: "cancelOperation", method: .delete, template: "/v1/operations/{operation_id}",
      access: .app(.heatPumpsWrite), summary: "Withdraw a write that has not been sent.",
      answers: [.init(200, "The operation, cancelled.", .reference("Operation"))],
      problems: EndpointProblems.operation.union([.operationNotCancellable]),
      handle: OperationEndpoints.cancel),
  ]

  private static let hooks = [
    hook("receiveEvent", "/v1/hooks/{hook}", "Take an event of a home-automation system."),
    hook(
      "receiveEventByToken", "/v1/hooks/{hook}/{token}",
      "Take an event at an address that nobody can guess."),
    Endpoint(
      id: "listHookEvents", method: .get, template: "/v1/hook-events",
      access: .app(.eventsRead),
      summary: "Events that came in, the newest first.",
      query: EventFilters.parameters + [.limit, .numericCursor],
      answers: [.init(200, "A page.", .reference("HookEventList"))],
      problems: EndpointProblems.operation, handle: HookEndpoints.list),
    Endpoint(
      id: "getHookEvent", method: .get, template: "/v1/hook-events/{event_id}",
      access: .app(.eventsRead), summary: "What became of an event.",
      answers: [.init(200, "The event.", .reference("HookEvent"))],
      problems: EndpointProblems.operation, handle: HookEndpoints.get),
    Endpoint(
      id: "replayHookEvent", method: .post, template: "/v1/hook-events/{event_id}/replay",
      access: .app([.eventsRead, .heatPumpsWrite]),
      summary: "Judge an event again, by the rules of today, as if it had just come in.",
      answers: [.init(202, "The event, with its new operation.", .reference("HookEvent"))],
      problems: EndpointProblems.operation.union([.eventNotReplayable]),
      handle: HookEndpoints.replay),
  ]

  private static let system = [
    open(
      "getHealth", "/healthz", "Whether the process answers.",
      [.init(200, "It does.", .reference("Health"))]
    ) { SystemEndpoints.health($0) },
    open(
      "getReadiness", "/readyz", "Whether requests should be sent here.",
      [
        .init(200, "They should.", .reference("Readiness")),
        .init(503, "They should not.", .reference("Readiness")),
      ]
    ) { SystemEndpoints.readiness($0) },
  ]

  /// What a listener says about itself; both do.
  static let descriptions = [
    open(
      "getOpenAPI", "/openapi.json", "This description.",
      [.init(200, "OpenAPI 3.1.", ["type": "object"])], conditions: .page
    ) { SystemEndpoints.openAPI($0) },
    open(
      "getDocs", "/docs", "This description for people.",
      [.init(200, "A page.", ["type": "string"], type: "text/html")], conditions: .page
    ) { SystemEndpoints.docs($0) },
    open(
      "listProblems", "/problems", "All problems.",
      [.init(200, "All problems.", problemContents("ProblemDescriptionList"))]
    ) { SystemEndpoints.problems($0) },
    open(
      "getProblem", "/problems/{name}", "What a problem means and what to do about it.",
      [.init(200, "The problem.", problemContents("ProblemDescription"))], [.notFound]
    ) { call throws(GatewayFault) in try SystemEndpoints.problem(call) },
  ]
}

// MARK: - Rows of one kind

extension RouteTable {
  private static func read(
    _ id: String, _ template: String, _ summary: String, _ handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: .get, template: template, access: .app(.heatPumpsRead), summary: summary,
      query: [.fields, .view],
      answers: [.init(200, "The heat pump.", .reference("HeatPumpRead"))],
      problems: EndpointProblems.read, conditions: .read, handle: handle)
  }

  private static func patch(
    _ id: String, _ template: String, _ handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: .patch, template: template, access: .app(.heatPumpsWrite),
      summary: "Change settings: absent members stay as they are, null sets null.",
      query: [.dryRun],
      body: .init(
        contentTypes: WriteEndpoints.patchTypes, schema: .reference("HeatPumpPatch"),
        isRequired: true),
      answers: [written, running], problems: EndpointProblems.write, conditions: .write,
      handle: handle)
  }

  private static func command(
    _ id: String, _ template: String, _ handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: .post, template: template + "/commands/{name}",
      access: .app(.heatPumpsWrite),
      summary: "Run a command: \(HeatPumpCommand.names.joined(separator: ", ")).",
      query: [.dryRun],
      body: .init(
        contentTypes: ["application/json"], schema: .reference("Command"), isRequired: false),
      answers: [written, running], problems: EndpointProblems.write, conditions: .write,
      handle: handle)
  }

  private static let running = Endpoint.Answer(
    202, "The write goes on; the operation can be followed.", .reference("Operation"))

  private static let written = Endpoint.Answer(
    200, "The heat pump as the upstream confirmed it; of a dry run, what would be sent.",
    .reference("WriteResult"))

  private static func listOfOperations(
    _ id: String, _ template: String, _ handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: .get, template: template + "/operations", access: .app(.heatPumpsRead),
      summary: "The writes of a heat pump, the newest first.", query: [.limit, .numericCursor],
      answers: [.init(200, "A page.", .reference("OperationList"))],
      problems: EndpointProblems.operation, handle: handle)
  }

  private static func hook(_ id: String, _ template: String, _ summary: String) -> Endpoint {
    Endpoint(
      id: id, method: .post, template: template, access: .hook, summary: summary,
      body: .init(
        contentTypes: ["application/json", "application/x-www-form-urlencoded"],
        schema: ["type": "object"], isRequired: true),
      answers: [.init(202, "It is stored and will not be lost.", .reference("EventReceipt"))],
      problems: EndpointProblems.hook, handle: HookEndpoints.receive)
  }

  private static func document(
    _ id: String, _ template: String, _ kind: DocumentEndpoints.Kind, _ summary: String,
    _ handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: .get, template: template + "/" + kind.path, access: .app(.heatPumpsRead),
      summary: summary, query: kind.parameters.map(Endpoint.QueryParameter.init),
      answers: [.init(200, "The upstream's document.", .reference("UpstreamDocument"))],
      problems: EndpointProblems.read, conditions: .read, handle: handle)
  }

  private static func open(
    _ id: String, _ template: String, _ summary: String, _ answers: [Endpoint.Answer],
    _ problems: Set<ProblemType> = [], conditions: Endpoint.Conditions = .none,
    _ handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: .get, template: template, access: .open, summary: summary, answers: answers,
      problems: problems, conditions: conditions, handle: handle)
  }

  private static func problemContents(_ schema: String) -> [Endpoint.Answer.Content] {
    [
      .init(type: "application/json", schema: .reference(schema)),
      .init(type: "text/html", schema: ["type": "string"]),
    ]
  }
}

extension Endpoint.QueryParameter {
  fileprivate static let fields = Endpoint.QueryParameter(
    name: "fields",
    schema: [
      "type": "array", "minItems": 1,
      "items": [
        "type": "string",
        "enum": .array(RepresentationContext.groupNames.map(JSONValue.string)),
      ],
    ], summary: "Top-level members to show; `id` is always shown.")

  fileprivate static let view = Endpoint.QueryParameter(
    name: "view", schema: ["type": "string", "enum": ["upstream"]],
    summary: "`upstream` shows the upstream's own JSON; needs the scopes `heat-pumps:admin` and "
      + "`personal-data:read`.")

  static let limit = Endpoint.QueryParameter(
    name: "limit",
    schema: [
      "type": "integer", "minimum": 1, "maximum": .number(ExactDecimal(Page.largest)),
      "default": .number(ExactDecimal(Page.usual)),
    ], summary: "How many items a page has at most.")

  static let cursor = Endpoint.QueryParameter(
    name: "cursor", schema: ["type": "string", "format": "uuid"],
    summary: "The `next_cursor` of the page before.")

  static let numericCursor = Endpoint.QueryParameter(
    name: "cursor", schema: ["type": "string", "pattern": "^[1-9][0-9]*$"],
    summary: "The `next_cursor` of the page before.")

  fileprivate static let dryRun = Endpoint.QueryParameter(
    name: "dry_run", schema: ["type": "boolean", "default": false],
    summary: "Answer with what would be sent upstream, and send nothing.")

  fileprivate init(_ parameter: DocumentEndpoints.Parameter) {
    let schema: JSONValue =
      if let values = parameter.values {
        [
          "type": "array", "minItems": 1,
          "items": ["type": "string", "enum": .array(values.map(JSONValue.string))],
        ]
      } else {
        [
          "anyOf": [
            ["type": "string", "format": "date"], ["type": "string", "format": "date-time"],
          ]
        ]
      }
    self.init(name: parameter.name, schema: schema, summary: parameter.summary)
  }
}

extension JSONValue {
  /// The schema of a text as queries may hold it: without controls.
  static let printableText: JSONValue = [
    "type": "string", "pattern": #"^[^\x00-\x1F\x7F]*$"#,
  ]

  /// A reference to a schema of the OpenAPI document.
  static func reference(_ schema: String) -> JSONValue {
    ["$ref": .string("#/components/schemas/\(schema)")]
  }
}
