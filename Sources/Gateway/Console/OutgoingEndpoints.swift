import GatewayCore
import HeatPumpService
import HeatPumps
import Logging
import Storage
import Webhooks

/// Events out for operators: the log, who is subscribed, and what became of deliveries.
enum OutgoingEndpoints {
  /// `GET /admin/organisations/{organisation}/events`
  static func events(
    _ call: Call, _ storage: any EventLogStorage
  ) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation().settings.name
    let page = try OperationPage(call.query)
    let look = EventLook(
      storage: storage, organisation: organisation,
      selection: EventSelection(types: call.query["type"].map { [$0] }, heatPumps: nil))
    return call.laterForOperator { _ async throws(GatewayFault) in
      try await OperatorAnswer.reading { () async throws(StorageFault) in
        let (events, next) = try await look.page(before: page.before, limit: page.limit)
        return OperatorAnswer.page(events.map(representation), next: next.map { String($0) })
      }
    }
  }

  /// `GET /admin/organisations/{organisation}/subscriptions`
  static func subscriptions(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let (desk, page) = (try call.services.desk, try Page(call.query))
    let wall = call.services.clock.wall
    return call.laterForOperator { _ async throws(GatewayFault) in
      let found = try await desk.subscriptions(
        in: organisation.settings.name, after: page.after, limit: page.limit + 1)
      return OperatorAnswer.page(found, limit: page.limit, cursor: { "\($0.id)" }) {
        var shown =
          $0.representation(at: wall, alias: { organisation.directory.alias(of: $0) }).object
          ?? JSONObject()
        shown["app"] = .string($0.app)
        // An address may hold what lets one in: of it, just where it leads.
        shown["url"] = .string(origin(of: $0.terms.url))
        return .object(shown)
      }
    }
  }

  /// `GET /admin/organisations/{organisation}/deliveries`
  static func deliveries(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation().settings.name
    let (desk, page) = (try call.services.desk, try Page(call.query))
    let subscription = try DeliveryEndpoints.subscription(call.query)
    let state = try DeliveryEndpoints.state(call.query)
    return call.laterForOperator { _ async throws(GatewayFault) in
      let found = try await desk.deliveries(
        in: organisation, subscription: subscription, state: state, before: page.after,
        limit: page.limit + 1)
      return OperatorAnswer.page(
        found, limit: page.limit, cursor: { "\($0.id)" }, DeliveryEndpoints.representation)
    }
  }

  /// `POST /admin/organisations/{organisation}/deliveries/{delivery_id}/replay`
  static func replay(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation().settings.name
    let (desk, text) = (try call.services.desk, try call.text(4))
    guard let id = ResourceID(text) else {
      throw GatewayFault(.notFound, "There is no such delivery.")
    }
    return call.laterForOperator { _ async throws(GatewayFault) in
      let delivery = try await desk.replay(delivery: id, in: organisation)
      call.logOperator("delivery replayed", ["delivery_id": "\(id)"])
      return OperatorAnswer.json(DeliveryEndpoints.representation(delivery), status: 202)
    }
  }

  private static func origin(of url: String) -> String {
    guard let start = url.firstRange(of: "://")?.upperBound else { return "" }
    return String(url[..<start]) + url[start...].prefix { $0 != "/" && $0 != "?" }
  }

  // Without the whole heat pump, which has a page of its own; what is personal altogether shows
  // that it happened, and no more.
  private static func representation(_ stored: StoredEvent) -> JSONValue {
    let event = try? HeatPumpEvent(
      stored: stored.event.body, sequence: Int(stored.sequence))
    let body = event?.body(includesPersonalData: false).flatMap { try? JSONValue(parsing: $0) }
    var data = body?["data"]?.object ?? JSONObject()
    data["heat_pump"] = nil
    return [
      "sequence": .number(ExactDecimal(Int(stored.sequence))),
      "id": .string(stored.event.id.description), "type": .string(stored.event.type),
      "timestamp": .string(stored.event.at.description), "data": .object(data),
    ]
  }
}
