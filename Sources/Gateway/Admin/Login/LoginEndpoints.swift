import GatewayCore
import Logging

/// How an operator's browser comes in and goes again.
enum LoginEndpoints {
  /// The rows of the operators' table.
  static let table = [
    Endpoint(
      id: "getLogin", method: .get, template: "/login", access: .open,
      summary: "The page to log in at.",
      answers: [.init(200, "A page.", ["type": "string"], type: "text/html")]
    ) { _ throws(GatewayFault) in .respond(LoginPage.response()) },
    Endpoint(
      id: "login", method: .post, template: "/login", access: .open,
      summary: "Log in with a key. A page of this listener has to ask for it.",
      body: form("key"),
      answers: [.init(303, "Logged in.", [Endpoint.Answer.Content]())]
        + [401, 403, 415, 429].map {
          .init($0, "For browsers the page again.", ["type": "string"], type: "text/html")
        },
      problems: [.unauthenticated, .forbidden, .rateLimited, .unsupportedMediaType]
    ) { call throws(GatewayFault) in try login(call) },
    Endpoint(
      id: "logout", method: .post, template: "/logout", access: .open, summary: "Log out.",
      body: form("csrf_token"),
      answers: [.init(303, "Logged out.", [Endpoint.Answer.Content]())],
      problems: [.unauthenticated, .forbidden]
    ) { call throws(GatewayFault) in try logout(call) },
  ]

  private static func form(_ field: String) -> Endpoint.BodyDescription {
    .init(
      contentTypes: [FormFields.type],
      schema: OpenAPIDocument.object([(field, OpenAPIDocument.text)]), isRequired: true)
  }

  private static func login(_ call: Call) throws(GatewayFault) -> Disposition {
    do throws(GatewayFault) {
      return .respond(try loggedIn(call))
    } catch {
      // For programs a problem as everywhere; for people the page again.
      let offers = [MediaType("application/problem+json"), MediaType("text/html")]
      guard Negotiation.preferred(call.request, offers) == 1 else { throw error }
      return .respond(refusal(call, error))
    }
  }

  private static func loggedIn(_ call: Call) throws(GatewayFault) -> HTTPResponse {
    guard let login = call.services.login else {
      throw GatewayFault(.notFound, "There is no such resource.")
    }
    let (request, services) = (call.request, call.services)
    // Also for the first step: another site must not log its victim in as itself.
    try AdminGate.checkSite(request)
    if let wait = login.limiter.take(request.peer, at: services.clock.monotonic) {
      login.count(.limited)
      log(services, .notice, "login refused", request, ["reason": "too many attempts"])
      throw GatewayFault(.rateLimited, "Too many attempts; wait a moment.", retryAfter: wait)
    }
    guard let fields = FormFields.read(request) else {
      throw GatewayFault(.unsupportedMediaType, "Send the form's fields, as \(FormFields.type).")
    }
    let digest = KeyDigest(hashing: (fields["key"] ?? "").trimmed.utf8.span)
    guard let role = call.generation.adminKeys.owner(of: digest, at: services.clock.wall) else {
      login.count(.refused)
      log(services, .notice, "login refused", request, ["reason": "no such key"])
      throw GatewayFault(.unauthenticated, "That key is not accepted.")
    }
    login.count(.accepted)
    if let former = SessionCookie.read(request) { login.sessions.end(former.token) }
    // The browser itself says how it came, whatever stands between it and this listener.
    let isSecure = request[.origin]?.lowercased().hasPrefix("https://") ?? false
    let token = login.sessions.begin(
      digest, isSecure: isSecure, at: services.clock.monotonic)
    log(
      services, .notice, "logged in", request,
      ["role": "\(role.rawValue)", "key_sha256": "\(digest.beginning)"])
    return redirection(
      role == .operator ? "/console" : "/", [SessionCookie.setting(token, isSecure: isSecure)])
  }

  private static func logout(_ call: Call) throws(GatewayFault) -> Disposition {
    let (request, services) = (call.request, call.services)
    guard let session = AdminGate(call).visitor(request)?.session,
      let cookie = SessionCookie.read(request)
    else { throw GatewayFault(.unauthenticated, "The request belongs to no session.") }
    try AdminGate.checkIntent(request, session)
    services.login?.sessions.end(cookie.token)
    log(services, .notice, "logged out", request, ["key_sha256": "\(session.key.beginning)"])
    return .respond(redirection("/login", [SessionCookie.removing(isSecure: cookie.isSecure)]))
  }

  /// Sends a browser on to a page, by GET.
  static func redirection(
    _ path: String, _ headers: [HTTPResponse.Header] = []
  ) -> HTTPResponse {
    HTTPResponse(
      status: 303,
      headers: [.init("Location", path), .init("Cache-Control", "no-store")] + headers)
  }

  // The problem's status and headers, with a page in place of its body.
  private static func refusal(_ call: Call, _ fault: GatewayFault) -> HTTPResponse {
    let given = RequestIDs.sane(call.request)
    let problem = call.services.answer(
      to: fault, requestID: given ?? call.services.requestIDs.next(), row: call.row)
    var page = LoginPage.response(problem: fault.detail, status: fault.status)
    let own = Set(page.headers.map(\.name) + (given == nil ? [] : ["X-Request-Id"]))
    page.headers += problem.headers.filter { !own.contains($0.name) }
    return page
  }

  private static func log(
    _ services: Services, _ level: Logger.Level, _ message: Logger.Message,
    _ request: HTTPRequest, _ metadata: Logger.Metadata
  ) {
    services.logger.log(
      level: level, message,
      metadata: metadata.merging(["peer": "\(request.peer)"]) { first, _ in first })
  }
}

extension String {
  // What comes along when a key is copied from somewhere.
  fileprivate var trimmed: String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
