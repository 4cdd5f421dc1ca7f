import GatewayCore

/// Where a request enters, on either listener: route, caller, scope, endpoint. In that order, and
/// nothing else.
final class EndpointHandler: RequestHandler {
  private let services: Services
  private let router: Router

  init(_ services: Services) {
    self.services = services
    router = Router(services.endpoints.map { ($0.method, $0.template) })
  }

  func handle(_ request: HTTPRequest) -> Disposition {
    var endpoint: Int?
    do {
      let disposition = try dispatch(request, &endpoint)
      switch disposition {
      case .respond(let response):
        services.metrics.count(endpoint: endpoint, status: response.status)
      case .share(let shared):
        services.metrics.count(endpoint: endpoint, status: shared.response.status)
      case .later:
        break
      }
      return disposition
    } catch {
      let requestID = RequestIDs.sane(request) ?? services.requestIDs.next()
      let response = services.answer(to: error, requestID: requestID)
      services.metrics.count(endpoint: endpoint, status: response.status)
      return .respond(response)
    }
  }

  private func dispatch(
    _ request: HTTPRequest, _ endpoint: inout Int?
  ) throws(GatewayFault) -> Disposition {
    guard let path = request.withTarget({ RequestPath($0) }) else {
      throw GatewayFault(.notFound, "There is no such resource.")
    }
    let index: Int
    switch request.withTarget({ router.match(request.method, path, $0) }) {
    case .endpoint(let match): index = match
    case .otherMethods(let allow):
      throw GatewayFault(
        .methodNotAllowed, "This resource does not take that method.", allow: allow)
    case .nothing: throw GatewayFault(.notFound, "There is no such resource.")
    }
    endpoint = index
    let app = try authorise(request, services.endpoints[index].access)
    try Negotiation.check(request)
    return try services.endpoints[index].handle(
      Call(request: request, path: path, endpoint: index, services: services, caller: app))
  }

  private func authorise(
    _ request: HTTPRequest, _ access: Endpoint.Access
  ) throws(GatewayFault) -> App? {
    switch access {
    case .open:
      return nil
    case .app(let scopes):
      return try app(of: request, with: scopes)
    case .admin(let role):
      try checkAdmin(request, role)
      return nil
    }
  }

  private func app(
    of request: HTTPRequest, with scopes: Scopes
  ) throws(GatewayFault) -> App {
    let owner = Credential.withKey(of: request) { key in
      services.keys.owner(of: key, at: services.clock.wall)
    }
    guard let app = owner else { throw Self.unauthenticated }
    if let wait = app.limiter?.take(at: request.arrival) {
      throw GatewayFault(
        .rateLimited, "The app's limit of requests is used up.", retryAfter: wait)
    }
    guard app.scopes.isSuperset(of: scopes) else {
      let missing = scopes.subtracting(app.scopes).names.joined(separator: ", ")
      throw GatewayFault(.forbidden, "The app lacks the scope \(missing).")
    }
    return app
  }

  private func checkAdmin(
    _ request: HTTPRequest, _ required: Endpoint.AdminRole
  ) throws(GatewayFault) {
    let role = Credential.withKey(of: request) { key in
      services.adminKeys.owner(of: key, at: services.clock.wall)
    }
    guard let role else { throw Self.unauthenticated }
    guard role == .operator || role == required else {
      throw GatewayFault(.forbidden, "The key lacks the role \(required.rawValue).")
    }
  }

  private static let unauthenticated = GatewayFault(
    .unauthenticated, "The request carries no valid key.")
}

/// Content negotiation (RFC 9110, section 12): there is one representation, so it only has to be
/// acceptable.
enum Negotiation {
  static func check(_ request: HTTPRequest) throws(GatewayFault) {
    guard request.count(of: .accept) > 0, let accept = request[.accept] else { return }
    let accepted = accept.lowercased().split(separator: ",").contains { range in
      let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
      let isRefused = parts.dropFirst().contains {
        ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0)
      }
      return !isRefused
        && [
          "*/*", "application/*", "application/json", "application/problem+json", "text/*",
          "text/html",
        ].contains(parts.first ?? "")
    }
    guard accepted || accept.isEmpty else {
      throw GatewayFault(.notAcceptable, "Answers are application/json.")
    }
  }

  /// Whether a browser asks, which would rather have a page.
  static func prefersHTML(_ request: HTTPRequest) -> Bool {
    request[.accept]?.lowercased().contains("text/html") ?? false
  }
}
