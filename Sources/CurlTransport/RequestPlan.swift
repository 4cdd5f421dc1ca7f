internal import GatewayCore

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
  /// Whether the connection will be encrypted.
  let isEncrypted: Bool

  /// Puts a request into libcurl's form.
  ///
  /// - Throws: ``TransportFault`` of the kind `other` if it can't be sent as it is. The detail
  ///   repeats no value.
  init(_ request: TransportRequest, userAgent: String) throws(TransportFault) {
    let brought = try RequestRules.check(request)
    shape = RequestPlan.shape(of: request)
    isEncrypted = request.url.prefix(6).lowercased() == "https:"
    var lines: [String] = []
    lines.reserveCapacity(request.headers.count + 3)
    for header in request.headers {
      // With nothing after the colon libcurl would take the line as the wish to drop the header.
      lines.append(header.value.isEmpty ? header.name + ";" : "\(header.name): \(header.value)")
    }
    if case .upload = shape {
      // libcurl would wait for a "100 Continue" that few servers send.
      lines.append("Expect:")
      // It would also claim that any body is a form.
      if !brought.contentType { lines.append("Content-Type:") }
    }
    if !userAgent.isEmpty, !brought.userAgent { lines.append("User-Agent: \(userAgent)") }
    self.lines = lines
  }

  private static func shape(of request: TransportRequest) -> Shape {
    switch request.method {
    case .get: .get
    case .head: .head
    default:
      request.body != nil || request.method.hasContent
        ? .upload(request.method.rawValue) : .bare(request.method.rawValue)
    }
  }
}
