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
  /// The answer's head, whose body is ignored, and a body that goes on for as long as the stream is
  /// open. Where the server has no place for another stream, the caller gets a 503 in its place.
  case stream(HTTPResponse, ResponseStream)
}

/// Turns requests into answers; called by the server on a reactor's thread, so it never blocks.
public protocol RequestHandler: Sendable {
  /// Decides on a whole request.
  func handle(_ request: HTTPRequest) -> Disposition
}

extension RequestHandler {
  /// Runs a request to its end, wherever the caller is: for tests. The body of a stream is all that
  /// was sent until its end.
  public func response(to request: HTTPRequest) async -> HTTPResponse {
    switch handle(request) {
    case .respond(let response): response
    case .share(let shared): shared.response
    case .later(_, let work): await work()
    case .stream(let head, let stream):
      HTTPResponse(
        status: head.status, headers: head.headers, body: await stream.collected(),
        closesConnection: head.closesConnection)
    }
  }
}
