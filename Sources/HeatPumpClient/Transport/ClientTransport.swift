public import Foundation

/// How requests get to the gateway. The default is ``URLSessionTransport``; tests bring their own.
public protocol ClientTransport: Sendable {
  /// Sends a request and waits for the whole answer, whatever its status.
  ///
  /// - Throws: whatever kept an answer from coming; it is told as ``ClientError/noAnswer(_:)``.
  func send(_ request: ClientRequest) async throws -> ClientResponse

  /// Sends a request and waits for the answer's head only.
  ///
  /// - Throws: whatever kept a head from coming.
  func open(_ request: ClientRequest) async throws -> ClientStream
}

/// A request as a transport gets it.
public struct ClientRequest: Sendable, Hashable {
  /// `GET`, `PATCH`, `POST` or `DELETE`.
  public var method: String
  /// The whole address, with the query.
  public var url: URL
  /// The headers, each name once.
  public var headers: [String: String]
  /// The body, JSON; `nil` for none.
  public var body: Data?
  /// How long nothing may come until the transport gives up.
  public var timeout: Duration

  /// Creates a request.
  public init(
    method: String, url: URL, headers: [String: String], body: Data?, timeout: Duration
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
  }
}

/// An answer.
public struct ClientResponse: Sendable {
  /// The HTTP status.
  public var status: Int
  /// The headers, with their names in lower case.
  public var headers: [String: String]
  /// The whole body.
  public var body: Data

  /// Creates an answer; header names may be of any case.
  public init(status: Int, headers: [String: String], body: Data) {
    self.status = status
    self.headers = Dictionary(
      headers.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
    self.body = body
  }
}

/// An answer whose body comes in pieces.
public struct ClientStream: Sendable {
  /// The head; its body is empty.
  public var head: ClientResponse
  /// The pieces of the body.
  public var pieces: AsyncThrowingStream<Data, any Error>

  /// Creates an answer.
  public init(head: ClientResponse, pieces: AsyncThrowingStream<Data, any Error>) {
    self.head = head
    self.pieces = pieces
  }
}
