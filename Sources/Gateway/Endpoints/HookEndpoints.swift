import GatewayCore
import HeatPumpService
import Logging
import PoderoClient
import Storage
import Webhooks

/// Events of home-automation systems: in, and looked at afterwards.
enum HookEndpoints {
  /// `POST /v1/hooks/{hook}` and `POST /v1/hooks/{hook}/{token}`
  static func receive(_ call: Call) throws(GatewayFault) -> Disposition {
    // What cannot be read is nobody's name or token, and must look like any other wrong one.
    let name = (try? call.text(2)) ?? ""
    let token: String? = call.path.count > 3 ? (try? call.text(3)) ?? "" : nil
    let requestID = call.requestID
    let hooks = call.generation.hooks
    let event: EventRequest
    let service: OrganisationService
    do {
      (event, service) = try hooks.receive(
        call.request, hook: name, token: token, now: call.services.clock.wall)
    } catch {
      // Outside, all refusals of a sender look alike; whoever runs the gateway sees why.
      call.services.logger.notice(
        "event refused",
        metadata: [
          "hook": "\(name.prefix(64))", "reason": "\(error.logReason)",
          "request_id": "\(requestID)", "peer": "\(call.services.clientAddress.of(call.request))",
        ])
      throw error.fault
    }
    let deadline = call.request.arrival + (call.timeout ?? storageTime)
    return call.later(deadline: deadline, requestID: requestID) { () async throws(GatewayFault) in
      let receipt = try await service.accept(event)
      hooks.count(receipt, of: event.hook)
      var answer = JSONObjectText(room: 64)
      answer.append("event_id", receipt.id)
      return .json(
        text: answer.closed(), status: 202, headers: [.init("Cache-Control", "no-store")])
    }
  }

  // A storage that takes longer than this is no storage.
  private static let storageTime = Duration.seconds(15)

  /// `GET /v1/hook-events/{event_id}`
  static func get(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, id) = (try call.app, try eventID(call))
    return call.later(for: app) { () async throws(GatewayFault) in
      answer(try await visible(id, to: app), app)
    }
  }

  /// `POST /v1/hook-events/{event_id}/replay`
  static func replay(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, id, clock) = (try call.app, try eventID(call), call.services.clock)
    let hooks = call.generation.hooks
    return call.later(for: app) { () async throws(GatewayFault) in
      let event = try await visible(id, to: app)
      let decision = try hooks.judge(event, at: clock.wall)
      return answer(try await app.organisation.replay(event, decision), app, status: 202)
    }
  }

  /// `GET /v1/hook-events`
  static func list(_ call: Call) throws(GatewayFault) -> Disposition {
    let app = try call.app
    let page = try OperationPage(call.query)
    let filter = try EventFilters.read(call.query, app)
    return call.later(for: app) { () async throws(GatewayFault) in
      let (events, next) = try await found(filter, page, app)
      return .json(
        [
          "items": .array(events.map { representation($0, app) }),
          "next_cursor": next.map { .string(String($0)) } ?? .null,
        ], headers: [.init("Cache-Control", "no-store")])
    }
  }

  // What the app may not see is left out after the look-up, so a page may take several; an app that
  // sees almost nothing gets short pages and goes on by the cursor.
  private static func found(
    _ filter: HookEventFilter, _ page: OperationPage, _ app: App
  ) async throws(GatewayFault) -> (events: [StoredHookEvent], next: Int64?) {
    var shown: [StoredHookEvent] = []
    var before = page.before
    for _ in 0..<mostLookups {
      let wanted = page.limit - shown.count
      let events = try await app.organisation.hookEvents(
        filter, before: before, limit: wanted + 1)
      let taken = events.prefix(wanted)
      shown += taken.filter { isVisible($0, to: app) }
      guard events.count > wanted, let last = taken.last else { return (shown, nil) }
      before = last.sequence
      if shown.count == page.limit { break }
    }
    return (shown, before)
  }

  private static let mostLookups = 20

  private static func isVisible(_ event: StoredHookEvent, to app: App) -> Bool {
    guard let heatPump = event.heatPump else { return app.seesEverything }
    return app.maySee(HeatPumpAddress(user: heatPump.user, id: heatPump.id))
  }

  private static func visible(
    _ id: ResourceID, to app: App
  ) async throws(GatewayFault) -> StoredHookEvent {
    let event = try await app.organisation.hookEvent(id)
    guard isVisible(event, to: app) else { throw OrganisationService.noSuchEvent }
    return event
  }

  private static func eventID(_ call: Call) throws(GatewayFault) -> ResourceID {
    guard let id = ResourceID(try call.text(2)) else { throw OrganisationService.noSuchEvent }
    return id
  }

  private static func answer(
    _ event: StoredHookEvent, _ app: App, status: Int = 200
  ) -> HTTPResponse {
    .json(
      representation(event, app), status: status, headers: [.init("Cache-Control", "no-store")])
  }

  private static func representation(_ event: StoredHookEvent, _ app: App) -> JSONValue {
    event.representation(alias: { app.organisation.directory.alias(of: $0) })
  }
}

extension StoredHookEvent {
  /// The event as its representation shows it; its body is not part of it.
  func representation(alias: (ResourceID) -> String?) -> JSONValue {
    let heatPump: JSONValue? = heatPump.map { heatPump in
      [
        "id": .string(heatPump.id.description), "user_id": .string(heatPump.user.description),
        "alias": alias(heatPump.id).map(JSONValue.string) ?? .null,
      ]
    }
    return [
      "id": .string(id.description), "hook": .string(hook),
      "received_at": .string(receivedAt.description), "state": .string(state.rawValue),
      "rule": rule.map(JSONValue.string) ?? .null, "heat_pump": heatPump ?? .null,
      "operation_id": operation.map { .string($0.request.id.description) } ?? .null,
      "reason": reason.map(JSONValue.string) ?? .null,
      "replays": .number(ExactDecimal(replays)),
    ]
  }
}
