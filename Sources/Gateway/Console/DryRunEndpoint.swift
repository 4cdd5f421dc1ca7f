import GatewayCore
import HeatPumpService
import HeatPumps
import ResponseCache

/// `POST /admin/dry-run`: what a patch would send upstream, on behalf of an app or by an operator's
/// own leave; refused as the write would be. Nothing is sent and nothing is stored.
enum DryRunEndpoint {
  static func answer(_ call: Call) throws(GatewayFault) -> Disposition {
    let question = try OperatorQuestion(
      call.request, required: ["patch"], optional: ["app", "organisation"])
    let side = try side(question, call)
    guard let address = side.address else { throw OrganisationService.notFound }
    let patch = try HeatPumpPatch.validate(
      question.patch ?? .null, rules: side.rules, now: call.services.clock.wall)
    let organisation = side.organisation
    let wall = call.services.clock.wall
    return call.laterForOperator(own: organisation.settings.callTimeout) {
      context async throws(GatewayFault) in
      let current = try await organisation.heatPump(address, .none, context).value
      let body = try DryRun.body(
        of: patch, to: current, by: organisation, seesPersonalData: false)
      return OperatorAnswer.json([
        "organisation": .string(organisation.settings.name),
        "heat_pump_id": .string(address.id.description),
        "write_mode": .string(organisation.writeMode.rawValue),
        "fields": .array(patch.assignments.map { field($0, current) }),
        "upstream_body": body,
        "warnings": .array(
          warnings(patch, current, organisation, wall).map(JSONValue.string)),
      ])
    }
  }

  /// On whose behalf, and about what.
  private struct Side {
    let organisation: OrganisationService
    let rules: WriteRules
    /// `nil` if it is not known, or if the app may not see it: nobody can tell the two apart.
    let address: HeatPumpAddress?
  }

  private static func side(
    _ question: OperatorQuestion, _ call: Call
  ) throws(GatewayFault) -> Side {
    guard (question.app == nil) != (question.organisation == nil) else {
      throw GatewayFault(.malformedRequest, "Ask with one of app and organisation.")
    }
    if let name = question.app {
      guard let app = call.generation.apps[name] else {
        throw GatewayFault(.notFound, "There is no app of that name.")
      }
      let address = question.address(in: app.organisation.directory)
      return Side(
        organisation: app.organisation, rules: app.writeRules,
        address: address.flatMap { app.maySee($0) ? $0 : nil })
    }
    guard let name = question.organisation,
      let found = call.generation.organisations.first(where: { $0.service.settings.name == name }),
      var rules = call.generation.hooks.rules(of: name)
    else { throw GatewayFault(.notFound, "There is no organisation of that name.") }
    rules.mayAdmin = true
    return Side(
      organisation: found.service, rules: rules,
      address: question.address(in: found.service.directory))
  }

  private static func field(
    _ assignment: HeatPumpPatch.Assignment, _ current: CachedHeatPump
  ) -> JSONValue {
    var shown = JSONObject()
    shown["pointer"] = .string(assignment.field.pointer)
    shown["update_field"] = assignment.field.updateField.map(JSONValue.string) ?? .null
    shown["requested"] = assignment.value
    if !assignment.field.isPersonal {
      shown["current"] = current.document.value(assignment.field) ?? .null
    }
    return .object(shown)
  }

  private static func warnings(
    _ patch: HeatPumpPatch, _ current: CachedHeatPump, _ organisation: OrganisationService,
    _ now: Timestamp
  ) -> [String] {
    var warnings: [String] = []
    let assignments = patch.assignments
    if assignments.isEmpty { warnings.append("The patch names no field: nothing would be sent.") }
    if !assignments.isEmpty,
      assignments.allSatisfy({ current.document.value($0.field) == $0.value })
    {
      warnings.append(
        "All named fields have these values already; they would be sent all the same.")
    }
    if organisation.writeMode == .merge {
      warnings.append("The organisation writes in merge mode: all fields are sent, as read last.")
    }
    let freshness = Freshness.judge(observedAt: current.document.observedAt, now: now)
    if freshness.state == .stale || freshness.state == .unknown {
      warnings.append("The device was not observed lately; what it really does is not known.")
    }
    if organisation.health != .ok {
      warnings.append("The upstream is \(organisation.health.rawValue): a write may fail or wait.")
    }
    let pending = Set(current.pending.map(\.pointer)).intersection(patch.changedPointers)
    if !pending.isEmpty {
      warnings.append(
        "An earlier write is not verified yet: \(pending.sorted().joined(separator: ", ")).")
    }
    return warnings
  }
}
