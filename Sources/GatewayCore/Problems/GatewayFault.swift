/// Whatever goes wrong on a caller's way, as one value; ``response(instance:)`` makes it
/// problem+json.
public struct GatewayFault: Error, Sendable, CustomStringConvertible {
  /// One field at fault.
  public struct FieldError: Sendable, Hashable {
    /// JSON Pointer (RFC 6901) into the request body.
    public let pointer: String
    /// A stable word for the rule, such as `out_of_range`.
    public let code: String
    /// A sentence for people.
    public let detail: String

    /// Creates the finding.
    public init(pointer: String, code: String, detail: String) {
      self.pointer = pointer
      self.code = code
      self.detail = detail
    }
  }

  /// Which problem it is.
  public let type: ProblemType
  /// A sentence about this case, fit for the caller: no secret, no personal data, and none of the
  /// upstream's text.
  public var detail: String
  /// All fields at fault.
  public var errors: [FieldError]
  /// The operation that it is about.
  public var operationID: ResourceID?
  /// When the same request may succeed; becomes `Retry-After`, in whole seconds.
  public var retryAfter: Duration?
  /// What was used up, for `RateLimit` and `RateLimit-Policy`.
  public var quota: RateLimitQuota?
  /// Whether an access token was presented that is not accepted: `WWW-Authenticate` then says so
  /// (RFC 6750, section 3.1), but never why.
  public var hasInvalidToken = false
  /// The methods for `Allow`.
  public var allow: [HTTPMethod]
  /// Members of the problem beyond the standard ones, in snake case.
  public var extensions: JSONObject
  /// More for the log, never for the caller; holds no secret.
  public var cause: String

  /// Creates a fault.
  public init(
    _ type: ProblemType, _ detail: String, errors: [FieldError] = [],
    operationID: ResourceID? = nil, retryAfter: Duration? = nil, quota: RateLimitQuota? = nil,
    allow: [HTTPMethod] = [],
    extensions: JSONObject = JSONObject(), cause: String = ""
  ) {
    self.type = type
    self.detail = detail
    self.errors = errors
    self.operationID = operationID
    self.retryAfter = retryAfter
    self.quota = quota
    self.allow = allow
    self.extensions = extensions
    self.cause = cause
  }

  /// The status code of the problem.
  public var status: Int { ProblemCatalogue.entry(type).status }

  /// Name, detail and cause, for the log.
  public var description: String {
    cause.isEmpty ? "\(type.rawValue): \(detail)" : "\(type.rawValue): \(detail) (\(cause))"
  }

  /// The answer for the caller.
  ///
  /// - Parameter instance: the request's id, as `X-Request-Id` and in the log.
  public func response(instance: String) -> HTTPResponse {
    let entry = ProblemCatalogue.entry(type)
    var body = JSONObject()
    body["type"] = .string("/problems/\(type.rawValue)")
    body["title"] = .string(entry.title)
    body["status"] = .number(ExactDecimal(entry.status))
    body["detail"] = .string(detail)
    body["instance"] = .string(instance)
    body["resolution"] = .string(entry.resolution.rawValue)
    if !errors.isEmpty {
      body["errors"] = .array(
        errors.map {
          ["pointer": .string($0.pointer), "code": .string($0.code), "detail": .string($0.detail)]
        })
    }
    if let operationID { body["operation_id"] = .string(operationID.description) }
    for (key, value) in extensions.members { body[key] = value }
    return HTTPResponse(
      status: entry.status, headers: headers(instance: instance),
      body: JSONValue.object(body).encoded, closesConnection: type == .shuttingDown)
  }

  private func headers(instance: String) -> [HTTPResponse.Header] {
    var headers = [
      HTTPResponse.Header("Content-Type", "application/problem+json"),
      HTTPResponse.Header("Cache-Control", "no-store"),
      HTTPResponse.Header("X-Request-Id", instance),
    ]
    if type == .unauthenticated {
      let error = hasInvalidToken ? ", error=\"invalid_token\"" : ""
      headers.append(.init("WWW-Authenticate", "Bearer realm=\"podero-gateway\"" + error))
    }
    if !allow.isEmpty {
      headers.append(.init("Allow", allow.map(\.rawValue).joined(separator: ", ")))
    }
    if let retryAfter {
      headers.append(.init("Retry-After", String(max(1, Int(retryAfter.seconds.rounded(.up))))))
    }
    headers += quota?.headers ?? []
    return headers
  }
}
