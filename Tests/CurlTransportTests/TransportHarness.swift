import CurlTransport
import GatewayCore
import Reactor
import TestSupport
import Testing

/// Runs a test's scope once for each way that a plain request can go: on connections of the
/// transport's own, and with libcurl from beginning to end.
struct BothWays: TestTrait, SuiteTrait, TestScoping {
  @TaskLocal static var framesHTTP1 = true

  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    for framesHTTP1 in [true, false] {
      try await BothWays.$framesHTTP1.withValue(framesHTTP1) { try await function() }
    }
  }
}

extension Trait where Self == BothWays {
  static var bothWays: BothWays { BothWays() }
}

/// Runs `body` with a transport on a reactor of its own, and shuts both down.
func withTransport<Result: Sendable>(
  _ settings: CurlSettings = CurlSettings(),
  _ body: (CurlTransport) async throws -> Result
) async throws -> Result {
  var settings = settings
  settings.framesHTTP1 = BothWays.framesHTTP1
  return try await withReactor { [settings] reactor in
    let transport = try CurlTransport(reactor: reactor, settings: settings)
    do {
      let result = try await body(transport)
      await transport.shutDown()
      return result
    } catch {
      await transport.shutDown()
      throw error
    }
  }
}

/// A request with a deadline that no test should reach, unless it says so.
func request(
  _ method: HTTPMethod = .get, _ url: String, headers: [HTTPResponse.Header] = [],
  authorization: Secret? = nil, body: String? = nil, connectTimeout: Duration = .seconds(5),
  within: Duration = .seconds(20), maximumBodyBytes: Int = 1 << 20, caFile: String? = nil
) -> TransportRequest {
  TransportRequest(
    method: method, url: url, headers: headers, authorization: authorization,
    body: body.map { Array($0.utf8) }, connectTimeout: connectTimeout,
    deadline: SystemClock().monotonic + within, maximumBodyBytes: maximumBodyBytes, caFile: caFile)
}

extension UpstreamTransport {
  /// The fault that a request ends in; `nil` if it is answered.
  func fault(_ request: TransportRequest) async -> TransportFault? {
    do throws(TransportFault) {
      _ = try await send(request)
      return nil
    } catch {
      return error
    }
  }
}

/// What an assertion looks at in a fault: the words may change with libcurl's version.
struct Verdict: Equatable, CustomStringConvertible {
  let kind: TransportFault.Kind?
  let mayHaveBeenSent: Bool?
  let detail: String

  init(_ fault: TransportFault?) {
    kind = fault?.kind
    mayHaveBeenSent = fault?.mayHaveBeenSent
    detail = fault?.detail ?? "answered"
  }

  init(_ kind: TransportFault.Kind, mayHaveBeenSent: Bool) {
    self.kind = kind
    self.mayHaveBeenSent = mayHaveBeenSent
    detail = "expected"
  }

  var description: String { "\(kind?.rawValue ?? "-"), \(mayHaveBeenSent ?? false): \(detail)" }

  static func == (left: Verdict, right: Verdict) -> Bool {
    left.kind == right.kind && left.mayHaveBeenSent == right.mayHaveBeenSent
  }
}

extension TransportResponse {
  var text: String { String(decoding: body, as: UTF8.self) }
}
