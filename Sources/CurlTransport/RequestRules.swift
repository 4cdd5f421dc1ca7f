internal import GatewayCore

/// What a request must be like to stand on the wire as it was meant.
enum RequestRules {
  /// A header that the transport would else send of its own accord.
  enum Known {
    case accept
    case acceptEncoding
    case authorization
    case contentType
    case userAgent
  }

  /// The well-known headers that a request brings.
  struct Brought {
    var accept = false
    var acceptEncoding = false
    var contentType = false
    var userAgent = false
  }

  /// Checks a request.
  ///
  /// - Returns: which well-known headers it brings.
  /// - Throws: ``TransportFault`` of the kind `other` if it can't be sent as it is. The detail
  ///   repeats no value.
  static func check(_ request: TransportRequest) throws(TransportFault) -> Brought {
    guard request.method != .other else { throw unfit("the method is unknown") }
    // Anything else would be cut, encoded or split into something that was not meant.
    guard isURL(request.url.utf8.span) else {
      throw unfit("the URL holds a byte that may not stand in it")
    }
    guard request.caFile?.utf8.contains(0) != true else {
      throw unfit("the path of the CA file holds a NUL")
    }
    if request.body != nil, request.method == .get || request.method == .head {
      throw unfit("\(request.method.rawValue) has no body")
    }
    let isFitSecret = request.authorization?.withBytes { bytes in
      !bytes.isEmpty && HeaderSyntax.isValue(bytes)
    }
    guard isFitSecret != false else { throw unfit("the authorization cannot stand in a header") }
    return try checkHeaders(request)
  }

  private static func isURL(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices where bytes[index] <= 0x20 || bytes[index] >= 0x7F { return false }
    return !bytes.isEmpty
  }

  private static func checkHeaders(_ request: TransportRequest) throws(TransportFault) -> Brought {
    var brought = Brought()
    for header in request.headers {
      switch try known(header) {
      case .accept: brought.accept = true
      case .acceptEncoding: brought.acceptEncoding = true
      case .contentType: brought.contentType = true
      case .userAgent: brought.userAgent = true
      case .authorization:
        guard request.authorization == nil else {
          throw unfit("there are two Authorization headers")
        }
      case nil: break
      }
    }
    return brought
  }

  private static func known(_ header: HTTPResponse.Header) throws(TransportFault) -> Known? {
    let name = header.name.utf8.span
    guard HeaderSyntax.isName(name) else { throw unfit("a header's name is malformed") }
    guard HeaderSyntax.isValue(header.value.utf8.span) else {
      throw unfit("the value of \(header.name) is malformed")
    }
    guard !isReserved(name) else { throw unfit("\(header.name) is not the caller's to set") }
    return switch name.count {
    case 6 where HeaderSyntax.equals(name, "accept"): .accept
    case 10 where HeaderSyntax.equals(name, "user-agent"): .userAgent
    case 12 where HeaderSyntax.equals(name, "content-type"): .contentType
    case 13 where HeaderSyntax.equals(name, "authorization"): .authorization
    case 15 where HeaderSyntax.equals(name, "accept-encoding"): .acceptEncoding
    default: nil
    }
  }

  // What frames the message or steers the connection is this transport's business alone.
  private static func isReserved(_ name: Span<UInt8>) -> Bool {
    switch name.count {
    case 2: HeaderSyntax.equals(name, "te")
    case 4: HeaderSyntax.equals(name, "host")
    case 6: HeaderSyntax.equals(name, "expect")
    case 7: HeaderSyntax.equals(name, "trailer") || HeaderSyntax.equals(name, "upgrade")
    case 10: HeaderSyntax.equals(name, "connection") || HeaderSyntax.equals(name, "keep-alive")
    case 14: HeaderSyntax.equals(name, "content-length")
    case 17: HeaderSyntax.equals(name, "transfer-encoding")
    default: false
    }
  }

  private static func unfit(_ detail: String) -> TransportFault {
    TransportFault(.other, mayHaveBeenSent: false, detail: detail)
  }
}

extension HTTPMethod {
  /// Whether the request may be sent again at once if its connection died (RFC 9110, section
  /// 9.2.1).
  var isSafe: Bool { self == .get || self == .head || self == .options }

  /// Whether the method has content by its meaning, so that none is announced as such.
  var hasContent: Bool { self == .post || self == .put || self == .patch }
}
