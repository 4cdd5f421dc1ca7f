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
    if call.query.isEmpty {
      if let served = try organisation.heatPumpAtOnce(address, directives) {
        return hit(call, app, served)
      }
      return fetch(call, app, address, ReadForm(app), directives)
    }
    let form = try ReadForm(call.query, app)
    if let served = try organisation.heatPumpAtOnce(address, directives) {
      return .respond(answer(call, app, served, form))
    }
    return fetch(call, app, address, form, directives)
  }

  // The hot path: nothing here may cost more than a few hundred nanoseconds.
  private static func hit(
    _ call: Call, _ app: App, _ served: Served<CachedHeatPump>
  ) -> Disposition {
    let (representation, shared) = served.value.hit(
      includesPersonalData: app.seesPersonalData, health: app.organisation.health,
      now: call.services.clock.monotonic, wall: call.services.clock.wall,
      policy: app.organisation.settings.cache)
    guard Conditional.matches(call.request, representation.etag) else { return .share(shared) }
    return .respond(Conditional.notModified(shared.response))
  }

  private static func fetch(
    _ call: Call, _ app: App, _ address: HeatPumpAddress, _ form: ReadForm,
    _ directives: CacheDirectives
  ) -> Disposition {
    let requestID = call.requestID
    let organisation = app.organisation
    let context = call.context(
      .read, own: organisation.settings.callTimeout, requestID: requestID)
    return call.later(deadline: context.deadline, requestID: requestID) {
      () async throws(GatewayFault) in
      let served = try await organisation.heatPump(address, directives, context)
      return answer(call, app, served, form)
    }
  }

  private static func answer(
    _ call: Call, _ app: App, _ served: Served<CachedHeatPump>, _ form: ReadForm
  ) -> HTTPResponse {
    let representation = form.representation(
      served.value, health: app.organisation.health, wall: call.services.clock.wall)
    return Conditional.apply(
      call.request, representation.etag, representation.response(served.outcome.headers))
  }
}
