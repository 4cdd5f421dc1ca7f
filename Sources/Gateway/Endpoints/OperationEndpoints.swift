import GatewayCore
import HeatPumpService
import HeatPumps
import PoderoClient
import Storage

/// Writes as operations: look one up, list a heat pump's, withdraw one that waits.
enum OperationEndpoints {
  /// `GET /v1/operations/{operation_id}`
  static func get(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, id) = (try call.app, try operationID(call))
    return call.later(for: app) { () async throws(GatewayFault) in
      answer(try await visible(id, to: app), app)
    }
  }

  /// `DELETE /v1/operations/{operation_id}`
  static func cancel(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, id) = (try call.app, try operationID(call))
    return call.later(for: app) { () async throws(GatewayFault) in
      let operation = try await visible(id, to: app)
      return answer(try await app.organisation.cancel(operation), app)
    }
  }

  /// `GET /v1/users/{user_id}/heat-pumps/{heat_pump_id}/operations`
  static func listByOwner(_ call: Call) throws(GatewayFault) -> Disposition {
    try list(call, HeatPumpAddress(user: try call.id(2), id: try call.id(4)))
  }

  /// `GET /v1/heat-pumps/{ref}/operations`
  static func listByReference(_ call: Call) throws(GatewayFault) -> Disposition {
    try list(call, try ReadEndpoints.resolve(call, segment: 2))
  }

  /// The answer that points to an operation which goes on: 202, or 200 once it has ended.
  ///
  /// - Parameter patch: the changes, if the operation was accepted for this caller just now.
  static func running(
    _ operation: StoredOperation, _ app: App, patch: HeatPumpPatch?
  ) -> HTTPResponse {
    var response = answer(operation, app, patch: patch)
    response.status = operation.state.isOpen ? 202 : 200
    response.headers.append(.init("Location", "/v1/operations/\(operation.request.id)"))
    return response
  }

  private static func list(
    _ call: Call, _ address: HeatPumpAddress
  ) throws(GatewayFault) -> Disposition {
    let app = try call.app
    guard app.maySee(address) else { throw OrganisationService.notFound }
    let page = try OperationPage(call.query)
    return call.later(for: app) { () async throws(GatewayFault) in
      let found = try await app.organisation.operations(
        of: address, before: page.before, limit: page.limit + 1)
      let shown = found.prefix(page.limit)
      let next = found.count > page.limit ? shown.last.map { String($0.sequence) } : nil
      return .json(
        [
          "items": .array(shown.map { representation($0, app) }),
          "next_cursor": next.map(JSONValue.string) ?? .null,
        ], headers: [.init("Cache-Control", "no-store")])
    }
  }

  private static func visible(
    _ id: ResourceID, to app: App
  ) async throws(GatewayFault) -> StoredOperation {
    let operation = try await app.organisation.operation(id)
    let heatPump = operation.request.heatPump
    guard app.maySee(HeatPumpAddress(user: heatPump.user, id: heatPump.id)) else {
      throw notFound
    }
    return operation
  }

  private static func operationID(_ call: Call) throws(GatewayFault) -> ResourceID {
    guard let id = ResourceID(try call.text(2)) else { throw notFound }
    return id
  }

  private static let notFound = GatewayFault(.notFound, "There is no such operation.")

  private static func answer(
    _ operation: StoredOperation, _ app: App, patch: HeatPumpPatch? = nil
  ) -> HTTPResponse {
    HTTPResponse(
      status: 200,
      headers: [.init("Content-Type", "application/json"), .init("Cache-Control", "no-store")],
      body: operation.text(
        alias: app.organisation.directory.alias(of: operation.request.heatPump.id),
        showsPersonalData: app.seesPersonalData, patch: patch))
  }

  private static func representation(_ operation: StoredOperation, _ app: App) -> JSONValue {
    operation.representation(
      alias: app.organisation.directory.alias(of: operation.request.heatPump.id),
      showsPersonalData: app.seesPersonalData)
  }
}

/// `?limit=` and `?cursor=` of a list of operations, which runs from the newest to the oldest.
struct OperationPage: Sendable {
  let limit: Int
  let before: Int64?

  /// Reads the parameters.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`).
  init(_ query: QueryParameters) throws(GatewayFault) {
    limit = try query["limit"].map(Page.limit) ?? Page.usual
    guard let cursor = query["cursor"] else {
      before = nil
      return
    }
    guard let number = wholeNumber(cursor), number > 0 else {
      throw GatewayFault(
        .malformedRequest, "The parameter cursor takes the next_cursor of an earlier page.")
    }
    before = Int64(number)
  }
}
