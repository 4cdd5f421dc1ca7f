import GatewayCore
import HeatPumpService
import HeatPumps
import Logging
import Storage
import Webhooks

/// Events of home automation for operators: what came in, what became of it, and once more.
enum IncomingEndpoints {
  /// `GET /admin/organisations/{organisation}/hook-events`
  static func list(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let page = try OperationPage(call.query)
    let filter = HookEventFilter(
      organisation: organisation.settings.name, hook: call.query["hook"],
      state: try EventFilters.state(call.query))
    return call.laterForOperator { _ async throws(GatewayFault) in
      let found = try await organisation.hookEvents(
        filter, before: page.before, limit: page.limit + 1)
      return OperatorAnswer.page(found, limit: page.limit, cursor: { String($0.sequence) }) {
        representation($0, organisation)
      }
    }
  }

  /// `GET /admin/organisations/{organisation}/hook-events/{event_id}`
  static func get(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let id = try eventID(call)
    return call.laterForOperator { _ async throws(GatewayFault) in
      let event = try await organisation.hookEvent(id)
      var shown = representation(event, organisation).object ?? JSONObject()
      shown["body"] = event.body.flatMap(KeptBody.init(bytes:))?.body.value ?? .null
      return OperatorAnswer.json(.object(shown))
    }
  }

  /// `POST /admin/organisations/{organisation}/hook-events/{event_id}/replay`
  static func replay(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let (id, clock, hooks) = (try eventID(call), call.services.clock, call.generation.hooks)
    return call.laterForOperator { _ async throws(GatewayFault) in
      let event = try await organisation.hookEvent(id)
      let decision = try hooks.judge(event, at: clock.wall)
      let replayed = try await organisation.replay(event, decision)
      call.logOperator("event replayed", ["event_id": "\(id)"])
      return OperatorAnswer.json(representation(replayed, organisation), status: 202)
    }
  }

  private static func representation(
    _ event: StoredHookEvent, _ organisation: OrganisationService
  ) -> JSONValue {
    event.representation(alias: { organisation.directory.alias(of: $0) })
  }

  private static func eventID(_ call: Call) throws(GatewayFault) -> ResourceID {
    guard let id = ResourceID(try call.text(4)) else { throw OrganisationService.noSuchEvent }
    return id
  }
}
