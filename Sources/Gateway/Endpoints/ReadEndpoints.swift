import GatewayCore
import HeatPumpService
import HeatPumps
import PoderoClient
import ResponseCache

/// Reads of one heat pump, by both addresses.
enum ReadEndpoints {
  /// `GET /v1/users/{user_id}/heat-pumps/{heat_pump_id}`
  static func byOwner(_ call: Call) throws(GatewayFault) -> Disposition {
    try read(call, HeatPumpAddress(user: try call.id(2), id: try call.id(4)))
  }

  /// `GET /v1/heat-pumps/{ref}`
  static func byReference(_ call: Call) throws(GatewayFault) -> Disposition {
    try read(call, try resolve(call, segment: 2))
  }

  /// The heat pump of an alias or id within the app's organisation.
  static func resolve(_ call: Call, segment: Int) throws(GatewayFault) -> HeatPumpAddress {
    let directory = try call.app.organisation.directory
    if let id = call.request.withTarget({
      ResourceID($0.extracting(call.path.segment(segment)))
    }), let address = directory.address(of: id) {
      return address
    }
    guard let address = directory.resolve(try call.text(segment)) else {
      throw OrganisationService.notFound
    }
    return address
  }

  private static func read(
    _ call: Call, _ address: HeatPumpAddress
  ) throws(GatewayFault) -> Disposition {
    let app = try call.app
    guard app.maySee(address) else { throw OrganisationService.notFound }
    let organisation = app.organisation
    let directives = call.cacheDirectives
    if call.path.query.isEmpty {
      if let served = try organisation.heatPumpAtOnce(address, directives) {
        return hit(call, app, served)
      }
      return try fetch(call, app, address, ReadForm(app), directives)
    }
    let form = try ReadForm(try call.query(), app)
    if let served = try organisation.heatPumpAtOnce(address, directives) {
      return .respond(answer(call, app, served, form, requestID: RequestIDs.sane(call.request)))
    }
    return try fetch(call, app, address, form, directives)
  }

  // The hot path: nothing here may cost more than a few hundred nanoseconds.
  private static func hit(
    _ call: Call, _ app: App, _ served: Served<CachedHeatPump>
  ) -> Disposition {
    let (representation, shared) = served.value.hit(
      includesPersonalData: app.seesPersonalData, health: app.organisation.health,
      now: call.services.clock.monotonic, wall: call.services.clock.wall,
      policy: app.organisation.settings.cache)
    let requestID = RequestIDs.sane(call.request)
    if requestID == nil, call.request.count(of: .ifNoneMatch) == 0 { return .share(shared) }
    var response = Conditional.apply(call.request, representation.etag, shared.response)
    if let requestID { response.headers.append(.init("X-Request-Id", requestID)) }
    return .respond(response)
  }

  private static func fetch(
    _ call: Call, _ app: App, _ address: HeatPumpAddress, _ form: ReadForm,
    _ directives: CacheDirectives
  ) throws(GatewayFault) -> Disposition {
    let requestID = RequestIDs.sane(call.request) ?? call.services.requestIDs.next()
    let organisation = app.organisation
    let context = try call.context(
      .read, own: organisation.settings.callTimeout, requestID: requestID)
    return call.later(deadline: context.deadline, requestID: requestID) {
      () async throws(GatewayFault) in
      let served = try await organisation.heatPump(address, directives, context)
      return answer(call, app, served, form, requestID: nil)
    }
  }

  private static func answer(
    _ call: Call, _ app: App, _ served: Served<CachedHeatPump>, _ form: ReadForm,
    requestID: String?
  ) -> HTTPResponse {
    let representation = form.representation(
      served.value, health: app.organisation.health, wall: call.services.clock.wall)
    var headers = served.outcome.headers
    if let requestID { headers.append(.init("X-Request-Id", requestID)) }
    return Conditional.apply(
      call.request, representation.etag, representation.response(headers))
  }
}
