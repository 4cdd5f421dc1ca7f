import GatewayCore
import Storage

/// What happens, as it happens: Server-Sent Events (HTML Standard, section 9.2).
enum StreamEndpoint {
  /// The parameters' rows in the OpenAPI document.
  static let parameters: [Endpoint.QueryParameter] =
    EventSelectionQuery.parameters + [
      .init(
        name: "after", schema: ["type": "integer", "minimum": 0],
        summary: "Go on after the event of that `sequence`, for clients that cannot set "
          + "Last-Event-ID, which counts more. Without either, with what comes next.")
    ]

  /// The head of any stream of events.
  static let head = HTTPResponse(
    status: 200,
    headers: [
      .init("Content-Type", "text/event-stream"), .init("Cache-Control", "no-store"),
      // Some proxies would hold events back to fill a buffer.
      .init("X-Accel-Buffering", "no"),
    ])

  /// `GET /v1/stream`
  static func open(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, services) = (try call.app, call.services)
    let selection = try EventSelectionQuery.read(call.query, app)
    let after = try position(call)
    if call.request.method == .head { return .respond(head) }
    let digest = Credential.digest(of: call.request)
    let certificate = call.request.clientCertificate
    let stream = try services.events.open(app, selection, after: after) {
      refusal(app, digest, certificate, services.generations.current, at: services.clock.wall)
    }
    return .stream(head, stream)
  }

  /// Why an app that has opened a stream could not open it now; `nil` if it could.
  private static func refusal(
    _ app: App, _ digest: KeyDigest?, _ certificate: ClientCertificate?, _ generation: Generation,
    at now: Timestamp
  ) -> StreamMessage.EndReason? {
    var certified: App?
    if let certificate, !generation.certificates.isEmpty {
      certified = try? generation.certificates.owner(of: certificate, at: now)
      guard certified?.name == app.name else { return .unauthenticated }
    }
    let owner: App?
    if digest == nil {
      owner = certified
    } else if let end = app.tokenEnd {
      owner = now < end ? generation.apps[app.name] : nil
    } else {
      owner = digest.flatMap { generation.keys.owner(of: $0, at: now) }
    }
    guard let owner, owner.name == app.name, owner.scopes.contains(.eventsRead) else {
      return .unauthenticated
    }
    return owner.standing === app.standing ? nil : .reconfigured
  }

  // A client that comes back sends the address that it came with first, and the number that it has
  // come to since.
  private static func position(_ call: Call) throws(GatewayFault) -> Int64? {
    let after = try call.query["after"].map { text throws(GatewayFault) in
      try number(text, "The parameter after")
    }
    guard let header = call.request[.lastEventID], !header.isEmpty else { return after }
    return try number(header, "Last-Event-ID")
  }

  private static func number(
    _ text: String, _ name: String
  ) throws(GatewayFault) -> Int64 {
    guard let number = wholeNumber(text) else {
      throw GatewayFault(
        .malformedRequest, "\(name) takes the number of the event that was read last.")
    }
    return Int64(number)
  }
}
