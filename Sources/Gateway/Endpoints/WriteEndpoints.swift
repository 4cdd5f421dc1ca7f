import GatewayCore
import HeatPumpService
import HeatPumps
import PoderoClient
import ResponseCache
import Storage

/// Changes of one heat pump: patches and commands, by both addresses.
enum WriteEndpoints {
  static let patchTypes = ["application/merge-patch+json", "application/json"]

  /// `PATCH /v1/users/{user_id}/heat-pumps/{heat_pump_id}`
  static func patchByOwner(_ call: Call) throws(GatewayFault) -> Disposition {
    try patch(call, HeatPumpAddress(user: try call.id(2), id: try call.id(4)))
  }

  /// `PATCH /v1/heat-pumps/{ref}`
  static func patchByReference(_ call: Call) throws(GatewayFault) -> Disposition {
    try patch(call, try ReadEndpoints.resolve(call, segment: 2))
  }

  /// `POST /v1/users/{user_id}/heat-pumps/{heat_pump_id}/commands/{name}`
  static func commandByOwner(_ call: Call) throws(GatewayFault) -> Disposition {
    try command(call, HeatPumpAddress(user: try call.id(2), id: try call.id(4)), nameAt: 6)
  }

  /// `POST /v1/heat-pumps/{ref}/commands/{name}`
  static func commandByReference(_ call: Call) throws(GatewayFault) -> Disposition {
    try command(call, try ReadEndpoints.resolve(call, segment: 2), nameAt: 4)
  }

  private static func patch(
    _ call: Call, _ address: HeatPumpAddress
  ) throws(GatewayFault) -> Disposition {
    guard try call.app.maySee(address) else { throw OrganisationService.notFound }
    let body = try JSONBody.read(call.request, types: patchTypes)
    return try write(
      call, address,
      try HeatPumpPatch.validate(
        body, rules: try call.app.writeRules, now: call.services.clock.wall))
  }

  private static func command(
    _ call: Call, _ address: HeatPumpAddress, nameAt segment: Int
  ) throws(GatewayFault) -> Disposition {
    guard try call.app.maySee(address) else { throw OrganisationService.notFound }
    let name = try call.text(segment)
    guard HeatPumpCommand.names.contains(name) else {
      throw GatewayFault(
        .notFound,
        "There is no such command; there are \(HeatPumpCommand.names.joined(separator: ", ")).")
    }
    // Spelled out, since a bare nil would be taken for the JSON value null.
    var body: JSONValue?
    if !call.request.body.isEmpty {
      body = try JSONBody.read(call.request, types: ["application/json"])
    }
    return try write(
      call, address,
      try HeatPumpCommand.patch(
        name: name, body: body, rules: try call.app.writeRules, now: call.services.clock.wall))
  }

  private static func write(
    _ call: Call, _ address: HeatPumpAddress, _ patch: HeatPumpPatch
  ) throws(GatewayFault) -> Disposition {
    let app = try call.app
    let isDryRun = try call.query.boolean("dry_run")
    var precondition: WritePrecondition?
    if let header = call.request[.ifMatch] { precondition = try WritePrecondition(header: header) }
    let requestID = call.requestID
    let organisation = app.organisation
    let context = call.context(
      .write, own: organisation.settings.callTimeout, requestID: requestID)
    var request = WriteRequest(
      address: address, patch: patch, precondition: precondition,
      origin: OperationOrigin(kind: .app, name: app.name, occasion: requestID),
      key: try WritePreferences.key(call.request, app: app),
      waiting: WritePreferences.waiting(call.request), context: context)
    // A call upstream that took all of its time leaves a question that one read may settle. A
    // caller that set its own deadline does not wait for that.
    if call.timeout == nil, request.waiting == .forOutcome { request.patience = .seconds(3) }
    // Looking up what became of a write whose time is over takes a moment, too.
    let end = context.deadline + request.patience + .seconds(2)
    return call.later(deadline: end, requestID: requestID) {
      [request] () async throws(GatewayFault) in
      if isDryRun { return try await dryRun(request, app) }
      if patch.assignments.isEmpty { return try await unchanged(call, request, app) }
      return try await answer(request, app, call)
    }
  }

  private static func answer(
    _ request: WriteRequest, _ app: App, _ call: Call
  ) async throws(GatewayFault) -> HTTPResponse {
    do throws(GatewayFault) {
      switch try await app.organisation.write(request) {
      case .confirmed(let result):
        let response = WriteAnswer.response(
          result, patch: request.patch, app: app, wall: call.services.clock.wall)
        if request.key != nil {
          await app.organisation.keepAnswer(StoredAnswer(response), of: result.operationID)
        }
        return response
      case .running(let operation):
        // A repeated key's operation is an older one, whose times may be others.
        return OperationEndpoints.running(
          operation, app, patch: request.key == nil ? request.patch : nil)
      case .repeated(let answer): return HTTPResponse(answer)
      }
    } catch {
      // A refusal is an answer too, and the same key gets it again; a failure may be tried again.
      if request.key != nil, let id = error.operationID, Self.isLasting(error) {
        let response = error.response(instance: call.requestID)
        await app.organisation.keepAnswer(StoredAnswer(response), of: id)
      }
      throw error
    }
  }

  private static func isLasting(_ fault: GatewayFault) -> Bool {
    (400..<500).contains(fault.status) && fault.status != 409 && fault.status != 429
      && fault.type != .idempotencyMismatch
  }

  private static func dryRun(
    _ request: WriteRequest, _ app: App
  ) async throws(GatewayFault) -> HTTPResponse {
    let current = try await app.organisation.heatPump(
      request.address, .none, request.context
    ).value
    try check(request.precondition, current)
    return .json(
      [
        "upstream_body": try DryRun.body(
          of: request.patch, to: current, by: app.organisation,
          seesPersonalData: app.seesPersonalData)
      ], headers: [.init("Cache-Control", "no-store")])
  }

  // Where nothing is written, a precondition counts all the same (RFC 9110, section 13.1.1).
  private static func check(
    _ precondition: WritePrecondition?, _ current: CachedHeatPump
  ) throws(GatewayFault) {
    guard case .settings(let accepted) = precondition,
      !accepted.contains(current.settingsTag)
    else { return }
    throw GatewayFault(
      .preconditionFailed, "The settings are not those that If-Match names.")
  }

  private static func unchanged(
    _ call: Call, _ request: WriteRequest, _ app: App
  ) async throws(GatewayFault) -> HTTPResponse {
    let current = try await app.organisation.heatPump(request.address, .none, request.context).value
    try check(request.precondition, current)
    return WriteAnswer.unchanged(current, app: app, wall: call.services.clock.wall)
  }
}

extension StoredAnswer {
  /// What of an answer is given again: all but the id of the request that it answered.
  init(_ response: HTTPResponse) {
    self.init(
      status: response.status, headers: response.headers.filter { $0.name != "X-Request-Id" },
      body: response.body)
  }
}

extension HTTPResponse {
  /// An answer that was given before.
  init(_ answer: StoredAnswer) {
    self.init(
      status: answer.status,
      headers: answer.headers + [Header("Idempotency-Replayed", "true")], body: answer.body)
  }
}
