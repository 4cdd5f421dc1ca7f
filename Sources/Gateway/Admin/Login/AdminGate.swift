import GatewayCore

/// Finds out who asks something of the operators' listener: by a key, or by a browser's session.
///
/// A browser sends its cookie along whatever page has asked it to. So a session changes something
/// only for a request that comes from one of our own pages and repeats what only they know; a key
/// is sent by nobody who does not mean it, and needs neither.
struct AdminGate {
  /// Who asks.
  struct Visitor: Sendable {
    let role: Endpoint.AdminRole
    /// The key, which in a session is the one that began it.
    let key: KeyDigest
    /// The session, if it was not a key.
    let session: AdminSessions.Session?
  }

  private let services: Services
  private let generation: Generation

  /// For a request that is judged by `generation`.
  init(_ services: Services, _ generation: Generation) {
    self.services = services
    self.generation = generation
  }

  /// For a request that an endpoint has got already.
  init(_ call: Call) {
    self.init(call.services, call.generation)
  }

  /// Checks that a request comes from somebody with that role, and means what it asks for.
  ///
  /// - Throws: ``GatewayFault``: `unauthenticated`, `forbidden`.
  func check(_ request: HTTPRequest, _ required: Endpoint.AdminRole) throws(GatewayFault) {
    guard let visitor = visitor(request) else {
      throw GatewayFault(.unauthenticated, "The request carries no valid key.")
    }
    if let session = visitor.session { try Self.checkIntent(request, session) }
    guard visitor.role == .operator || visitor.role == required else {
      throw GatewayFault(.forbidden, "The key lacks the role \(required.rawValue).")
    }
  }

  /// Who asks; `nil` if that is not proven. Where a key is presented, it alone counts.
  func visitor(_ request: HTTPRequest) -> Visitor? {
    if request.count(of: .authorization) + request.count(of: .xApiKey) > 0 {
      guard let key = Credential.digest(of: request),
        let role = generation.adminKeys.owner(of: key, at: services.clock.wall)
      else { return nil }
      return Visitor(role: role, key: key, session: nil)
    }
    guard let login = services.login, let cookie = SessionCookie.read(request),
      let session = login.sessions.use(
        cookie.token, isSecure: cookie.isSecure, at: services.clock.monotonic)
    else { return nil }
    guard let role = generation.adminKeys.owner(of: session.key, at: services.clock.wall) else {
      login.sessions.end(cookie.token)
      return nil
    }
    return Visitor(role: role, key: session.key, session: session)
  }

  /// A page for whoever has logged in; whoever has not is sent to where one logs in.
  ///
  /// - Throws: ``GatewayFault``: what making the page throws.
  static func page(
    _ call: Call, _ make: (Visitor) throws(GatewayFault) -> HTTPResponse
  ) throws(GatewayFault) -> Disposition {
    guard let visitor = AdminGate(call).visitor(call.request) else {
      return .respond(LoginEndpoints.redirection("/login"))
    }
    return .respond(try make(visitor))
  }

  /// Checks that a request that changes something was sent by a page of ours, in that session.
  ///
  /// - Throws: ``GatewayFault``: `forbidden`.
  static func checkIntent(
    _ request: HTTPRequest, _ session: AdminSessions.Session
  ) throws(GatewayFault) {
    if request.method == .get || request.method == .head { return }
    try checkSite(request)
    let presented =
      request.count(of: .xCSRFToken) > 0
      ? request[.xCSRFToken] : FormFields.read(request)?["csrf_token"]
    guard let presented, constantTimeEquals(presented.utf8.span, session.csrfToken.utf8.span)
    else {
      throw GatewayFault(
        .forbidden,
        "A session changes something only with its token, in X-CSRF-Token or the field csrf_token.")
    }
  }

  /// Checks that a page of ours sent the request: whatever the browser says of that must say so,
  /// and it must say something. The Host is one of ours by then.
  ///
  /// - Throws: ``GatewayFault``: `forbidden`.
  static func checkSite(_ request: HTTPRequest) throws(GatewayFault) {
    let (site, origin) = (request[.secFetchSite], request[.origin])
    let isOwnSite = site.map { $0 == "same-origin" } ?? true
    let isOwnOrigin = origin.map { HostGuard.isOrigin($0, of: request[.host]) } ?? true
    guard isOwnSite, isOwnOrigin, site != nil || origin != nil else {
      throw GatewayFault(
        .forbidden, "A browser's session is for pages of this listener; Origin must name it.")
    }
  }
}
