import GatewayCore
import ResponseCache

/// `If-None-Match` (RFC 9110, section 13.1.2).
enum Conditional {
  /// Turns a 200 answer into 304 if the caller has that state already.
  static func apply(
    _ request: HTTPRequest, _ etag: EntityTag, _ response: HTTPResponse
  ) -> HTTPResponse {
    matches(request, etag) ? notModified(response) : response
  }

  /// The 304 answer in place of a 200.
  static func notModified(_ response: HTTPResponse) -> HTTPResponse {
    HTTPResponse(status: 304, headers: response.headers.filter { $0.name != "Content-Type" })
  }

  /// Whether the caller has the state that a tag names.
  @inline(__always)
  static func matches(_ request: HTTPRequest, _ etag: EntityTag) -> Bool {
    switch request.count(of: .ifNoneMatch) {
    case 0: false
    case 1:
      request.withHeader(.ifNoneMatch) { list in
        if let list { matches(list, etag) } else { false }
      }
    default: matches((request[.ifNoneMatch] ?? "").utf8.span, etag)
    }
  }

  // A list of tags, compared on the bytes: pollers send one with every request. Of a foreign tag it
  // is enough to know where it ends.
  private static func matches(_ list: Span<UInt8>, _ etag: EntityTag) -> Bool {
    if list.count == 1, list[0] == UInt8(ascii: "*") { return true }
    var position = 0
    while position < list.count {
      guard list[position] == UInt8(ascii: "\"") else {
        position += 1
        continue
      }
      let start = position + 1
      position = start
      while position < list.count, list[position] != UInt8(ascii: "\"") { position += 1 }
      if position < list.count, isTag(list.extracting(start..<position), etag) { return true }
      position += 1
    }
    return false
  }

  private static func isTag(_ text: Span<UInt8>, _ etag: EntityTag) -> Bool {
    text.count == 33 && text[16] == UInt8(ascii: ".")
      && isHexadecimal(text.extracting(0..<16), etag.settings)
      && isHexadecimal(text.extracting(17..<33), etag.rest)
  }

  private static func isHexadecimal(_ text: Span<UInt8>, _ value: UInt64) -> Bool {
    for index in 0..<16 {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 15
      if text[index] != hexDigit(digit) { return false }
    }
    return true
  }
}
