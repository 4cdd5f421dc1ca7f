import GatewayCore
import TestSupport

/// An answer of the gateway.
struct Answer: Sendable {
  let status: Int
  /// Names in lower case.
  let headers: [String: String]
  let text: String
  /// Head and body as they came.
  let raw: String

  init(_ answer: RawHTTPClient.Answer) {
    status = answer.status
    headers = answer.headers
    text = answer.body
    raw = answer.head + answer.body
  }

  /// The body as JSON; `null` if it is none.
  var json: JSONValue { (try? JSONValue(parsing: Array(text.utf8))) ?? .null }

  /// The value at a pointer of the body.
  func at(_ pointer: String) -> JSONValue? { json.at(pointer: pointer) }

  /// The problem's name, if it is a whole one: its members agree with the answer's head.
  var problem: String? {
    guard headers["content-type"] == "application/problem+json",
      json["status"]?.integer == status, json["instance"]?.string == headers["x-request-id"],
      let type = json["type"]?.string, type.hasPrefix("/problems/"),
      json["title"]?.string != nil, json["detail"]?.string != nil
    else { return nil }
    return String(type.dropFirst("/problems/".count))
  }

  /// Status and problem in one, for comparing.
  var verdict: String { "\(status) \(problem ?? "-")" }
}

/// Sends requests to one listener, each on a connection of its own, and keeps what came back.
struct HTTPClient: Sendable {
  let port: UInt16
  let key: TestKey?
  /// How it speaks TLS; `nil` with plain HTTP.
  var tls: TLSClientSettings?
  private let transcript: Locked<[String]>

  init(port: UInt16, key: TestKey?, transcript: Locked<[String]>) {
    self.port = port
    self.key = key
    self.transcript = transcript
  }

  /// `GET`
  func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
    try await send("GET", path, headers)
  }

  /// `PATCH` with a merge patch.
  func patch(
    _ path: String, _ body: JSONValue, _ headers: [String: String] = [:]
  ) async throws -> Answer {
    try await send(
      "PATCH", path,
      headers.merging(["Content-Type": "application/merge-patch+json"]) { a, _ in a },
      body: body.encoded)
  }

  /// `POST`, with a JSON body if there is one.
  func post(
    _ path: String, _ body: JSONValue? = nil, _ headers: [String: String] = [:]
  ) async throws -> Answer {
    guard let body else { return try await send("POST", path, headers, body: []) }
    return try await send(
      "POST", path, headers.merging(["Content-Type": "application/json"]) { a, _ in a },
      body: body.encoded)
  }

  /// Any request.
  func send(
    _ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8]? = nil
  ) async throws -> Answer {
    var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    if let key { head += "Authorization: Bearer \(key.key)\r\n" }
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if let body { head += "Content-Length: \(body.count)\r\n" }
    let connection = try RawHTTPClient(port: port, timeout: 60, tls: tls)
    try await connection.send(bytes: Array((head + "\r\n").utf8) + (body ?? []))
    let answer = Answer(try await connection.answer(isHead: method == "HEAD"))
    transcript.withLock { $0.append(answer.raw) }
    return answer
  }
}
