import Foundation

extension GatewayClient {
  /// A request before it is sent: what is the client's own business is not in it.
  struct Draft {
    var method = "GET"
    /// The segments behind `/v1`, as text.
    var path: [String]
    /// Those without a value are left out.
    var query: [(name: String, value: String?)] = []
    /// Those without a value are left out.
    var headers: [(name: String, value: String?)] = []
    var body: Data?
    var contentType = "application/json"

    /// Whether a repeat does no harm.
    var isRepeatable: Bool {
      method == "GET" || headers.contains { $0.name == "Idempotency-Key" && $0.value != nil }
    }
  }

  /// Sends a request, and repeats what may succeed later.
  ///
  /// - Returns: an answer with one of the statuses below 400.
  /// - Throws: ``Problem``, ``ClientError``.
  func send(_ draft: Draft) async throws -> ClientResponse {
    let request = try await request(draft)
    var attempt = 1
    while true {
      let failure: any Error
      var retryAfter: Duration?
      var mayHelp = true
      do {
        let answer = try await transport.send(request)
        guard answer.status >= 400 else { return answer }
        let problem = Self.problem(answer)
        retryAfter = answer.headers["retry-after"].flatMap { Int($0) }.map { .seconds($0) }
        mayHelp = (problem as? Problem)?.resolution == .retryLater
        failure = problem
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        failure = ClientError.noAnswer(String(describing: error))
      }
      guard mayHelp, draft.isRepeatable,
        let pause = retry.pause(
          after: attempt, retryAfter: retryAfter, chance: Double.random(in: 0...1))
      else { throw failure }
      try await sleep(pause)
      attempt += 1
    }
  }

  /// The same, with the answer's body as a value.
  func value<Value: Decodable>(_ draft: Draft, as type: Value.Type = Value.self) async throws
    -> Value
  {
    try Self.decode(type, try await send(draft))
  }

  /// The request as it is sent.
  func request(_ draft: Draft) async throws -> ClientRequest {
    var headers = ["Accept": "application/json", "User-Agent": "podero-heat-pump-client"]
    headers["Request-Timeout"] = String(max(1, timeout.components.seconds))
    if draft.body != nil { headers["Content-Type"] = draft.contentType }
    if case .bearer(let token) = credential {
      headers["Authorization"] = "Bearer \(try await token())"
    }
    for (name, value) in draft.headers { if let value { headers[name] = value } }
    // The gateway's own answer says more than a timeout here, so it gets a little longer.
    return ClientRequest(
      method: draft.method, url: try url(draft), headers: headers, body: draft.body,
      timeout: timeout + .seconds(5))
  }

  private func url(_ draft: Draft) throws -> URL {
    guard var parts = URLComponents(url: base, resolvingAgainstBaseURL: false) else {
      throw ClientError.noAnswer("\(base) is no address")
    }
    let prefix =
      parts.percentEncodedPath.hasSuffix("/")
      ? String(parts.percentEncodedPath.dropLast()) : parts.percentEncodedPath
    parts.percentEncodedPath =
      prefix + (["v1"] + draft.path).map { "/" + Self.escaped($0) }.joined()
    let query = draft.query.compactMap { name, value in
      value.map { "\(name)=\(Self.escaped($0))" }
    }
    parts.percentEncodedQuery = query.isEmpty ? nil : query.joined(separator: "&")
    guard let url = parts.url else { throw ClientError.noAnswer("\(draft.path) is no path") }
    return url
  }

  // All but RFC 3986's unreserved characters, and the comma that separates lists.
  private static func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
  }

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~,")

  static func decode<Value: Decodable>(
    _ type: Value.Type, _ answer: ClientResponse
  ) throws -> Value {
    do {
      return try Wire.decode(type, from: answer.body)
    } catch {
      throw ClientError.unreadable(status: answer.status, String(describing: error))
    }
  }

  static func problem(_ answer: ClientResponse) -> any Error {
    (try? Wire.decode(Problem.self, from: answer.body))
      ?? ClientError.unreadable(
        status: answer.status, "the answer is no problem of the gateway's")
  }
}
