/// The parts that the API is shown in. Every operation is in one of them: the first that it fits.
struct OpenAPIGroup: Sendable {
  /// The tag in the OpenAPI document.
  let name: String
  /// What the part is for, in a sentence.
  let summary: String
  private let fits: @Sendable (Endpoint) -> Bool

  /// In the order in which a newcomer reads.
  static let all = [
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
      name: "Statistics", summary: "The upstream's own figures, passed on.", fits: isDocument),
    OpenAPIGroup(name: "The gateway itself", summary: "How it is, and what it offers.") {
      $0.access == .open
    },
  ]

  /// The part of an operation; of one that fits none, the last.
  static func of(_ endpoint: Endpoint) -> OpenAPIGroup {
    all.first { $0.fits(endpoint) } ?? all[all.count - 1]
  }

  private static func isDocument(_ endpoint: Endpoint) -> Bool {
    endpoint.template.hasSuffix("/statistics") || endpoint.template.hasSuffix("/savings")
  }
}
