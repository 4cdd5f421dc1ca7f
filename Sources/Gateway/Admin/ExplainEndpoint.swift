import Configuration
import GatewayCore
import HeatPumpService
import HeatPumps

/// `POST /admin/explain`: says which rule lets an app read and write a heat pump, or does not.
/// Nothing is sent upstream, and nothing is changed.
struct ExplainEndpoint: Sendable {
  let clock: any GatewayClock

  /// Answers a question.
  ///
  /// - Throws: ``GatewayFault``: `malformed-request` with all that is wrong with it, `not-found`
  ///   for an app that is not configured.
  func answer(_ call: Call) throws(GatewayFault) -> Disposition {
    let question = try OperatorQuestion(
      call.request, required: ["app"], optional: ["patch"])
    guard let app = question.app.flatMap({ call.generation.apps[$0] }) else {
      throw GatewayFault(.notFound, "There is no app of that name.")
    }
    let address = question.address(in: app.organisation.directory)
    let access = access(of: app, to: address)
    let mayRead = access.allSatisfy(\.isAllowed)
    var fields: [Decision] = []
    if let patch = question.patch {
      fields = HeatPumpPatch.explain(patch, rules: app.writeRules, now: clock.wall)
        .map { Decision($0, app) }
    }
    let isVisible = access.dropFirst().allSatisfy(\.isAllowed)
    let mayWrite: JSONValue =
      question.patch == nil ? .null : .bool(isVisible && fields.allSatisfy(\.isAllowed))
    return .respond(
      .json(
        [
          "app": .string(app.name), "organisation": .string(app.organisation.settings.name),
          "heat_pump": address.map { json($0, app) } ?? .null,
          "may_read": .bool(mayRead), "may_write": mayWrite,
          "decisions": .array((access + fields).map(\.json)),
        ], headers: [.init("Cache-Control", "no-store")]))
  }

  private func access(of app: App, to address: HeatPumpAddress?) -> [Decision] {
    let canRead = app.scopes.contains(.heatPumpsRead)
    let scope = Decision(
      subject: "read", rule: "scope", setting: "apps[\(app.name)].scopes", isAllowed: canRead,
      detail: canRead ? "the app has heat-pumps:read" : "needs the scope heat-pumps:read")
    guard let address else {
      return [
        scope,
        Decision(
          subject: "heat_pump", rule: "directory", setting: "heat_pumps", isAllowed: false,
          detail: "the gateway knows no heat pump of that alias or id in the app's organisation; "
            + "name its owner in user_id"),
      ]
    }
    func listed(_ isAllowed: Bool, _ setting: String) -> Decision {
      Decision(
        subject: "heat_pump", rule: setting, setting: "apps[\(app.name)].\(setting)",
        isAllowed: isAllowed, detail: isAllowed ? "is on the list" : "is not on the list")
    }
    return [
      scope, listed(app.users.allows(address.user), "users"),
      listed(app.heatPumps.allows(address.id), "heat_pumps"),
    ]
  }

  private func json(_ address: HeatPumpAddress, _ app: App) -> JSONValue {
    [
      "id": .string(address.id.description), "user_id": .string(address.user.description),
      "alias": app.organisation.directory.alias(of: address.id).map { .string($0) } ?? .null,
    ]
  }
}

/// What one rule says.
private struct Decision {
  let subject: String
  let rule: String
  let setting: String
  let isAllowed: Bool
  let detail: String

  init(subject: String, rule: String, setting: String, isAllowed: Bool, detail: String) {
    self.subject = subject
    self.rule = rule
    self.setting = setting
    self.isAllowed = isAllowed
    self.detail = detail
  }

  init(_ decision: PatchDecision, _ app: App) {
    let organisation = app.organisation.settings.name
    let setting =
      switch decision.rule {
      case .field: "none; the field's own rule"
      case .scope: "apps[\(app.name)].scopes"
      case .mayWrite: "apps[\(app.name)].may_write"
      case .guardRails: "organisations[\(organisation)].guard_rails"
      }
    self.init(
      subject: decision.pointer.isEmpty ? "patch" : decision.pointer, rule: decision.rule.rawValue,
      setting: setting, isAllowed: decision.isAllowed, detail: decision.detail)
  }

  var json: JSONValue {
    [
      "subject": .string(subject), "rule": .string(rule), "setting": .string(setting),
      "allows": .bool(isAllowed), "detail": .string(detail),
    ]
  }
}
