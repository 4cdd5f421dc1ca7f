import GatewayCore
import HeatPumpService
import HeatPumps
import ResponseCache

/// What a write would send, as far as that can be known without sending it.
enum DryRun {
  /// The body of the update.
  ///
  /// - Parameters:
  ///   - patch: allowed already.
  ///   - current: what the heat pump shows, which some rules are about.
  /// - Throws: ``GatewayFault`` (`invalid-patch`) for values that do not go with the others.
  static func body(
    of patch: HeatPumpPatch, to current: CachedHeatPump, by organisation: OrganisationService,
    seesPersonalData: Bool
  ) throws(GatewayFault) -> JSONValue {
    try patch.check(against: current.document)
    guard !patch.assignments.isEmpty else { return .object(JSONObject()) }
    let bytes = organisation.updateBody(of: patch, current: current.document)
    guard case .object(var body) = try? JSONValue(parsing: bytes) else {
      return .object(JSONObject())
    }
    // In merge mode the body repeats fields that the caller did not name and may not see.
    if !seesPersonalData {
      let named = Set(patch.assignments.compactMap(\.field.updateField))
      for field in FieldTable.fields where field.isPersonal {
        if let update = field.updateField, !named.contains(update) { body[update] = nil }
      }
    }
    return .object(body)
  }
}
