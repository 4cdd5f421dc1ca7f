import GatewayCore

/// Where a request enters, on either listener: route, caller, scope, form, endpoint. In that order,
/// and nothing else.
final class EndpointHandler: RequestHandler {
  private let services: Services
  private let router: Router

  init(_ services: Services) {
    self.services = services
    router = Router(services.endpoints.map { ($0.method, $0.template) })
  }

  func handle(_ request: HTTPRequest) -> Disposition {
    var row: Int?
    do {
      return finished(try dispatch(request, &row), request, row)
    } catch {
      let requestID = RequestIDs.sane(request) ?? services.requestIDs.next()
      let response = services.answer(
        to: error, requestID: requestID, row: row, request: request)
      services.count(response.status, of: request, row: row)
      return .respond(response)
    }
  }

  /// Counts an answer and puts the caller's id for the request on it.
  private func finished(
    _ disposition: Disposition, _ request: HTTPRequest, _ row: Int?
  ) -> Disposition {
    switch disposition {
    case .later:
      return disposition
    case .stream(let head, let stream):
      services.count(head.status, of: request, row: row)
      guard let requestID = RequestIDs.sane(request) else { return disposition }
      return .stream(head.carrying(requestID: requestID), stream)
    case .share(let shared):
      services.count(shared.response.status, of: request, row: row)
      guard let requestID = RequestIDs.sane(request) else { return disposition }
      return .respond(shared.response.carrying(requestID: requestID))
    case .respond(let response):
      services.count(response.status, of: request, row: row)
      guard let requestID = RequestIDs.sane(request) else { return disposition }
      return .respond(response.carrying(requestID: requestID))
    }
  }

  private func dispatch(
    _ request: HTTPRequest, _ row: inout Int?
  ) throws(GatewayFault) -> Disposition {
    guard let path = request.withTarget({ RequestPath($0) }) else {
      throw GatewayFault(.notFound, "There is no such resource.")
    }
    // The one look at what may change while the gateway runs.
    let generation = services.generations.current
    if services.isForOperators { try generation.hostGuard?.check(request) }
    let match: Int
    switch request.withTarget({ router.match(request.method, path, $0) }) {
    case .endpoint(let index): match = index
    case .otherMethods(let allow):
      throw GatewayFault(
        .methodNotAllowed, "This resource does not take that method.", allow: allow)
    case .nothing: throw GatewayFault(.notFound, "There is no such resource.")
    }
    row = match
    let endpoint = services.endpoints[match]
    let app = try authorise(request, endpoint.access, generation)
    try Negotiation.check(request, endpoint.offers)
    return try endpoint.handle(
      Call(
        request: request, path: path, row: match, query: try query(request, path, endpoint),
        timeout: try RequestTimeout.read(request), services: services, generation: generation,
        caller: app))
  }

  // Open endpoints take any query: monitors like to add one against caches on the way, and senders
  // of events what they like.
  private func query(
    _ request: HTTPRequest, _ path: RequestPath, _ endpoint: Endpoint
  ) throws(GatewayFault) -> QueryParameters {
    if path.query.isEmpty || [.open, .hook].contains(endpoint.access) { return .none }
    return try request.withTarget { target throws(GatewayFault) in
      try QueryParameters(target.extracting(path.query), allowed: endpoint.queryNames)
    }
  }

  private func authorise(
    _ request: HTTPRequest, _ access: Endpoint.Access, _ generation: Generation
  ) throws(GatewayFault) -> App? {
    switch access {
    case .open, .hook:
      return nil
    case .app(let scopes):
      return try app(of: request, with: scopes, generation)
    case .admin(let role):
      try AdminGate(services, generation).check(request, role)
      return nil
    }
  }

  private func app(
    of request: HTTPRequest, with scopes: Scopes, _ generation: Generation
  ) throws(GatewayFault) -> App {
    let app = try caller(of: request, generation)
    if let limiter = app.limiter, let wait = limiter.take(at: request.arrival) {
      throw GatewayFault(
        .rateLimited, "The app's limit of requests is used up.", retryAfter: wait,
        quota: limiter.quota(after: wait))
    }
    guard app.scopes.isSuperset(of: scopes) else {
      let missing = scopes.subtracting(app.scopes).names.joined(separator: ", ")
      throw GatewayFault(.forbidden, "The app lacks the scope \(missing).")
    }
    // What is delivered goes by the app, and long after the token has ended.
    let told = app.configured.scopes.intersection([.eventsRead, .personalDataRead])
    if scopes.contains(.subscriptionsWrite), !app.scopes.isSuperset(of: told) {
      throw GatewayFault(
        .forbidden, "A token with fewer scopes than its app's may change no subscription.")
    }
    return app
  }

  // What a caller shows must agree: a stolen key is worth nothing over another app's certificate.
  private func caller(
    of request: HTTPRequest, _ generation: Generation
  ) throws(GatewayFault) -> App {
    let certified = try certifiedApp(of: request, generation)
    if let certified, !Credential.isThere(in: request) { return certified }
    let app = try Credential.withKey(of: request) { key throws(GatewayFault) in
      try owner(of: key, request, generation)
    }
    if let certified, certified.name != app.name {
      throw GatewayFault(
        .unauthenticated, "The key and the certificate are of different apps.")
    }
    return app
  }

  private func certifiedApp(
    of request: HTTPRequest, _ generation: Generation
  ) throws(GatewayFault) -> App? {
    guard let certificate = request.clientCertificate, !generation.certificates.isEmpty else {
      return nil
    }
    do throws(CertificateRing.Refusal) {
      return try generation.certificates.owner(of: certificate, at: services.clock.wall)
    } catch {
      throw GatewayFault(
        .unauthenticated, "The client certificate is not accepted.", cause: error.rawValue)
    }
  }

  // Keys first, so that tokens cost them nothing; both are known by the same hash.
  private func owner(
    of key: Span<UInt8>?, _ request: HTTPRequest, _ generation: Generation
  ) throws(GatewayFault) -> App {
    guard let key else { throw Self.unauthenticated }
    let digest = KeyDigest(hashing: key)
    if let app = generation.keys.owner(of: digest, at: services.clock.wall) { return app }
    guard let tokens = generation.tokens, TokenRing.isToken(key), request.count(of: .xApiKey) == 0
    else { throw Self.unauthenticated }
    do throws(TokenRing.Refusal) {
      return try tokens.owner(of: key, digest, at: request.arrival)
    } catch {
      var fault = GatewayFault(
        .unauthenticated, "The access token is not accepted.", cause: error.reason)
      fault.hasInvalidToken = true
      throw fault
    }
  }

  private static let unauthenticated = GatewayFault(
    .unauthenticated, "The request carries no valid key.")
}
