/// One answer: status, headers and a body in memory.
///
/// `Content-Length`, `Date` and `Connection` are the server's business and don't stand here.
public struct HTTPResponse: Sendable, Equatable {
  /// The status code (RFC 9110, section 15).
  public var status: Int
  /// Names in their usual spelling, and values.
  public var headers: [Header]
  /// The body; ignored for 204 and 304.
  public var body: [UInt8]
  /// Whether the connection ends with this answer.
  public var closesConnection: Bool

  /// One header line.
  public struct Header: Sendable, Equatable {
    /// The name in its usual spelling, such as `Content-Type`.
    public let name: String
    /// The value.
    public let value: String

    /// Creates a header line.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Creates an answer.
  public init(
    status: Int, headers: [Header] = [], body: [UInt8] = [], closesConnection: Bool = false
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.closesConnection = closesConnection
  }

  /// An answer with a JSON body.
  public static func json(
    _ value: JSONValue, status: Int = 200, headers: [Header] = []
  ) -> HTTPResponse {
    .json(text: value.encoded, status: status, headers: headers)
  }

  /// An answer with a body that is JSON text already.
  public static func json(
    text: [UInt8], status: Int = 200, headers: [Header] = []
  ) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: [Header("Content-Type", "application/json")] + headers,
      body: text)
  }

  /// The first value of a header, its name compared without regard to case.
  public subscript(name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}

/// An answer that serves many requests, so that the server's own form of it is made only once.
public final class SharedResponse: Sendable {
  /// The answer; it never changes.
  public let response: HTTPResponse
  /// Where the server keeps its own form; nobody else looks at it.
  public let serverForm = Locked<(any ServerForm)?>(nil)

  /// Wraps an answer for repeated use.
  public init(_ response: HTTPResponse) {
    self.response = response
  }
}

/// A server's own, ready form of a ``SharedResponse``; freed with it.
public protocol ServerForm: AnyObject, Sendable {}
