import GatewayCore

/// One token request: what is sent, and what the answer means (RFC 6749, sections 4.4 and 5).
struct TokenEndpoint: Sendable {
  /// What became of one request.
  enum Answer: Sendable {
    case granted(TokenGrant)
    /// The server does not take the request in this style.
    case styleRefused
    /// The server does not know the client or its secret.
    case clientRefused
    case failed(TokenFailure, retryAfter: Duration?, cause: String)
  }

  /// How a request can be written; ``TokenRequestStyle`` without `auto`.
  enum Encoding: Sendable, Equatable {
    case json
    case form

    var other: Encoding { self == .json ? .form : .json }
    var style: TokenRequestStyle { self == .json ? .json : .form }

    fileprivate var contentType: String {
      self == .json ? "application/json" : "application/x-www-form-urlencoded"
    }
    fileprivate var body: String {
      self == .json ? #"{"grant_type":"client_credentials"}"# : "grant_type=client_credentials"
    }
  }

  let settings: TokenSettings
  let transport: any UpstreamTransport
  let clock: any GatewayClock

  func request(_ credentials: ClientCredentials, _ encoding: Encoding) async -> Answer {
    let request = TransportRequest(
      method: .post, url: settings.tokenURL,
      headers: [
        HTTPResponse.Header("Content-Type", encoding.contentType),
        HTTPResponse.Header("Accept", "application/json"),
      ],
      authorization: credentials.basicAuthorization, body: Array(encoding.body.utf8),
      connectTimeout: settings.connectTimeout, deadline: clock.monotonic + settings.totalTimeout,
      maximumBodyBytes: settings.maximumBodyBytes, caFile: settings.caFile)
    do {
      return judge(try await transport.send(request))
    } catch {
      return .failed(TokenEndpoint.failure(error.kind), retryAfter: nil, cause: "\(error)")
    }
  }

  private func judge(_ response: TransportResponse) -> Answer {
    let status = response.status
    let retryAfter = response["Retry-After"].flatMap { RetryAfter.duration($0, now: clock.wall) }
    let cause = "status \(status)"
    switch status {
    case 200..<300:
      guard let grant = TokenGrant(parsing: response.body, settings: settings) else {
        return .failed(.unreadable, retryAfter: nil, cause: "no usable bearer token in the answer")
      }
      return .granted(grant)
    case 401, 403:
      return .clientRefused
    case 400:
      let code = TokenEndpoint.errorCode(response.body)
      return TokenEndpoint.meaning[code ?? ""]
        ?? .failed(.refused, retryAfter: nil, cause: "status 400, error \(code ?? "not named")")
    case 415:
      return .styleRefused
    case 429:
      return .failed(.throttled, retryAfter: retryAfter, cause: cause)
    default:
      return .failed(.serverError, retryAfter: retryAfter, cause: cause)
    }
  }

  // The codes of RFC 6749, section 5.2; a code that isn't one of them is the server's own text and
  // goes nowhere.
  private static let knownCodes: Set<String> = [
    "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
    "unsupported_grant_type", "invalid_scope",
  ]

  private static let meaning: [String: Answer] = [
    "invalid_client": .clientRefused,
    "unauthorized_client": .clientRefused,
    "unsupported_grant_type": .styleRefused,
    "invalid_request": .styleRefused,
  ]

  private static func errorCode(_ body: [UInt8]) -> String? {
    let answer = try? JSONValue(parsing: body, duplicateKeys: .lastWins)
    return answer?["error"]?.string.flatMap { knownCodes.contains($0) ? $0 : nil }
  }

  private static func failure(_ kind: TransportFault.Kind) -> TokenFailure {
    switch kind {
    case .timeout: .timeout
    case .invalidAnswer, .tooLarge: .unreadable
    case .resolve, .connect, .tls, .interrupted, .refusedTarget, .cancelled, .other: .unreachable
    }
  }
}
