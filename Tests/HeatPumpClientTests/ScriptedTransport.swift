import Foundation
import GatewayCore
import HeatPumpClient

/// Answers requests one after the other as a test says.
final class ScriptedTransport: ClientTransport {
  /// What becomes of a request.
  enum Step: Sendable {
    case answer(Int, headers: [String: String] = [:], String)
    case problem(Int, String, resolution: String, retryAfter: Int? = nil)
    /// A stream that says this and breaks off.
    case stream(String)
    case failure
  }

  private struct State {
    var steps: [Step]
    var requests: [ClientRequest] = []
    var pauses: [Duration] = []
  }

  private let state: Locked<State>

  init(_ steps: [Step]) { state = Locked(State(steps: steps)) }

  var requests: [ClientRequest] { state.withLock { $0.requests } }
  /// How long the client waited, each time.
  var pauses: [Duration] { state.withLock { $0.pauses } }

  /// A client before this transport, which waits for nothing.
  var client: GatewayClient {
    GatewayClient(
      at: URL(filePath: "/"), credential: .bearer { "pgw_key" }, transport: self,
      sleep: { pause in
        self.state.withLock { $0.pauses.append(pause) }
        await Task.yield()
      })
  }

  func send(_ request: ClientRequest) async throws -> ClientResponse {
    switch next(request) {
    case .answer(let status, let headers, let body):
      return ClientResponse(status: status, headers: headers, body: Data(body.utf8))
    case .problem(let status, let name, let resolution, let retryAfter):
      let body = """
        {"type":"/problems/\(name)","title":"T","status":\(status),"detail":"D","instance":"i",\
        "resolution":"\(resolution)"}
        """
      return ClientResponse(
        status: status,
        headers: retryAfter.map { ["Retry-After": String($0)] } ?? [:], body: Data(body.utf8))
    case .stream(let text):
      return ClientResponse(status: 200, headers: [:], body: Data(text.utf8))
    case .failure, nil: throw URLError(.networkConnectionLost)
    }
  }

  func open(_ request: ClientRequest) async throws -> ClientStream {
    let answer = try await send(request)
    let (pieces, continuation) = AsyncThrowingStream<Data, any Error>.makeStream()
    // In pieces that know nothing of messages.
    for start in stride(from: 0, to: answer.body.count, by: 7) {
      continuation.yield(answer.body.dropFirst(start).prefix(7))
    }
    continuation.finish()
    let head = ClientResponse(status: answer.status, headers: answer.headers, body: Data())
    return ClientStream(head: head, pieces: pieces)
  }

  private func next(_ request: ClientRequest) -> Step? {
    state.withLock { state in
      state.requests.append(request)
      return state.steps.isEmpty ? nil : state.steps.removeFirst()
    }
  }
}
