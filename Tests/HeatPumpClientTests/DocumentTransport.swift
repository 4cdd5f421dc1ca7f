import Foundation
import GatewayCore
import HeatPumpClient

/// Answers each request with a sample of what the document says, and keeps the requests.
final class DocumentTransport: ClientTransport {
  private let kept = Locked<[ClientRequest]>([])

  /// All requests so far.
  var requests: [ClientRequest] { kept.withLock { $0 } }

  func send(_ request: ClientRequest) async throws -> ClientResponse {
    kept.withLock { $0.append(request) }
    guard let operation = APIDocument.operation(request.method, request.url.path()) else {
      return ClientResponse(status: 404, headers: [:], body: Data())
    }
    let status = status(request, operation.value)
    let answer = APIDocument.resolved(operation.value["responses"]?[status] ?? .null)
    let schema = answer["content"]?["application/json"]?["schema"]
    return ClientResponse(
      status: Int(status) ?? 0, headers: ["ETag": "\"a.b\"", "Age": "3"],
      body: try schema.map { try JSONEncoder().encode(Sample(isFull: true).value($0)) } ?? Data())
  }

  func open(_ request: ClientRequest) async throws -> ClientStream {
    kept.withLock { $0.append(request) }
    throw CancellationError()
  }

  // A dry run of a job and a write that nobody waits for are answered in another way.
  private func status(_ request: ClientRequest, _ operation: AnyJSON) -> String {
    let responses = operation["responses"]?.members ?? [:]
    let body = request.body.map { String(decoding: $0, as: UTF8.self) } ?? ""
    if body.contains("\"dry_run\":true") { return "200" }
    let isJob = request.url.path().hasSuffix("/jobs") && request.method == "POST"
    if isJob || request.headers["Prefer"] == "respond-async" { return "202" }
    return ["200", "201", "202", "204"].first { responses[$0] != nil } ?? "200"
  }
}
