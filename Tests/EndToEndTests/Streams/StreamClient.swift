import GatewayCore
import TestSupport

/// A client of one stream, over a connection of its own.
final class StreamClient: Sendable {
  let head: RawHTTPClient.Answer
  private let connection: RawHTTPClient
  private let parser = Locked(StreamedMessageParser())

  private init(_ connection: RawHTTPClient, _ head: RawHTTPClient.Answer) {
    self.connection = connection
    self.head = head
  }

  /// Opens a stream and reads the answer's head.
  ///
  /// - Parameter receiveBuffer: the size of the kernel's buffer in bytes, for slow readers.
  static func open(
    _ stage: Stage, _ key: TestKey, query: String = "", lastEventID: Int? = nil,
    receiveBuffer: Int32? = nil
  ) async throws -> StreamClient {
    try await open(
      port: stage.gateway.port, key, query: query, lastEventID: lastEventID,
      receiveBuffer: receiveBuffer)
  }

  static func open(
    port: UInt16, _ key: TestKey?, query: String = "", lastEventID: Int? = nil,
    receiveBuffer: Int32? = nil, tls: TLSClientSettings? = nil
  ) async throws -> StreamClient {
    let connection = try RawHTTPClient(
      port: port, timeout: 60, receiveBuffer: receiveBuffer, tls: tls)
    let authorization = key.map { "Authorization: Bearer \($0.key)\r\n" } ?? ""
    let last = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
    try await connection.send(
      "GET /v1/stream\(query) HTTP/1.1\r\nHost: gateway\r\n\(authorization)"
        + "Accept: text/event-stream\r\n\(last)\r\n")
    return StreamClient(connection, try await connection.head())
  }

  /// The next message; `nil` at the end of the stream.
  func next() async throws -> StreamedMessage? {
    while true {
      if let message = parser.withLock({ $0.next() }) { return message }
      let chunk = try await connection.chunk()
      guard !chunk.isEmpty else { return nil }
      parser.withLock { $0.append(chunk.utf8) }
    }
  }

  /// The next event, past signs of life.
  func event() async throws -> StreamedMessage? {
    while let message = try await next() {
      if message.event != nil { return message }
    }
    return nil
  }

  /// The numbers of so many events that come next.
  func numbers(_ count: Int) async throws -> [Int] {
    var numbers: [Int] = []
    while numbers.count < count, let message = try await event() { numbers.append(message.id ?? 0) }
    return numbers
  }

  /// Cuts the connection.
  func abort() { connection.abort() }
}
