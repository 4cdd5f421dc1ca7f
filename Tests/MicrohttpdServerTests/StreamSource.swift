import GatewayCore
import MicrohttpdServer
import TestSupport

/// Answers `/stream` with a stream and keeps it; all else is echoed.
final class StreamSource: Sendable {
  private let limit: Int
  private let lastMessages: [StreamEnd: [UInt8]]
  private let open = Locked<[ResponseStream]>([])
  private let told = Locked<[StreamEnd]>([])

  init(limit: Int = 262_144, _ lastMessages: [StreamEnd: String] = [:]) {
    self.limit = limit
    self.lastMessages = lastMessages.mapValues { Array($0.utf8) }
  }

  @Sendable func handle(_ request: HTTPRequest) -> Disposition {
    guard request.target == "/stream" else { return echo(request) }
    let stream = ResponseStream(limit: limit, lastMessages: lastMessages)
    stream.onClose { [told] end in told.withLock { $0.append(end) } }
    open.withLock { $0.append(stream) }
    return .stream(
      HTTPResponse(status: 200, headers: [.init("Content-Type", "text/event-stream")]), stream)
  }

  /// Those that were asked for, in their order.
  var streams: [ResponseStream] { open.withLock { $0 } }

  /// How they ended, in the order of that.
  var ends: [StreamEnd] { told.withLock { $0 } }

  /// Waits until so many have ended; the suite's time limit is the way out.
  func waitForEnds(_ count: Int = 1) async {
    while ends.count < count, !Task.isCancelled { await Task.yield() }
  }

  /// Sends to all.
  func send(_ text: String) {
    let bytes = Array(text.utf8)
    for stream in streams { stream.send(bytes) }
  }
}

extension Running {
  /// Opens a stream on a connection of its own, and waits until it is idle.
  func stream(receiveBuffer: Int32? = nil) async throws -> RawHTTPClient {
    let client = try client(receiveBuffer: receiveBuffer)
    try await client.send(get("/stream"))
    _ = try await client.head()
    return client
  }
}
