/// What becomes of a request, decided at once on the server's thread.
public enum Disposition: Sendable {
  /// An answer made for this request.
  case respond(HTTPResponse)
  /// A ready answer that serves many.
  case share(SharedResponse)
  /// The answer comes later: the request is suspended, and `work` runs as a task on the reactor of
  /// its connection. It is cancelled when `deadline` passes or the server drains, and must then
  /// return soon; the caller has got a 504 or 503 by then.
  case later(deadline: MonotonicInstant, work: @Sendable () async -> HTTPResponse)
}

/// Turns requests into answers; called by the server on a reactor's thread, so it never blocks.
public protocol RequestHandler: Sendable {
  /// Decides on a whole request.
  func handle(_ request: HTTPRequest) -> Disposition
}

extension RequestHandler {
  /// Runs a request to its end, wherever the caller is: for tests.
  public func response(to request: HTTPRequest) async -> HTTPResponse {
    switch handle(request) {
    case .respond(let response): response
    case .share(let shared): shared.response
    case .later(_, let work): await work()
    }
  }
}
