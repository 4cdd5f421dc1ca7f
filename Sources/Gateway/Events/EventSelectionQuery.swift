import GatewayCore
import HeatPumpService
import HeatPumps
import Storage

/// The parameters by which feed and stream are narrowed.
enum EventSelectionQuery {
  private static let types = HeatPumpEventType.subscribable.map(\.rawValue)

  /// Their rows in the OpenAPI document.
  static let parameters: [Endpoint.QueryParameter] = [
    .init(
      name: "event_types", schema: allOrSome(["enum": .array(types.map { .string($0) })]),
      summary: "Only events of these types; `*`, as without it, for all."),
    .init(
      name: "heat_pumps", schema: allOrSome(["pattern": #"^[^\x00-\x1F\x7F,*]+$"#]),
      summary: "Only events about these heat pumps, by alias or id, and about the gateway as a "
        + "whole; `*`, as without it, for all that the app may see."),
  ]

  private static func allOrSome(_ some: JSONValue) -> JSONValue {
    [
      "type": "array", "minItems": 1, "items": ["type": "string"],
      "anyOf": [["items": ["const": "*"], "maxItems": 1], ["items": some]],
    ]
  }

  /// Reads the parameters.
  ///
  /// - Throws: ``GatewayFault``: `malformed-request`; `not-found` for a heat pump that the app does
  ///   not see.
  static func read(
    _ query: QueryParameters, _ app: App
  ) throws(GatewayFault) -> EventSelection {
    EventSelection(types: try types(query), heatPumps: try heatPumps(query, app))
  }

  private static func types(_ query: QueryParameters) throws(GatewayFault) -> [String]? {
    guard let names = try list("event_types", query) else { return nil }
    guard names.isSubset(of: types) else {
      let known = types.joined(separator: ", ")
      throw GatewayFault(.malformedRequest, "The parameter event_types takes *, \(known).")
    }
    return names.sorted()
  }

  private static func heatPumps(
    _ query: QueryParameters, _ app: App
  ) throws(GatewayFault) -> [ResourceID]? {
    guard let references = try list("heat_pumps", query) else { return nil }
    var ids: Set<ResourceID> = []
    for reference in references {
      guard let address = app.organisation.directory.resolve(reference), app.maySee(address)
      else { throw OrganisationService.notFound }
      ids.insert(address.id)
    }
    return ids.sorted()
  }

  // The values of a list; `nil` for everything.
  private static func list(
    _ name: String, _ query: QueryParameters
  ) throws(GatewayFault) -> Set<String>? {
    guard let text = query[name], text != "*" else { return nil }
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard !values.contains(""), !values.contains("*") else {
      throw GatewayFault(
        .malformedRequest, "The parameter \(name) takes values separated by commas, or *.")
    }
    return Set(values)
  }
}
