import GatewayCore
import HeatPumpService
import Storage

/// The parameters by which a list of events is narrowed.
enum EventFilters {
  /// Their rows in the OpenAPI document.
  static let parameters: [Endpoint.QueryParameter] = [
    hook, state,
    .init(
      name: "heat_pump", schema: .printableText,
      summary: "Only events about this heat pump: alias or id."),
    time("since", "Only events received then or later."),
    time("until", "Only events received earlier."),
  ]

  static let hook = Endpoint.QueryParameter(
    name: "hook", schema: .printableText, summary: "Only events of this hook.")

  static let state = Endpoint.QueryParameter(
    name: "state", schema: OpenAPIDocument.word(HookEventState.allCases.map(\.rawValue)),
    summary: "Only events that stand there.")

  /// Reads the parameters.
  ///
  /// - Throws: ``GatewayFault``: `malformed-request`; `not-found` for a heat pump that the app does
  ///   not see.
  static func read(
    _ query: QueryParameters, _ app: App
  ) throws(GatewayFault) -> HookEventFilter {
    var filter = HookEventFilter(organisation: app.organisation.settings.name)
    filter.hook = query["hook"]
    filter.state = try state(query)
    if let reference = query["heat_pump"] {
      guard let address = app.organisation.directory.resolve(reference), app.maySee(address)
      else { throw OrganisationService.notFound }
      filter.heatPump = HeatPumpReference(
        organisation: filter.organisation, user: address.user, id: address.id)
    }
    filter.receivedAfter = try time(query, "since")
    filter.receivedBefore = try time(query, "until")
    return filter
  }

  /// The parameter `state`.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`).
  static func state(_ query: QueryParameters) throws(GatewayFault) -> HookEventState? {
    guard let text = query["state"] else { return nil }
    guard let state = HookEventState(rawValue: text) else {
      let names = HookEventState.allCases.map(\.rawValue).joined(separator: ", ")
      throw GatewayFault(.malformedRequest, "The parameter state takes \(names).")
    }
    return state
  }

  /// A parameter that is a time.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`).
  static func time(
    _ query: QueryParameters, _ name: String
  ) throws(GatewayFault) -> Timestamp? {
    guard let text = query[name] else { return nil }
    guard let time = Timestamp(rfc3339: text) else {
      throw GatewayFault(.malformedRequest, "The parameter \(name) takes an RFC 3339 time.")
    }
    return time
  }

  private static func time(_ name: String, _ summary: String) -> Endpoint.QueryParameter {
    .init(
      name: name, schema: ["type": "string", "format": "date-time"], summary: summary)
  }
}
