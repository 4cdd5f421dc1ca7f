import GatewayCore
import HeatPumpService
import PoderoClient
import Storage
import Webhooks

/// Subscriptions of an app: made, read, changed, ended, tried out.
enum SubscriptionEndpoints {
  /// `POST /v1/subscriptions`
  static func create(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, desk) = (try call.app, try call.services.desk)
    let draft = try draft(call, app, desk, isNew: true)
    return call.later(for: app) { () async throws(GatewayFault) in
      let (stored, secret) = try await desk.create(draft, for: app.owner)
      var answer = answer(stored, app, call, secret: secret, status: 201)
      answer.headers.append(.init("Location", "/v1/subscriptions/\(stored.id)"))
      return answer
    }
  }

  /// `GET /v1/subscriptions`
  static func list(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, desk) = (try call.app, try call.services.desk)
    let page = try Page(call.query)
    return call.later(for: app) { () async throws(GatewayFault) in
      let found = try await desk.subscriptions(
        of: app.owner, after: page.after, limit: page.limit + 1)
      let shown = found.prefix(page.limit)
      let next = found.count > page.limit ? shown.last.map { "\($0.id)" } : nil
      return .json(
        [
          "items": .array(shown.map { representation($0, app, call) }),
          "next_cursor": next.map(JSONValue.string) ?? .null,
        ], headers: [noStore])
    }
  }

  /// `GET /v1/subscriptions/{subscription_id}`
  static func get(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, desk, id) = (try call.app, try call.services.desk, try id(call))
    return call.later(for: app) { () async throws(GatewayFault) in
      answer(try await desk.subscription(id, of: app.owner), app, call)
    }
  }

  /// `PATCH /v1/subscriptions/{subscription_id}`
  static func change(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, desk, id) = (try call.app, try call.services.desk, try id(call))
    let version = VersionTag.required(call.request)
    let draft = try draft(call, app, desk, isNew: false)
    return call.later(for: app) { () async throws(GatewayFault) in
      answer(
        try await desk.change(id, draft, of: app.owner, version: version), app, call)
    }
  }

  /// `DELETE /v1/subscriptions/{subscription_id}`
  static func delete(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, desk, id) = (try call.app, try call.services.desk, try id(call))
    let version = VersionTag.required(call.request)
    return call.later(for: app) { () async throws(GatewayFault) in
      try await desk.delete(id, of: app.owner, version: version)
      return HTTPResponse(status: 204, headers: [noStore])
    }
  }

  /// `POST /v1/subscriptions/{subscription_id}/pause`
  static func pause(_ call: Call) throws(GatewayFault) -> Disposition { try set(call, to: .paused) }

  /// `POST /v1/subscriptions/{subscription_id}/resume`
  static func resume(_ call: Call) throws(GatewayFault) -> Disposition {
    try set(call, to: .active)
  }

  /// `POST /v1/subscriptions/{subscription_id}/rotate-secret`
  static func rotateSecret(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, desk, id) = (try call.app, try call.services.desk, try id(call))
    let version = VersionTag.required(call.request)
    let overlap = try SubscriptionBodies.overlap(call.request)
    return call.later(for: app) { () async throws(GatewayFault) in
      let (stored, secret) = try await desk.rotateSecret(
        id, overlap: overlap, of: app.owner, version: version)
      return answer(stored, app, call, secret: secret)
    }
  }

  /// `POST /v1/subscriptions/{subscription_id}/test`
  static func test(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, desk, id) = (try call.app, try call.services.desk, try id(call))
    return call.later(for: app, own: desk.attemptTime + .seconds(5)) {
      () async throws(GatewayFault) in
      let (verdict, attempt) = try await desk.test(id, of: app.owner)
      return .json(
        [
          "outcome": .string(verdict.outcome.rawValue),
          "attempt": DeliveryEndpoints.representation(attempt),
        ], headers: [noStore])
    }
  }

  /// `POST /v1/subscriptions/{subscription_id}/replay`
  static func replay(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, desk, id) = (try call.app, try call.services.desk, try id(call))
    let since = try SubscriptionBodies.start(call.request)
    return call.later(for: app) { () async throws(GatewayFault) in
      let count = try await desk.replay(subscription: id, since: since, of: app.owner)
      return .json(
        ["queued": .number(ExactDecimal(count))], status: 202, headers: [noStore])
    }
  }

  private static func set(
    _ call: Call, to state: SubscriptionState
  ) throws(GatewayFault) -> Disposition {
    let (app, desk, id) = (try call.app, try call.services.desk, try id(call))
    let version = VersionTag.required(call.request)
    return call.later(for: app) { () async throws(GatewayFault) in
      answer(try await desk.set(id, to: state, of: app.owner, version: version), app, call)
    }
  }

  private static func draft(
    _ call: Call, _ app: App, _ desk: SubscriptionDesk, isNew: Bool
  ) throws(GatewayFault) -> SubscriptionDraft {
    let types = isNew ? ["application/json"] : WriteEndpoints.patchTypes
    let body = try JSONBody.read(call.request, types: types)
    let directory = app.organisation.directory
    let form = SubscriptionForm(targets: desk.targets) { reference in
      directory.resolve(reference).flatMap { app.maySee($0) ? $0.id : nil }
    }
    return try form.read(body, isNew: isNew)
  }

  private static func id(_ call: Call) throws(GatewayFault) -> ResourceID {
    guard let id = ResourceID(try call.text(2)) else {
      throw GatewayFault(.notFound, "There is no such subscription.")
    }
    return id
  }

  private static let noStore = HTTPResponse.Header("Cache-Control", "no-store")

  private static func answer(
    _ subscription: StoredSubscription, _ app: App, _ call: Call, secret: SigningSecret? = nil,
    status: Int = 200
  ) -> HTTPResponse {
    var shown = representation(subscription, app, call).object ?? JSONObject()
    // Shown this once; whoever holds the answer holds the secret.
    if let secret {
      shown["secret"] = .string(secret.text.withBytes { SubscriptionBodies.text($0) })
    }
    return .json(
      .object(shown), status: status,
      headers: [noStore, VersionTag.header(subscription.version)])
  }

  private static func representation(
    _ subscription: StoredSubscription, _ app: App, _ call: Call
  ) -> JSONValue {
    let directory = app.organisation.directory
    return subscription.representation(
      at: call.services.clock.wall, alias: { directory.alias(of: $0) })
  }
}

extension App {
  /// Whose subscriptions it may see.
  var owner: SubscriptionDesk.Owner {
    SubscriptionDesk.Owner(organisation: organisation.settings.name, app: name)
  }
}

extension Services {
  /// Where subscriptions are kept.
  ///
  /// - Throws: ``GatewayFault`` (`internal-error`) on a listener that has no such routes.
  var desk: SubscriptionDesk {
    get throws(GatewayFault) {
      guard let subscriptions else {
        throw GatewayFault(.internalError, "Subscriptions are not kept here.")
      }
      return subscriptions
    }
  }
}

/// The small bodies of requests about subscriptions.
enum SubscriptionBodies {
  /// For how long a former secret goes on signing, by default.
  static let usualOverlap = Duration.seconds(86400)

  /// Reads `{overlap}`, which may be absent.
  ///
  /// - Throws: ``GatewayFault``.
  static func overlap(_ request: HTTPRequest) throws(GatewayFault) -> Duration {
    guard !request.body.isEmpty else { return usualOverlap }
    let members = try members(request, "overlap")
    guard let value = members["overlap"] else { return usualOverlap }
    guard let overlap = value.string.flatMap(Duration.init(iso8601:)),
      overlap <= SubscriptionDesk.longestOverlap
    else { throw refusal("/overlap", "out_of_range", "It takes a duration, PT0S to P7D.") }
    return overlap
  }

  /// Reads `{since}`: a time, or the number of an event.
  ///
  /// - Throws: ``GatewayFault``.
  static func start(_ request: HTTPRequest) throws(GatewayFault) -> ReplayStart {
    let members = try members(request, "since")
    if let time = members["since"]?.string.flatMap(Timestamp.init(rfc3339:)) {
      return .time(time)
    }
    if let number = members["since"]?.integer, number >= 0 { return .sequence(Int64(number)) }
    throw refusal("/since", "required", "It takes an RFC 3339 time, or an event's sequence.")
  }

  private static func members(
    _ request: HTTPRequest, _ known: String
  ) throws(GatewayFault) -> JSONObject {
    let body = try JSONBody.read(request, types: ["application/json"])
    guard let members = body.object, members.keys.allSatisfy({ $0 == known }) else {
      throw refusal("", "wrong_type", "The body must be an object with \(known) and nothing else.")
    }
    return members
  }

  private static func refusal(
    _ pointer: String, _ code: String, _ detail: String
  ) -> GatewayFault {
    GatewayFault(
      .invalidSubscription, "The request cannot be carried out like this.",
      errors: [.init(pointer: pointer, code: code, detail: detail)])
  }

  static func text(_ bytes: Span<UInt8>) -> String {
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count)
    for index in bytes.indices { copy.append(bytes[index]) }
    defer { wipe(&copy) }
    return String(decoding: copy, as: UTF8.self)
  }
}
