internal import GatewayCore

/// Which bytes may stand where in a header line (RFC 9110, sections 5.1, 5.5 and 5.6.2).
enum HeaderSyntax {
  private static let tokens: [Bool] = {
    var tokens = [Bool](repeating: false, count: 256)
    for byte in "!#$%&'*+-.^_`|~0123456789".utf8 { tokens[Int(byte)] = true }
    for byte in UInt8(ascii: "a")...UInt8(ascii: "z") {
      tokens[Int(byte)] = true
      tokens[Int(byte) - 0x20] = true
    }
    return tokens
  }()

  /// Whether the byte may be part of a name.
  static func isToken(_ byte: UInt8) -> Bool { tokens[Int(byte)] }

  /// Whether the byte may be part of a value: anything but controls other than the tab.
  static func isValue(_ byte: UInt8) -> Bool { byte == 0x09 || (byte >= 0x20 && byte != 0x7F) }
}

/// A request that was found fit to be sent, in the form that libcurl wants.
struct RequestPlan {
  /// How libcurl is told the method.
  enum Shape: Equatable {
    /// `GET`.
    case get
    /// `HEAD`: no body is read.
    case head
    /// A method without a body.
    case bare(String)
    /// A method with a body, which may be empty.
    case upload(String)
  }

  /// How libcurl is told the method.
  let shape: Shape
  /// Header lines in libcurl's notation, `Authorization` excepted.
  let lines: [String]
  /// Whether libcurl may send the request again by itself after a connection died under it.
  let allowsResend: Bool
  /// Whether the connection will be encrypted.
  let isEncrypted: Bool

  // What frames the message or steers the connection is this transport's business alone.
  private static let reserved: Set<String> = [
    "connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding",
    "upgrade",
  ]
  private static let safeMethods: Set<HTTPMethod> = [.get, .head, .options]
  private static let methodsWithContent: Set<HTTPMethod> = [.post, .put, .patch]

  /// Checks a request.
  ///
  /// - Throws: ``TransportFault`` of the kind `other` if it can't be sent as it is. The detail
  ///   repeats no value.
  init(_ request: TransportRequest, userAgent: String) throws(TransportFault) {
    try RequestPlan.check(request)
    shape = RequestPlan.shape(of: request)
    allowsResend = RequestPlan.safeMethods.contains(request.method)
    isEncrypted = request.url.prefix(6).lowercased() == "https:"
    var lines: [String] = []
    lines.reserveCapacity(request.headers.count + 3)
    var seen: [String] = []
    for header in request.headers {
      seen.append(try RequestPlan.checkedName(header))
      // With nothing after the colon libcurl would take the line as the wish to drop the header.
      lines.append(header.value.isEmpty ? header.name + ";" : "\(header.name): \(header.value)")
    }
    if case .upload = shape {
      // libcurl would wait for a "100 Continue" that few servers send.
      lines.append("Expect:")
      // It would also claim that any body is a form.
      if !seen.contains("content-type") { lines.append("Content-Type:") }
    }
    if !userAgent.isEmpty, !seen.contains("user-agent") { lines.append("User-Agent: \(userAgent)") }
    if request.authorization != nil, seen.contains("authorization") {
      throw unfit("there are two Authorization headers")
    }
    self.lines = lines
  }

  private static func check(_ request: TransportRequest) throws(TransportFault) {
    guard request.method != .other else { throw unfit("the method is unknown") }
    // Anything else would be cut, encoded or split into something that was not meant.
    guard !request.url.isEmpty, request.url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw unfit("the URL holds a byte that may not stand in it")
    }
    guard request.caFile?.utf8.contains(0) != true else {
      throw unfit("the path of the CA file holds a NUL")
    }
    if request.body != nil, request.method == .get || request.method == .head {
      throw unfit("\(request.method.rawValue) has no body")
    }
    let isFitSecret = request.authorization?.withBytes { bytes in
      for index in bytes.indices where !HeaderSyntax.isValue(bytes[index]) { return false }
      return !bytes.isEmpty
    }
    guard isFitSecret != false else { throw unfit("the authorization cannot stand in a header") }
  }

  private static func checkedName(
    _ header: HTTPResponse.Header
  ) throws(TransportFault) -> String {
    guard !header.name.isEmpty, header.name.utf8.allSatisfy(HeaderSyntax.isToken) else {
      throw unfit("a header's name is malformed")
    }
    guard header.value.utf8.allSatisfy(HeaderSyntax.isValue) else {
      throw unfit("the value of \(header.name) is malformed")
    }
    let name = header.name.lowercased()
    guard !reserved.contains(name) else { throw unfit("\(header.name) is not the caller's to set") }
    return name
  }

  private static func shape(of request: TransportRequest) -> Shape {
    switch request.method {
    case .get: .get
    case .head: .head
    default:
      request.body != nil || methodsWithContent.contains(request.method)
        ? .upload(request.method.rawValue) : .bare(request.method.rawValue)
    }
  }
}

private func unfit(_ detail: String) -> TransportFault {
  TransportFault(.other, mayHaveBeenSent: false, detail: detail)
}
