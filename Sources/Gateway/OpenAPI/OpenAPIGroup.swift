/// The parts that the API is shown in. Every operation is in one of them: the first that it fits.
struct OpenAPIGroup: Sendable {
  /// The tag in the OpenAPI document.
  let name: String
  /// What the part is for, in a sentence.
  let summary: String
  /// Whether an operation is in this part, unless an earlier one has it.
  let takes: @Sendable (Endpoint) -> Bool

  /// What the apps' listener offers, in the order in which a newcomer reads.
  static let forApps = [
    OpenAPIGroup(
      name: "Reading", summary: "Heat pumps as they are, from memory where that will do."
    ) {
      $0.conditions == .read && !isDocument($0)
    },
    OpenAPIGroup(name: "Writing", summary: "Patches and commands; each is an operation.") {
      $0.conditions == .write
    },
    OpenAPIGroup(name: "Operations", summary: "What became of a write.") {
      $0.template.contains("/operations")
    },
    OpenAPIGroup(
      name: "Fleet jobs", summary: "One change of many heat pumps, and all of it undone."
    ) {
      $0.template.hasPrefix("/v1/jobs")
    },
    OpenAPIGroup(name: "Events", summary: "What happens to heat pumps, as a feed and as a stream.")
    {
      ["/v1/events", "/v1/stream"].contains($0.template)
    },
    OpenAPIGroup(name: "Subscriptions", summary: "Events delivered to an app's own address.") {
      $0.template.hasPrefix("/v1/subscriptions") || $0.template.hasPrefix("/v1/deliveries")
    },
    OpenAPIGroup(
      name: "Home automation", summary: "Events that come in, and what rules made of them."
    ) {
      $0.template.hasPrefix("/v1/hook")
    },
    OpenAPIGroup(
      name: "Statistics", summary: "The upstream's own figures, passed on.", takes: isDocument),
    OpenAPIGroup(name: "The gateway itself", summary: "How it is, and what it offers.") {
      $0.access == .open
    },
  ]

  /// What the operators' listener offers, likewise.
  static let forOperators = [
    OpenAPIGroup(name: "Heat pumps", summary: "Found, looked at, and a patch tried.") {
      $0.template.contains("/heat-pumps") || $0.template == "/admin/dry-run"
    },
    OpenAPIGroup(name: "Events in", summary: "What home automation sent, and once more.") {
      $0.template.contains("/hook-events")
    },
    OpenAPIGroup(name: "Events out", summary: "The log, who is told of it, and once more.") {
      let template = $0.template
      return ["/events", "/subscriptions", "/deliveries"].contains { template.hasSuffix($0) }
        || template.contains("/deliveries/")
    },
    OpenAPIGroup(name: "Fleet jobs", summary: "Those of all apps, and an end to one.") {
      $0.template.contains("/jobs")
    },
    OpenAPIGroup(name: "Rights", summary: "Who may do what, and who has done what.") {
      ["/admin/explain", "/admin/audit"].contains($0.template)
    },
    OpenAPIGroup(name: "Pages", summary: "For browsers: the console, and the way in and out.") {
      ["/", "/login", "/logout"].contains($0.template) || $0.template.hasPrefix("/console")
    },
    OpenAPIGroup(name: "The gateway itself", summary: "How it is, and its switches.") { _ in true },
  ]

  private static func isDocument(_ endpoint: Endpoint) -> Bool {
    endpoint.template.hasSuffix("/statistics") || endpoint.template.hasSuffix("/savings")
  }
}
