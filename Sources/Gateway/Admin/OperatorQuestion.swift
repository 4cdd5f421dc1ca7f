import GatewayCore
import HeatPumpService
import HeatPumps

/// What an operator asks about a heat pump: on whose behalf, about which, and maybe with a patch.
struct OperatorQuestion {
  let app: String?
  let organisation: String?
  let patch: JSONValue?
  private let heatPump: String
  private let user: ResourceID?

  /// Reads a question from a request's body.
  ///
  /// - Parameters:
  ///   - required: members that must be there, besides `heat_pump`.
  ///   - optional: members that may be there, besides `user_id`.
  /// - Throws: ``GatewayFault`` (`malformed-request`) with all that is wrong with it.
  init(
    _ request: HTTPRequest, required: [String], optional: [String]
  ) throws(GatewayFault) {
    let body = try JSONBody.read(request, types: ["application/json"])
    let required = required + ["heat_pump"]
    guard let members = body.object else {
      throw Self.fault([
        .init(pointer: "", code: "not_an_object", detail: "must be a JSON object")
      ])
    }
    let known = required + optional + ["user_id"]
    var errors: [GatewayFault.FieldError] = []
    func refuse(_ name: String, _ code: String, _ detail: String) {
      errors.append(
        .init(pointer: pointerStep(name.prefix(64)), code: code, detail: detail))
    }
    for name in known {
      guard let value = members[name] else {
        if required.contains(name) { refuse(name, "required", "must be there") }
        continue
      }
      switch name {
      case "patch": break
      case "user_id" where value == .null || value.string.flatMap({ ResourceID($0) }) != nil: break
      case "user_id": refuse(name, "invalid_uuid", "must be a UUID")
      default: if value.string == nil { refuse(name, "wrong_type", "must be a string") }
      }
    }
    for name in members.keys where !known.contains(name) {
      refuse(name, "unknown_field", "is not known here")
    }
    guard errors.isEmpty else { throw Self.fault(errors) }
    app = members["app"]?.string
    organisation = members["organisation"]?.string
    heatPump = members["heat_pump"]?.string ?? ""
    user = members["user_id"]?.string.flatMap { ResourceID($0) }
    patch = members["patch"]
  }

  /// The heat pump meant; `nil` if the organisation knows none like that and no owner is named.
  func address(in directory: Directory) -> HeatPumpAddress? {
    guard let user else { return directory.resolve(heatPump) }
    let id = directory.resolve(heatPump)?.id ?? ResourceID(heatPump)
    return id.map { HeatPumpAddress(user: user, id: $0) }
  }

  private static func fault(_ errors: [GatewayFault.FieldError]) -> GatewayFault {
    GatewayFault(.malformedRequest, "The question cannot be understood.", errors: errors)
  }
}
