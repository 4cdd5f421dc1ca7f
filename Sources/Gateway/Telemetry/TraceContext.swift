import GatewayCore

/// W3C Trace Context.
enum TraceContext {
  /// The request's `traceparent`, if it is one.
  static func traceparent(of request: HTTPRequest) -> String? {
    guard request.count(of: .traceparent) == 1, let value = request[.traceparent] else {
      return nil
    }
    return isTraceparent(value) ? value : nil
  }
}
