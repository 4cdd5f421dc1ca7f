import Glibc
import GatewayCore

/// Answers past the library, which takes no answer while a request is still arriving.
enum RawAnswer {
  /// The answer on the wire, with `Connection: close`.
  static func encode(_ response: HTTPResponse) -> [UInt8] {
    var text = "HTTP/1.1 \(response.status) \(reasons[response.status] ?? "")\r\n"
    text += "Date: \(date())\r\nConnection: close\r\nContent-Length: \(response.body.count)\r\n"
    for header in response.headers { text += "\(header.name): \(header.value)\r\n" }
    return Array((text + "\r\n").utf8) + response.body
  }

  private static let reasons = [
    400: "Bad Request", 408: "Request Timeout", 413: "Content Too Large",
    503: "Service Unavailable",
  ]

  // RFC 9110, section 6.6.1, wants one. The process has the C locale, so the names are English.
  private static func date() -> String {
    var seconds = time(nil)
    var parts = unsafe tm()
    guard unsafe gmtime_r(&seconds, &parts) != nil else { return "" }
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
      guard let start = text.baseAddress,
        unsafe strftime(start, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0
      else { return "" }
      return unsafe String(cString: start)
    }
  }
}

extension Connection {
  /// Sends what fits into the socket's buffer, at once; that is all of it, as nothing was sent
  /// before. Failure means that the client is gone.
  func send(_ bytes: [UInt8]) {
    guard let channel else {
      // Never waits: this is the reactor's thread.
      _ = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(
          descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      return
    }
    if channel.isEstablished { channel.send(bytes) }
  }
}

/// The system's words for an `errno`.
func systemMessage(_ code: Int32) -> String {
  code == 0 ? "reason not known" : unsafe String(cString: strerror(code))
}
