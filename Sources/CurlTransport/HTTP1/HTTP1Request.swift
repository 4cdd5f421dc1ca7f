internal import GatewayCore

/// A request as HTTP/1.1 writes it (RFC 9112, sections 3 and 5).
enum HTTP1Request {
  /// Appends the whole request, with its body.
  ///
  /// - Parameters:
  ///   - target: what the request's URL says.
  ///   - userAgent: for a request that brings none of its own; empty for none.
  /// - Throws: ``TransportFault`` of the kind `other` if it can't be sent as it is.
  static func append(
    _ request: TransportRequest, _ target: HTTP1Target, userAgent: String, to out: inout [UInt8]
  ) throws(TransportFault) {
    let brought = try RequestRules.check(request)
    let url = request.url.utf8.span
    append(request.method.rawValue, to: &out)
    out.append(UInt8(ascii: " "))
    if target.path.isEmpty { append("/", to: &out) }
    out.append(copying: url.extracting(target.path))
    append(" HTTP/1.1\r\nHost: ", to: &out)
    out.append(copying: url.extracting(target.host))
    append("\r\n", to: &out)
    if !brought.accept { append("Accept: */*\r\n", to: &out) }
    if !brought.acceptEncoding { append("Accept-Encoding: gzip, deflate\r\n", to: &out) }
    for header in request.headers { append(header.name, header.value, to: &out) }
    if !brought.userAgent, !userAgent.isEmpty { append("User-Agent", userAgent, to: &out) }
    if let secret = request.authorization {
      append("Authorization: ", to: &out)
      secret.withBytes { out.append(copying: $0) }
      append("\r\n", to: &out)
    }
    if request.body != nil || request.method.hasContent {
      append("Content-Length", "\(request.body?.count ?? 0)", to: &out)
    }
    append("\r\n", to: &out)
    if let body = request.body { out.append(copying: body.span) }
  }

  private static func append(_ name: String, _ value: String, to out: inout [UInt8]) {
    append(name, to: &out)
    append(value.isEmpty ? ":" : ": ", to: &out)
    append(value, to: &out)
    append("\r\n", to: &out)
  }

  @inline(__always)
  private static func append(_ text: String, to out: inout [UInt8]) {
    out.append(copying: text.utf8.span)
  }
}
