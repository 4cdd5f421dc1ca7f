import GatewayCore
import HeatPumpService
import Logging
import PoderoClient
import Storage

/// What the operators' routes share: whose organisation, in what time, in which form.
extension Call {
  /// The organisation that a path segment names.
  ///
  /// - Throws: ``GatewayFault`` (`not-found`).
  func organisation(
    _ segment: Int = 2
  ) throws(GatewayFault) -> OrganisationService {
    let name = try text(segment)
    guard
      let found = generation.organisations.first(where: { $0.service.settings.name == name })
    else { throw GatewayFault(.notFound, "There is no organisation of that name.") }
    return found.service
  }

  /// The heat pump that a path segment names by its alias or id.
  ///
  /// - Throws: ``GatewayFault`` (`not-found`).
  func heatPump(
    of organisation: OrganisationService, _ segment: Int = 4
  ) throws(GatewayFault) -> HeatPumpAddress {
    guard let address = organisation.directory.resolve(try text(segment)) else {
      throw OrganisationService.notFound
    }
    return address
  }

  /// Notes what an operator has done, and by which key.
  func logOperator(_ message: Logger.Message, _ metadata: Logger.Metadata) {
    let key = AdminGate(self).visitor(request)?.key.beginning ?? "none"
    services.logger.notice(
      message,
      metadata: metadata.merging(
        ["key_sha256": "\(key)", "peer": "\(request.peer)", "request_id": "\(requestID)"]
      ) { first, _ in first })
  }

  /// Puts an operator's answer off, and makes it away from the threads that serve: such pages may
  /// go through thousands of records.
  func laterForOperator(
    own: Duration = .seconds(20),
    _ work: @escaping @Sendable (CallContext) async throws(GatewayFault) -> HTTPResponse
  ) -> Disposition {
    let requestID = requestID
    let context = context(.read, own: own, requestID: requestID)
    return later(deadline: context.deadline, requestID: requestID) {
      () async throws(GatewayFault) in
      try await withTaskExecutorPreference(globalConcurrentExecutor) {
        () async throws(GatewayFault) in try await work(context)
      }
    }
  }
}

/// The answers of the operators' routes: never kept by anybody on the way.
enum OperatorAnswer {
  static let noStore = HTTPResponse.Header("Cache-Control", "no-store")

  static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
    .json(value, status: status, headers: [noStore])
  }

  /// A page of a list, with what must be asked for to get the next one.
  static func page(_ items: [JSONValue], next: String?) -> HTTPResponse {
    json(["items": .array(items), "next_cursor": next.map(JSONValue.string) ?? .null])
  }

  /// A page of what was asked for with one more than the page has, to see whether there is another.
  static func page<Element>(
    _ found: [Element], limit: Int, cursor: (Element) -> String, _ shown: (Element) -> JSONValue
  ) -> HTTPResponse {
    let elements = found.prefix(limit)
    return page(
      elements.map(shown), next: found.count > limit ? elements.last.map(cursor) : nil)
  }

  /// Asks the storage.
  ///
  /// - Throws: ``GatewayFault`` (`storage-unavailable`).
  static func reading<Value: Sendable>(
    _ work: () async throws(StorageFault) -> Value
  ) async throws(GatewayFault) -> Value {
    do throws(StorageFault) {
      return try await work()
    } catch {
      throw OrganisationService.storageFault(error)
    }
  }
}
