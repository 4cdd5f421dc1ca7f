import GatewayCore
import MicrohttpdServer
import Reactor
import TestSupport

/// What a test's handler does, written as a closure.
struct ClosureHandler: RequestHandler {
  let body: @Sendable (HTTPRequest) -> Disposition

  func handle(_ request: HTTPRequest) -> Disposition { body(request) }
}

/// A server under test, and what it said.
struct Running: Sendable {
  let server: MicrohttpdServer
  let reactor: Reactor
  let events: Locked<[ServerEvent]>
  /// How its clients speak TLS; `nil` with plain HTTP.
  var tls: TLSClientSettings?

  func client(timeout: Int = 10, receiveBuffer: Int32? = nil) throws -> RawHTTPClient {
    try RawHTTPClient(
      port: server.port, timeout: timeout, receiveBuffer: receiveBuffer, tls: tls)
  }

  /// Sends one request over a connection of its own.
  func exchange(_ request: String) async throws -> RawHTTPClient.Answer {
    try await client().exchange(request)
  }

  /// All that the server sends to a client that says nothing.
  func silence() async throws -> String {
    try await client().readToEnd()
  }

  /// Waits until the counters satisfy `condition`; the suite's time limit is the way out.
  func wait(until condition: (ServerCounters) -> Bool) async {
    while !condition(server.counters), !Task.isCancelled { await Task.yield() }
  }
}

/// Runs `body` with a server on a reactor of its own, and stops both afterwards.
func withServer<Result: Sendable>(
  _ change: (inout ServerSettings) -> Void = { _ in },
  tls: TLSClientSettings? = nil,
  handler: @escaping @Sendable (HTTPRequest) -> Disposition = echo,
  _ body: (Running) async throws -> Result
) async throws -> Result {
  try await withReactor { reactor in
    var settings = ServerSettings()
    change(&settings)
    let events = Locked<[ServerEvent]>([])
    let server = MicrohttpdServer(
      settings: settings, reactor: reactor, handler: ClosureHandler(body: handler),
      makeRequestID: { "test-request" }, onEvent: { event in events.withLock { $0.append(event) } })
    try await server.start()
    do {
      let result = try await body(
        Running(server: server, reactor: reactor, events: events, tls: tls))
      await server.stop()
      return result
    } catch {
      await server.stop()
      throw error
    }
  }
}

/// Answers with method, target, headers and body, each on a line of its own.
@Sendable func echo(_ request: HTTPRequest) -> Disposition {
  var lines = ["\(request.method.rawValue) \(request.target)"]
  lines += request.headers.map { "\($0.name): \($0.value)" }
  lines += ["", String(decoding: request.body, as: UTF8.self)]
  return .respond(
    HTTPResponse(
      status: 200, headers: [.init("Content-Type", "text/plain")],
      body: Array(lines.joined(separator: "\n").utf8)))
}

/// A GET request with the header that HTTP/1.1 wants.
func get(_ target: String = "/", _ headers: String...) -> String {
  "GET \(target) HTTP/1.1\r\nHost: test\r\n"
    + headers.map { $0 + "\r\n" }.joined() + "\r\n"
}
