public import GatewayCore

/// Why the server refused a request by itself, before any handler saw it if not said otherwise; the
/// raw value is a metric's label.
public enum RefusalReason: String, Sendable, CaseIterable {
  /// The method is not a token (RFC 9110, section 9.1).
  case badMethod = "bad_method"
  /// The target is neither a path nor a whole http URI, or holds a byte that no URI has.
  case badTarget = "bad_target"
  /// The target is longer than the limit.
  case targetTooLong = "target_too_long"
  /// The head is larger than the limit.
  case headTooLarge = "head_too_large"
  /// A header's name is not a token, or its value holds a control character.
  case badHeader = "bad_header"
  /// Bare line feeds, folded lines, or NULs in the head.
  case badHeadLayout = "bad_head_layout"
  /// HTTP/1.1 without `Host`.
  case missingHost = "missing_host"
  /// `Host` is no host with or without a port.
  case badHost = "bad_host"
  /// A header stands more than once that may not.
  case repeatedHeader = "repeated_header"
  /// `Content-Length` is no number.
  case badContentLength = "bad_content_length"
  /// `Transfer-Encoding` together with `Content-Length`.
  case conflictingLength = "conflicting_length"
  /// `Transfer-Encoding` in HTTP/1.0.
  case transferEncodingInHTTP10 = "transfer_encoding_in_http_1_0"
  /// A transfer coding other than `chunked` alone.
  case unknownTransferCoding = "unknown_transfer_coding"
  /// `Expect` with anything but `100-continue`, or without a body.
  case unknownExpectation = "unknown_expectation"
  /// The body is larger than the limit.
  case bodyTooLarge = "body_too_large"
  /// The request did not arrive in time.
  case tooSlow = "too_slow"
  /// The library refused it; the reason is in its log line.
  case library
  /// The server is being stopped.
  case shuttingDown = "shutting_down"
  /// The handler would open a stream, and too many are open.
  case tooManyStreams = "too_many_streams"

  /// The problem that the client gets.
  public var fault: GatewayFault {
    let row = RefusalReason.table[self] ?? (.malformedRequest, "The request cannot be read.")
    return GatewayFault(row.type, row.detail, retryAfter: RefusalReason.waits[self])
  }

  private static let waits: [RefusalReason: Duration] = [
    .shuttingDown: .seconds(1), .tooManyStreams: .seconds(5),
  ]

  private static let table: [RefusalReason: (type: ProblemType, detail: String)] = [
    .badMethod: (.malformedRequest, "The method is not a token."),
    .badTarget: (
      .malformedRequest,
      "The request target must be a path that begins with `/`, or a whole http URI."
    ),
    .targetTooLong: (.uriTooLong, "The request target is longer than the limit."),
    .headTooLarge: (.headerFieldsTooLarge, "The request's head is larger than the limit."),
    .badHeader: (
      .malformedRequest, "A header's name is not a token, or its value holds a control character."
    ),
    .badHeadLayout: (
      .malformedRequest,
      "Each line of the head must end with CR LF, hold no NUL, and not continue on the next line."
    ),
    .missingHost: (.malformedRequest, "`Host` is missing."),
    .badHost: (.malformedRequest, "`Host` must be one name or address, with or without a port."),
    .repeatedHeader: (
      .malformedRequest, "A header stands more than once that may stand only once."
    ),
    .badContentLength: (.malformedRequest, "`Content-Length` must be one decimal number."),
    .conflictingLength: (
      .malformedRequest, "`Transfer-Encoding` and `Content-Length` must not stand together."
    ),
    .transferEncodingInHTTP10: (.malformedRequest, "HTTP/1.0 has no `Transfer-Encoding`."),
    .unknownTransferCoding: (.malformedRequest, "The only transfer coding read here is `chunked`."),
    .unknownExpectation: (
      .malformedRequest, "The only expectation met here is `100-continue`, for a body."
    ),
    .bodyTooLarge: (.contentTooLarge, "The body is larger than the limit."),
    .tooSlow: (.requestTimeout, "The request did not arrive within the limit."),
    .library: (.malformedRequest, "The request breaks HTTP's rules."),
    .shuttingDown: (.shuttingDown, "The gateway is being stopped; send the request again."),
    .tooManyStreams: (.tooManyStreams, "As many streams are open as may be."),
  ]
}
