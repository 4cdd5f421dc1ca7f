import GatewayCore
import HeatPumpService
import Webhooks

/// `GET /admin/session`: what a page of ours needs to act for its operator. Another site cannot
/// read it, and gets no cookie sent along either.
enum SessionEndpoint {
  static func answer(_ call: Call) -> Disposition {
    let visitor = AdminGate(call).visitor(call.request)
    let (apps, hooks) = (call.generation.apps.names, call.generation.hooks.registry)
    return .respond(
      OperatorAnswer.json([
        "role": visitor.map { .string($0.role.rawValue) } ?? .null,
        "csrf_token": visitor?.session.map { .string($0.csrfToken) } ?? .null,
        "idle_seconds": .number(
          ExactDecimal(Int(call.services.login?.sessions.settings.idle.seconds ?? 0))),
        "version": .string(gatewayVersion),
        "organisations": .array(
          call.generation.organisations.map { organisation in
            let name = organisation.service.settings.name
            return [
              "name": .string(name),
              "apps": .array((apps[name] ?? []).map(JSONValue.string)),
              "hooks": .array(
                hooks.names.filter { hooks[$0]?.organisation == name }.sorted()
                  .map(JSONValue.string)),
            ]
          }),
      ]))
  }
}
