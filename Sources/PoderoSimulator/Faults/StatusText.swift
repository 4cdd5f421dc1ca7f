import GatewayCore

/// Texts for statuses that stand in place of an answer.
enum StatusText {
  private static let phrases: [Int: String] = [
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
    429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Time-out",
  ]

  static func phrase(_ status: Int) -> String { phrases[status] ?? "Status \(status)" }

  /// The page of a proxy in front of the upstream.
  static func page(_ status: Int) -> HTTPResponse {
    let title = "\(status) \(phrase(status))"
    let page = """
      <html>
      <head><title>\(title)</title></head>
      <body>
      <center><h1>\(title)</h1></center>
      <hr><center>proxy</center>
      </body>
      </html>

      """
    return HTTPResponse(
      status: status, headers: [.init("Content-Type", "text/html")], body: Array(page.utf8))
  }
}
