import Configuration
import GatewayCore
import HeatPumpService
import HeatPumps
import PoderoClient
import ResponseCache

/// Lists of heat pumps: those of a user, and all that the app may see.
enum ListEndpoints {
  /// `GET /v1/users/{user_id}/heat-pumps`
  static func ofUser(_ call: Call) throws(GatewayFault) -> Disposition {
    let app = try call.app
    let user = try call.id(2)
    guard app.users.allows(user) else { throw OrganisationService.notFound }
    let (form, page) = (try ReadForm(call.query, app), try Page(call.query))
    let directives = call.cacheDirectives
    if let served = try app.organisation.heatPumpsAtOnce(of: user, directives) {
      return .respond(answer(call, app, served, form, page))
    }
    let requestID = call.requestID
    let context = call.context(
      .read, own: app.organisation.settings.callTimeout, requestID: requestID)
    return call.later(deadline: context.deadline, requestID: requestID) {
      () async throws(GatewayFault) in
      let served = try await app.organisation.heatPumps(of: user, directives, context)
      return answer(call, app, served, form, page)
    }
  }

  /// `GET /v1/heat-pumps`
  static func all(_ call: Call) throws(GatewayFault) -> Disposition {
    let app = try call.app
    let (form, page) = (try ReadForm(call.query, app), try Page(call.query))
    let directives = call.cacheDirectives
    let requestID = call.requestID
    let context = call.context(
      .read, own: app.organisation.settings.callTimeout, requestID: requestID)
    return call.later(deadline: context.deadline, requestID: requestID) {
      () async throws(GatewayFault) in
      let visible = app.organisation.directory.all.filter(app.maySee)
      let (addresses, next) = page.slice(visible, id: \.id)
      let entries = await app.organisation.heatPumps(at: Array(addresses), directives, context)
      let (health, wall) = (app.organisation.health, call.services.clock.wall)
      let items = zip(addresses, entries).map { address, entry in
        entry.map { form.representation($0, health: health, wall: wall) }
          ?? unread(address, app, form, health)
      }
      return respond(call, items, next, settings: 0, headers(entries, call.services.clock))
    }
  }

  private static func answer(
    _ call: Call, _ app: App, _ served: Served<[CachedHeatPump]>, _ form: ReadForm, _ page: Page
  ) -> HTTPResponse {
    let visible = served.value.filter { app.heatPumps.allows($0.document.id) }
      .sorted { $0.document.id < $1.document.id }
    let (entries, next) = page.slice(visible, id: \.document.id)
    let (health, wall) = (app.organisation.health, call.services.clock.wall)
    let items = entries.map { form.representation($0, health: health, wall: wall) }
    let settings = items.reduce(0 as UInt64) { ($0 &* 31) &+ $1.etag.settings }
    return respond(call, items, next, settings: settings, served.outcome.headers)
  }

  private static func respond(
    _ call: Call, _ items: [Representation], _ next: String?, settings: UInt64,
    _ headers: [HTTPResponse.Header]
  ) -> HTTPResponse {
    var body = Array(#"{"items":["#.utf8)
    body.reserveCapacity(items.reduce(128) { $0 + $1.body.count + 1 })
    for (index, item) in items.enumerated() {
      if index > 0 { body.append(UInt8(ascii: ",")) }
      body.append(contentsOf: item.body)
    }
    let end = body.count
    body.append(contentsOf: #"],"next_cursor":"#.utf8)
    (next.map(JSONValue.string) ?? .null).append(to: &body)
    body.append(UInt8(ascii: "}"))
    // The items' own tags stand for their bytes, which are many.
    let rest = stableHash(items.map(\.etag.rest) + [stableHash(Array(body[end...]))])
    let list = Representation(body: body, etag: EntityTag(settings: settings, rest: rest))
    return Conditional.apply(call.request, list.etag, list.response(headers))
  }

  // The page is as old as its oldest item, and nobody knows for how long it will hold.
  private static func headers(
    _ entries: [CachedHeatPump?], _ clock: any GatewayClock
  ) -> [HTTPResponse.Header] {
    let cacheControl = HTTPResponse.Header("Cache-Control", "private, no-cache")
    guard let oldest = entries.compactMap({ $0?.fetchedAt }).min() else { return [cacheControl] }
    let age = max(0, Int((clock.monotonic - oldest).seconds))
    return [.init("Age", String(age)), cacheControl]
  }

  // A heat pump that is known, but of which no answer is to be had at present.
  private static func unread(
    _ address: HeatPumpAddress, _ app: App, _ form: ReadForm, _ health: UpstreamHealth
  ) -> Representation {
    let alias = app.organisation.directory.alias(of: address.id)
    let item: JSONValue = [
      "id": .string(address.id.description), "user_id": .string(address.user.description),
      "organisation": .string(app.organisation.settings.name),
      "alias": alias.map(JSONValue.string) ?? .null,
      "freshness": [
        "observed_at": .null, "state": "unknown", "upstream": .string(health.rawValue),
      ],
      "pending": [],
    ]
    var shown = JSONObject()
    for (name, value) in item.object?.members ?? [] where form.shows(name) { shown[name] = value }
    let body = JSONValue.object(shown).encoded
    return Representation(body: body, etag: EntityTag(settings: 0, rest: stableHash(body)))
  }
}
