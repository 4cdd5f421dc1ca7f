/// The request headers that the gateway looks at; all others are kept, unread.
public enum KnownHeader: String, Sendable, CaseIterable {
  /// RFC 9110, section 12.5.1.
  case accept = "accept"
  /// RFC 9110, section 11.6.2.
  case authorization = "authorization"
  /// RFC 9111, section 5.2.
  case cacheControl = "cache-control"
  /// RFC 9112, section 9.6.
  case connection = "connection"
  /// RFC 9110, section 8.4.
  case contentEncoding = "content-encoding"
  /// RFC 9110, section 8.6.
  case contentLength = "content-length"
  /// RFC 9110, section 8.3.
  case contentType = "content-type"
  /// RFC 6265.
  case cookie = "cookie"
  /// RFC 9110, section 10.1.1.
  case expect = "expect"
  /// RFC 9110, section 7.2.
  case host = "host"
  /// draft-ietf-httpapi-idempotency-key-header.
  case idempotencyKey = "idempotency-key"
  /// RFC 9110, section 13.1.1.
  case ifMatch = "if-match"
  /// RFC 9110, section 13.1.2.
  case ifNoneMatch = "if-none-match"
  /// HTML Standard, server-sent events.
  case lastEventID = "last-event-id"
  /// RFC 6454.
  case origin = "origin"
  /// RFC 7240.
  case prefer = "prefer"
  /// The caller's deadline in seconds.
  case requestTimeout = "request-timeout"
  /// W3C Fetch Metadata, section 2.4.
  case secFetchSite = "sec-fetch-site"
  /// W3C Trace Context.
  case traceparent = "traceparent"
  /// RFC 9112, section 6.1.
  case transferEncoding = "transfer-encoding"
  /// RFC 9110, section 7.8.
  case upgrade = "upgrade"
  /// An API key without a scheme.
  case xApiKey = "x-api-key"
  /// What proves that a page of the gateway's own sent a request in a session.
  case xCSRFToken = "x-csrf-token"
  /// The address that a trusted proxy saw.
  case xForwardedFor = "x-forwarded-for"
  /// The caller's name for the request.
  case xRequestID = "x-request-id"

  /// The header of that name, in any case.
  public init?(name: Span<UInt8>) {
    for candidate in KnownHeader.byLength[min(name.count, KnownHeader.longest)]
    where candidate.matches(name) {
      self = candidate
      return
    }
    return nil
  }

  private static let longest = 24
  private static let byLength: [[KnownHeader]] = {
    var table = [[KnownHeader]](repeating: [], count: longest + 1)
    for header in allCases where header.rawValue.utf8.count < longest {
      table[header.rawValue.utf8.count].append(header)
    }
    return table
  }()

  @inline(__always)
  private func matches(_ name: Span<UInt8>) -> Bool {
    let own = rawValue.utf8.span
    guard own.count == name.count else { return false }
    for index in own.indices {
      var byte = name[index]
      if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { byte |= 0x20 }
      if byte != own[index] { return false }
    }
    return true
  }
}
