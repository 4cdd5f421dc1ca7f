import GatewayCore

/// The token endpoint: OAuth 2.0 client credentials (RFC 6749, section 4.4) as the upstream's
/// library does it.
enum OAuthEndpoint {
  /// What a token request comes to.
  enum Verdict: Sendable, Equatable {
    case granted
    case invalidClient
    case unsupportedGrantType
  }

  /// Judges a token request.
  static func judge(_ request: HTTPRequest, _ settings: SimulatorSettings) -> Verdict {
    guard isClient(request, settings) else { return .invalidClient }
    return grantType(request, settings.tokenBody) == "client_credentials"
      ? .granted : .unsupportedGrantType
  }

  /// The answer to a refused request.
  static func refusal(_ verdict: Verdict) -> HTTPResponse {
    switch verdict {
    case .invalidClient:
      .json(
        ["error": "invalid_client"], status: 401,
        headers: [.init("WWW-Authenticate", "Bearer error=\"invalid_client\"")])
    default:
      .json(["error": "unsupported_grant_type"], status: 400)
    }
  }

  /// The answer that carries a token.
  static func grant(_ token: String, _ settings: SimulatorSettings) -> HTTPResponse {
    var body = JSONObject()
    body["access_token"] = .string(token)
    if !settings.omitsExpiresIn {
      body["expires_in"] = .number(ExactDecimal(Int(settings.tokenLifetime.seconds)))
    }
    body["token_type"] = "Bearer"
    body["scope"] = "read write"
    return .json(
      .object(body), headers: [.init("Cache-Control", "no-store"), .init("Pragma", "no-cache")])
  }

  /// The bearer token of a request; `nil` if it carries none.
  static func bearer(_ request: HTTPRequest) -> String? {
    guard let value = request[.authorization] else { return nil }
    let parts = value.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return String(parts[1])
  }

  private static func isClient(_ request: HTTPRequest, _ settings: SimulatorSettings) -> Bool {
    guard let value = request[.authorization] else { return false }
    let parts = value.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "basic",
      let credentials = Base64.decode(parts[1].utf8),
      let colon = credentials.firstIndex(of: UInt8(ascii: ":")),
      credentials[..<colon].elementsEqual(settings.clientID.utf8)
    else { return false }
    let secret = Secret(credentials[(colon + 1)...])
    return settings.clientSecrets.contains { $0 == secret }
  }

  private static func grantType(_ request: HTTPRequest, _ style: TokenBodyStyle) -> String? {
    // As in the real one, a chunked body is not read.
    guard request[.transferEncoding] == nil else { return nil }
    let type = (request[.contentType] ?? "").lowercased()
    if type.hasPrefix("application/json"), style != .form {
      return (try? JSONValue(parsing: request.body))?["grant_type"]?.string
    }
    if type.hasPrefix("application/x-www-form-urlencoded"), style != .json {
      return QueryString(request.body)["grant_type"]
    }
    return nil
  }
}
