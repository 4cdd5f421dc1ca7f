import GatewayCore
import HeatPumpService
import PoderoClient
import ResponseCache

/// One request on its way through an endpoint.
struct Call: Sendable {
  let request: HTTPRequest
  let path: RequestPath
  /// The endpoint's place in the table.
  let row: Int
  /// The query, checked against what the endpoint takes.
  let query: QueryParameters
  /// What the caller's `Request-Timeout` says.
  let timeout: Duration?
  let services: Services
  /// What it is judged by from its beginning to its end.
  let generation: Generation
  private let caller: App?

  init(
    request: HTTPRequest, path: RequestPath, row: Int, query: QueryParameters, timeout: Duration?,
    services: Services, generation: Generation, caller: App?
  ) {
    self.request = request
    self.path = path
    self.row = row
    self.query = query
    self.timeout = timeout
    self.services = services
    self.generation = generation
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
    if let id { return id }
    // Escapes are as good as what they stand for, but hardly anybody writes them.
    guard let id = ResourceID(try text(segment)) else { throw OrganisationService.notFound }
    return id
  }

  /// The request's `Cache-Control`.
  var cacheDirectives: CacheDirectives {
    guard request.count(of: .cacheControl) > 0, let header = request[.cacheControl] else {
      return .none
    }
    return CacheDirectives(header: header)
  }

  /// What goes upstream with the call; its deadline is the caller's, up to the gateway's `own`.
  func context(_ priority: CallPriority, own: Duration, requestID: String) -> CallContext {
    CallContext(
      priority: priority, deadline: request.arrival + min(own, timeout ?? own),
      traceparent: TraceContext.traceparent(of: request), requestID: requestID)
  }

  /// The id of a request whose answer is put off: the caller's own, or a new one.
  var requestID: String { RequestIDs.sane(request) ?? services.requestIDs.next() }

  /// Puts the answer off for what the storage has to be asked; it may take as long as a call
  /// upstream, or for `own`, but never beyond the caller's deadline.
  func later(
    for app: App, own: Duration? = nil,
    _ work: @escaping @Sendable () async throws(GatewayFault) -> HTTPResponse
  ) -> Disposition {
    let requestID = requestID
    let context = context(
      .read, own: own ?? app.organisation.settings.callTimeout, requestID: requestID)
    return later(deadline: context.deadline, requestID: requestID, work)
  }

  /// Puts the answer off: the connection is suspended and `work` runs on its reactor.
  func later(
    deadline: MonotonicInstant, requestID: String,
    _ work: @escaping @Sendable () async throws(GatewayFault) -> HTTPResponse
  ) -> Disposition {
    .later(deadline: deadline) { [services, row, request] in
      let response: HTTPResponse
      do throws(GatewayFault) {
        response = try await work().carrying(requestID: requestID)
      } catch {
        response = services.answer(to: error, requestID: requestID, row: row)
      }
      services.count(response.status, of: request, row: row)
      return response
    }
  }
}

/// The caller's deadline.
enum RequestTimeout {
  /// The `Request-Timeout` of a request; `nil` if there is none.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`) if it is no positive whole number.
  static func read(_ request: HTTPRequest) throws(GatewayFault) -> Duration? {
    guard request.count(of: .requestTimeout) > 0, let header = request[.requestTimeout] else {
      return nil
    }
    guard let seconds = wholeNumber(header), seconds > 0 else {
      throw GatewayFault(
        .malformedRequest, "Request-Timeout must be a positive whole number of seconds.")
    }
    return .seconds(min(seconds, 86400))
  }
}

/// Reads decimal digits and nothing else; `Int` would take a sign, too. Large numbers saturate.
func wholeNumber(_ text: String) -> Int? {
  guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
  return Int(text) ?? .max
}
