import GatewayCore
import HeatPumpService
import PoderoClient
import ResponseCache

/// One request on its way through an endpoint.
struct Call: Sendable {
  let request: HTTPRequest
  let path: RequestPath
  let endpoint: Int
  let services: Services
  private let caller: App?

  init(request: HTTPRequest, path: RequestPath, endpoint: Int, services: Services, caller: App?) {
    self.request = request
    self.path = path
    self.endpoint = endpoint
    self.services = services
    self.caller = caller
  }

  /// The app that calls.
  ///
  /// - Throws: ``GatewayFault`` (`unauthenticated`) on an endpoint that is open to everybody.
  var app: App {
    get throws(GatewayFault) {
      guard let caller else { throw GatewayFault(.unauthenticated, "A key is required.") }
      return caller
    }
  }

  /// A path segment, decoded.
  ///
  /// - Throws: ``GatewayFault`` (`not-found`) if it cannot be decoded.
  func text(_ segment: Int) throws(GatewayFault) -> String {
    let decoded = request.withTarget { percentDecoded($0.extracting(path.segment(segment))) }
    guard let decoded else { throw GatewayFault(.notFound, "There is no such resource.") }
    return decoded
  }

  /// A path segment that is an id.
  ///
  /// - Throws: ``GatewayFault`` (`not-found`) if it is none.
  func id(_ segment: Int) throws(GatewayFault) -> ResourceID {
    let id = request.withTarget { ResourceID($0.extracting(path.segment(segment))) }
    guard let id else { throw OrganisationService.notFound }
    return id
  }

  /// The query, checked against what the endpoint takes.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`).
  func query() throws(GatewayFault) -> QueryParameters {
    let allowed = services.endpoints[endpoint].query.map(\.name)
    return try request.withTarget { target throws(GatewayFault) in
      try QueryParameters(target.extracting(path.query), allowed: allowed)
    }
  }

  /// The request's `Cache-Control`.
  var cacheDirectives: CacheDirectives {
    guard request.count(of: .cacheControl) > 0, let header = request[.cacheControl] else {
      return .none
    }
    return CacheDirectives(header: header)
  }

  /// When the caller's time is over: its `Request-Timeout`, up to the gateway's own.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`) if the header is no positive whole number.
  func deadline(own: Duration) throws(GatewayFault) -> MonotonicInstant {
    guard let header = request[.requestTimeout] else { return request.arrival + own }
    guard let seconds = Int(header), seconds > 0 else {
      throw GatewayFault(
        .malformedRequest, "Request-Timeout must be a positive whole number of seconds.")
    }
    return request.arrival + min(own, .seconds(min(seconds, 86400)))
  }

  /// What goes upstream with the call.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`) for a bad `Request-Timeout`.
  func context(
    _ priority: CallPriority, own: Duration, requestID: String
  ) throws(GatewayFault) -> CallContext {
    CallContext(
      priority: priority, deadline: try deadline(own: own),
      traceparent: TraceContext.traceparent(of: request), requestID: requestID)
  }

  /// Puts the answer off: the connection is suspended and `work` runs on its reactor.
  func later(
    deadline: MonotonicInstant, requestID: String,
    _ work: @escaping @Sendable () async throws(GatewayFault) -> HTTPResponse
  ) -> Disposition {
    .later(deadline: deadline) { [services, endpoint] in
      var response: HTTPResponse
      do throws(GatewayFault) {
        response = try await work()
        response.headers.append(HTTPResponse.Header("X-Request-Id", requestID))
      } catch {
        response = services.answer(to: error, requestID: requestID)
      }
      services.metrics.count(endpoint: endpoint, status: response.status)
      return response
    }
  }
}

/// W3C Trace Context.
enum TraceContext {
  /// The request's `traceparent`, if it has the form of version 00 and is not all zeros.
  static func traceparent(of request: HTTPRequest) -> String? {
    guard request.count(of: .traceparent) == 1, let value = request[.traceparent],
      value.utf8.count == 55
    else { return nil }
    let parts = value.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] == "00",
      parts.joined().utf8.allSatisfy({ hexValue($0) != nil && !($0 >= 65 && $0 <= 70) }),
      parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
    else { return nil }
    return value
  }
}
