import GatewayCore
import Logging
import Webhooks

/// What all endpoints share.
final class Services: Sendable {
  let clock: any GatewayClock
  /// What requests are judged by.
  let generations: Generations
  /// How operators' browsers log in; the listener for apps has no such thing.
  let login: AdminLogin?
  let endpoints: [Endpoint]
  let metrics: RequestMetrics
  let requestIDs: RequestIDs
  let logger: Logger
  let pages: Pages
  /// Whether this is the listener for operators, which answers only under its own names.
  let isForOperators: Bool
  /// Where requests come from.
  let clientAddress: ClientAddress
  /// Where subscriptions are kept.
  let subscriptions: SubscriptionDesk?
  /// Where events leave.
  let events: EventOutlet
  let readiness: @Sendable () -> Readiness

  init(
    clock: any GatewayClock, generations: Generations, login: AdminLogin? = nil,
    endpoints: [Endpoint], requestIDs: RequestIDs, logger: Logger, isForOperators: Bool = false,
    clientAddress: ClientAddress = ClientAddress(trustedProxies: []),
    subscriptions: SubscriptionDesk? = nil, events: EventOutlet,
    readiness: @escaping @Sendable () -> Readiness
  ) {
    self.clock = clock
    self.generations = generations
    self.login = login
    self.endpoints = endpoints
    self.requestIDs = requestIDs
    self.logger = logger
    self.isForOperators = isForOperators
    self.clientAddress = clientAddress
    self.subscriptions = subscriptions
    self.events = events
    self.readiness = readiness
    pages = Pages(endpoints, for: isForOperators ? .operators : .apps)
    metrics = RequestMetrics(endpoints: endpoints.map { ($0.method, $0.template) })
  }

  /// Whether requests should be sent here.
  struct Readiness: Sendable {
    let isReady: Bool
    let details: JSONObject
  }

  /// Counts an answer that is made just now.
  ///
  /// - Parameter row: the endpoint's place in the table; `nil` if there was none.
  func count(_ status: Int, of request: HTTPRequest, row: Int?) {
    metrics.count(
      row: row, status: status,
      nanoseconds: clock.monotonic.nanoseconds - request.arrival.nanoseconds)
  }

  /// The problem answer to a fault; what the caller must not see goes to the log.
  ///
  /// - Parameters:
  ///   - row: the endpoint's place in the table; `nil` if there was none.
  ///   - request: says where it came from, if that is to be logged.
  func answer(
    to fault: GatewayFault, requestID: String, row: Int?, request: HTTPRequest? = nil
  ) -> HTTPResponse {
    // A caller that wants only what is cached has not failed when nothing is.
    let level: Logger.Level = fault.status < 500 || fault.type == .notCached ? .debug : .warning
    logger.log(
      level: level, level == .debug ? "request refused" : "request failed",
      metadata: [
        "request_id": "\(requestID)", "fault": "\(fault)",
        "endpoint": "\(row.map { endpoints[$0].id } ?? "none")",
        "peer": "\(request.map(clientAddress.of) ?? "unknown")",
      ])
    return fault.response(instance: requestID)
  }
}
