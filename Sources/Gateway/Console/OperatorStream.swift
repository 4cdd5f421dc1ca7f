import GatewayCore

/// `GET /admin/stream`: what a console shows, told as it changes (HTML Standard, section 9.2).
enum OperatorStream {
  static func open(
    _ call: Call, _ board: OperatorBoard
  ) throws(GatewayFault) -> Disposition {
    if call.request.method == .head { return .respond(StreamEndpoint.head) }
    guard let admission = OperatorAdmission(call) else {
      throw GatewayFault(.unauthenticated, "The request carries no valid key.")
    }
    let services = call.services
    return .stream(
      StreamEndpoint.head, try board.open { admission.holds(services) })
  }
}

/// What has opened a stream, to be asked again for as long as that is open. It holds hashes only,
/// and asking does not keep a session alive.
private struct OperatorAdmission: Sendable {
  private enum Proof: Sendable {
    case key(KeyDigest)
    case session(KeyDigest)
  }

  private let proof: Proof

  init?(_ call: Call) {
    if Credential.isThere(in: call.request) {
      guard let key = Credential.digest(of: call.request) else { return nil }
      proof = .key(key)
    } else {
      guard let cookie = SessionCookie.read(call.request) else { return nil }
      proof = .session(KeyDigest(hashing: cookie.token.utf8.span))
    }
  }

  func holds(_ services: Services) -> Bool {
    let key: KeyDigest? =
      switch proof {
      case .key(let key): key
      case .session(let token):
        services.login?.sessions.key(ofTokenHashed: token, at: services.clock.monotonic)
      }
    let keys = services.generations.current.adminKeys
    return key.flatMap { keys.owner(of: $0, at: services.clock.wall) } == .operator
  }
}
