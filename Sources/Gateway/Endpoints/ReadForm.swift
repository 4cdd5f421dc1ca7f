import GatewayCore
import HeatPumpService
import HeatPumps
import ResponseCache

/// What of a heat pump a request wants to see, and in which form.
struct ReadForm: Sendable {
  var groups: Set<String>?
  var isUpstreamView = false
  let seesPersonalData: Bool

  /// Reads `fields` and `view`.
  ///
  /// - Throws: ``GatewayFault``: `malformed-request`, or `forbidden` for a view beyond the scopes.
  init(_ query: QueryParameters, _ app: App) throws(GatewayFault) {
    seesPersonalData = app.seesPersonalData
    if let fields = query["fields"] {
      let names = Set(
        fields.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
      let unknown = names.subtracting(RepresentationContext.groupNames)
      guard unknown.isEmpty else {
        throw GatewayFault(
          .malformedRequest,
          "The parameter fields takes names of top-level members: "
            + RepresentationContext.groupNames.sorted().joined(separator: ", ") + ".")
      }
      groups = names
    }
    switch query["view"] {
    case nil: break
    case "upstream":
      guard app.scopes.isSuperset(of: [.heatPumpsAdmin, .personalDataRead]) else {
        throw GatewayFault(
          .forbidden, "view=upstream needs the scopes heat-pumps:admin and personal-data:read.")
      }
      isUpstreamView = true
    default:
      throw GatewayFault(.malformedRequest, "The parameter view takes only upstream.")
    }
  }

  /// The plain form of an app, without parameters.
  init(_ app: App) {
    seesPersonalData = app.seesPersonalData
  }

  /// Whether a member of the gateway's own is part of this form.
  func shows(_ member: String) -> Bool {
    member == "id" || !isUpstreamView && groups?.contains(member) ?? true
  }

  /// The representation in this form.
  func representation(
    _ entry: CachedHeatPump, health: UpstreamHealth, wall: Timestamp
  ) -> Representation {
    if isUpstreamView {
      let body = entry.document.upstream
      return Representation(
        body: body,
        etag: EntityTag(settings: entry.document.settingsTag, rest: stableHash(body)))
    }
    return entry.representation(
      includesPersonalData: seesPersonalData, groups: groups, health: health, wall: wall)
  }
}
