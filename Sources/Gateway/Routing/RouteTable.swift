import GatewayCore
import HeatPumps

/// All that the public listener answers to. A new operation is one new row.
enum RouteTable {
  static let endpoints: [Endpoint] = lists + reads + documents + writes + system

  private static let owned = "/v1/users/{user_id}/heat-pumps/{heat_pump_id}"
  private static let referred = "/v1/heat-pumps/{ref}"

  private static let fields = Endpoint.QueryParameter(
    name: "fields", schema: ["type": "string"],
    summary: "Top-level members to show, separated by commas; `id` is always shown.")
  private static let view = Endpoint.QueryParameter(
    name: "view", schema: ["type": "string", "enum": ["upstream"]],
    summary: "`upstream` shows the upstream's own JSON.")
  private static let limit = Endpoint.QueryParameter(
    name: "limit",
    schema: [
      "type": "integer", "minimum": 1, "maximum": .number(ExactDecimal(Page.largest)),
      "default": .number(ExactDecimal(Page.usual)),
    ], summary: "How many items a page has at most.")
  private static let cursor = Endpoint.QueryParameter(
    name: "cursor", schema: ["type": "string"], summary: "The `next_cursor` of the page before.")
  private static let dryRun = Endpoint.QueryParameter(
    name: "dry_run", schema: ["type": "boolean", "default": false],
    summary: "Answer with what would be sent upstream, and send nothing.")

  private static let lists = [
    Endpoint(
      id: "listHeatPumps", method: .get, template: "/v1/heat-pumps",
      access: .app(.heatPumpsRead),
      summary: "All heat pumps that the app may see and that are known.",
      query: [fields, view, limit, cursor], body: nil,
      success: json(200, "A page.", "HeatPumpList"),
      handle: ListEndpoints.all),
    Endpoint(
      id: "listHeatPumpsOfUser", method: .get, template: "/v1/users/{user_id}/heat-pumps",
      access: .app(.heatPumpsRead), summary: "The heat pumps of a user.",
      query: [fields, view, limit, cursor], body: nil,
      success: json(200, "A page.", "HeatPumpList"),
      handle: ListEndpoints.ofUser),
  ]

  private static let reads = [
    Endpoint(
      id: "getHeatPump", method: .get, template: owned, access: .app(.heatPumpsRead),
      summary: "One heat pump, addressed below its owner.", query: [fields, view], body: nil,
      success: json(200, "The heat pump.", "HeatPump"), handle: ReadEndpoints.byOwner),
    Endpoint(
      id: "getHeatPumpByReference", method: .get, template: referred,
      access: .app(.heatPumpsRead), summary: "One heat pump, by its alias or id.",
      query: [fields, view], body: nil, success: json(200, "The heat pump.", "HeatPump"),
      handle: ReadEndpoints.byReference),
  ]

  private static let documents = [
    document("getStatistics", owned + "/statistics", "Statistics as the upstream gives them.") {
      call throws(GatewayFault) in try DocumentEndpoints.byOwner(.statistics, call)
    },
    document(
      "getStatisticsByReference", referred + "/statistics", "Statistics, by alias or id."
    ) { call throws(GatewayFault) in try DocumentEndpoints.byReference(.statistics, call) },
    document("getSavings", owned + "/savings", "Savings as the upstream gives them.") {
      call throws(GatewayFault) in try DocumentEndpoints.byOwner(.savings, call)
    },
    document("getSavingsByReference", referred + "/savings", "Savings, by alias or id.") {
      call throws(GatewayFault) in try DocumentEndpoints.byReference(.savings, call)
    },
  ]

  private static let writes = [
    patch("patchHeatPump", owned, WriteEndpoints.patchByOwner),
    patch("patchHeatPumpByReference", referred, WriteEndpoints.patchByReference),
    command("runCommand", owned + "/commands/{name}", WriteEndpoints.commandByOwner),
    command(
      "runCommandByReference", referred + "/commands/{name}", WriteEndpoints.commandByReference),
  ]

  private static let system = [
    open("getHealth", "/healthz", "Whether the process answers.") { SystemEndpoints.health($0) },
    open("getReadiness", "/readyz", "Whether requests should be sent here.") {
      SystemEndpoints.readiness($0)
    },
    open("getOpenAPI", "/openapi.json", "This description.") { SystemEndpoints.openAPI($0) },
    open("getDocs", "/docs", "This description for people.", "text/html") {
      SystemEndpoints.docs($0)
    },
    open("listProblems", "/problems", "All problems.") { SystemEndpoints.problems($0) },
    open("getProblem", "/problems/{name}", "What a problem means and what to do about it.") {
      call throws(GatewayFault) in try SystemEndpoints.problem(call)
    },
  ]

  private static func patch(
    _ id: String, _ template: String,
    _ handle: @escaping @Sendable (Call) throws(GatewayFault) -> Disposition
  ) -> Endpoint {
    Endpoint(
      id: id, method: .patch, template: template, access: .app(.heatPumpsWrite),
      summary: "Change settings: absent members stay as they are, null sets null.",
      query: [dryRun],
      body: .init(
        contentTypes: WriteEndpoints.patchTypes, schema: reference("HeatPumpPatch"),
        isRequired: true),
      success: json(200, "The heat pump as the upstream confirmed it.", "WrittenHeatPump"),
      handle: handle)
  }

  private static func command(
    _ id: String, _ template: String,
    _ handle: @escaping @Sendable (Call) throws(GatewayFault) -> Disposition
  ) -> Endpoint {
    Endpoint(
      id: id, method: .post, template: template, access: .app(.heatPumpsWrite),
      summary: "Run a command: \(HeatPumpCommand.names.joined(separator: ", ")).",
      query: [dryRun],
      body: .init(
        contentTypes: ["application/json"], schema: reference("Command"), isRequired: false),
      success: json(200, "The heat pump as the upstream confirmed it.", "WrittenHeatPump"),
      handle: handle)
  }

  private static func document(
    _ id: String, _ template: String, _ summary: String,
    _ handle: @escaping @Sendable (Call) throws(GatewayFault) -> Disposition
  ) -> Endpoint {
    let isSavings = template.hasSuffix("savings")
    let names = isSavings ? ["from", "to", "resolution"] : ["resolution", "keywords"]
    let summaries = [
      "from": "First day or time.", "to": "Last day or time.",
      "resolution": "`1DAY`, `1WEEK`, `1MONTH`, `1QUARTER` or `1YEAR`, separated by commas.",
      "keywords": "`savings` or `consumption`, separated by commas.",
    ]
    return Endpoint(
      id: id, method: .get, template: template, access: .app(.heatPumpsRead), summary: summary,
      query: names.map {
        .init(name: $0, schema: ["type": "string"], summary: summaries[$0] ?? "")
      }, body: nil, success: json(200, "The upstream's document.", "UpstreamDocument"),
      handle: handle)
  }

  private static func open(
    _ id: String, _ template: String, _ summary: String, _ type: String = "application/json",
    _ handle: @escaping @Sendable (Call) throws(GatewayFault) -> Disposition
  ) -> Endpoint {
    Endpoint(
      id: id, method: .get, template: template, access: .open, summary: summary, query: [],
      body: nil,
      success: .init(
        status: 200, summary: summary, contentType: type,
        schema: type == "text/html" ? ["type": "string"] : ["type": "object"]), handle: handle)
  }

  private static func json(
    _ status: Int, _ summary: String, _ schema: String
  ) -> Endpoint.SuccessDescription {
    .init(
      status: status, summary: summary, contentType: "application/json", schema: reference(schema))
  }

  private static func reference(_ schema: String) -> JSONValue {
    ["$ref": .string("#/components/schemas/\(schema)")]
  }
}
