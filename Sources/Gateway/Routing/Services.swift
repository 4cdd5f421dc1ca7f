import GatewayCore
import Logging

/// What all endpoints share.
final class Services: Sendable {
  let clock: any GatewayClock
  let keys: KeyRing<App>
  let adminKeys: KeyRing<Endpoint.AdminRole>
  let endpoints: [Endpoint]
  let metrics: RequestMetrics
  let requestIDs: RequestIDs
  let logger: Logger
  let openAPI: [UInt8]
  let readiness: @Sendable () -> Readiness

  init(
    clock: any GatewayClock, keys: KeyRing<App> = KeyRing([]),
    adminKeys: KeyRing<Endpoint.AdminRole> = KeyRing([]), endpoints: [Endpoint],
    requestIDs: RequestIDs,
    logger: Logger, openAPI: [UInt8], readiness: @escaping @Sendable () -> Readiness
  ) {
    self.clock = clock
    self.keys = keys
    self.adminKeys = adminKeys
    self.endpoints = endpoints
    self.requestIDs = requestIDs
    self.logger = logger
    self.openAPI = openAPI
    self.readiness = readiness
    metrics = RequestMetrics(endpoints: endpoints.map { ($0.method, $0.template) })
  }

  /// Whether requests should be sent here.
  struct Readiness: Sendable {
    let isReady: Bool
    let details: JSONObject
  }

  /// The problem answer to a fault; what the caller must not see goes to the log.
  func answer(to fault: GatewayFault, requestID: String) -> HTTPResponse {
    if fault.status >= 500 {
      logger.warning(
        "request failed", metadata: ["request_id": "\(requestID)", "fault": "\(fault)"])
    } else {
      logger.debug(
        "request refused", metadata: ["request_id": "\(requestID)", "fault": "\(fault)"])
    }
    return fault.response(instance: requestID)
  }
}
