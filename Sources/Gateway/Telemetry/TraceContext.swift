import GatewayCore

/// W3C Trace Context.
enum TraceContext {
  /// The request's `traceparent`, if it has the form of version 00 and is not all zeros.
  static func traceparent(of request: HTTPRequest) -> String? {
    guard request.count(of: .traceparent) == 1, let value = request[.traceparent],
      value.utf8.count == 55
    else { return nil }
    let parts = value.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] == "00",
      parts.joined().utf8.allSatisfy({ hexValue($0) != nil && !($0 >= 65 && $0 <= 70) }),
      parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
    else { return nil }
    return value
  }
}
