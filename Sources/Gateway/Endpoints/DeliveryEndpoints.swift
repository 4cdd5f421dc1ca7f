import GatewayCore
import Storage
import Webhooks

/// Deliveries of an app's subscriptions: looked at, and made again.
enum DeliveryEndpoints {
  /// The parameters by which a list is narrowed.
  static let parameters: [Endpoint.QueryParameter] = [
    .init(
      name: "subscription", schema: ["type": "string", "format": "uuid"],
      summary: "Only deliveries of this subscription."),
    .init(
      name: "state",
      schema: [
        "type": "string", "enum": .array(DeliveryState.allCases.map { .string($0.rawValue) }),
      ], summary: "Only deliveries that stand there."),
  ]

  /// `GET /v1/deliveries`
  static func list(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, desk) = (try call.app, try call.services.desk)
    let page = try Page(call.query)
    let subscription = try subscription(call.query)
    let state = try state(call.query)
    return call.later(for: app) { () async throws(GatewayFault) in
      // A full page may have thousands of attempts: not on a thread that serves.
      try await withTaskExecutorPreference(globalConcurrentExecutor) {
        () async throws(GatewayFault) in
        let found = try await desk.deliveries(
          of: app.owner, subscription: subscription, state: state, before: page.after,
          limit: page.limit)
        return .json(
          [
            "items": .array(found.deliveries.map(representation)),
            "next_cursor": found.next.map { .string("\($0)") } ?? .null,
          ], headers: [.init("Cache-Control", "no-store")])
      }
    }
  }

  /// `GET /v1/deliveries/{delivery_id}`
  static func get(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, desk, id) = (try call.app, try call.services.desk, try id(call))
    return call.later(for: app) { () async throws(GatewayFault) in
      .json(
        representation(try await desk.delivery(id, of: app.owner)),
        headers: [.init("Cache-Control", "no-store")])
    }
  }

  /// `POST /v1/deliveries/{delivery_id}/replay`
  static func replay(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, desk, id) = (try call.app, try call.services.desk, try id(call))
    return call.later(for: app) { () async throws(GatewayFault) in
      .json(
        representation(try await desk.replay(delivery: id, of: app.owner)), status: 202,
        headers: [.init("Cache-Control", "no-store")])
    }
  }

  /// One attempt as it is shown: of the receiver's answer, just the status.
  static func representation(_ attempt: DeliveryAttempt) -> JSONValue {
    [
      "at": shownTime(attempt.at),
      "status": attempt.status.map { .number(ExactDecimal($0)) } ?? .null,
      "fault": attempt.fault.map(JSONValue.string) ?? .null,
      "duration_ms": .number(ExactDecimal(attempt.durationMilliseconds)),
    ]
  }

  /// A delivery as it is shown, with its attempts.
  static func representation(_ delivery: StoredDelivery) -> JSONValue {
    [
      "id": .string(delivery.id.description),
      "subscription_id": .string(delivery.subscriptionID.description),
      "event_id": .string(delivery.eventID.description),
      "sequence": .number(ExactDecimal(Int(delivery.sequence))),
      "event_type": .string(delivery.eventType), "state": .string(delivery.state.rawValue),
      "attempts": .array(delivery.attempts.map(representation)),
      "attempt_count": .number(ExactDecimal(delivery.attemptCount)),
      "queued_at": shownTime(delivery.queuedAt), "changed_at": shownTime(delivery.changedAt),
      // While it is under way nobody knows when it is next.
      "next_attempt_at": shownTime(
        delivery.state == .pending && delivery.owner == nil ? delivery.nextAt : nil),
    ]
  }

  /// The parameter `subscription`.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`).
  static func subscription(
    _ query: QueryParameters
  ) throws(GatewayFault) -> ResourceID? {
    guard let text = query["subscription"] else { return nil }
    guard let id = ResourceID(text) else {
      throw GatewayFault(.malformedRequest, "The parameter subscription takes an id.")
    }
    return id
  }

  /// The parameter `state`.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`).
  static func state(_ query: QueryParameters) throws(GatewayFault) -> DeliveryState? {
    guard let text = query["state"] else { return nil }
    guard let state = DeliveryState(rawValue: text) else {
      let names = DeliveryState.allCases.map(\.rawValue).joined(separator: ", ")
      throw GatewayFault(.malformedRequest, "The parameter state takes \(names).")
    }
    return state
  }

  private static func id(_ call: Call) throws(GatewayFault) -> ResourceID {
    guard let id = ResourceID(try call.text(2)) else {
      throw GatewayFault(.notFound, "There is no such delivery.")
    }
    return id
  }
}
