/// Sends one request to another server: the way out, as ``RequestHandler`` is the way in.
public protocol UpstreamTransport: Sendable {
  /// Sends the request and waits for the whole answer. Any status is an answer, not an error.
  ///
  /// Cancelling the task ends the transfer.
  ///
  /// - Throws: ``TransportFault`` if no whole answer came.
  func send(_ request: TransportRequest) async throws(TransportFault) -> TransportResponse
}

/// A request to another server.
public struct TransportRequest: Sendable {
  /// The method.
  public var method: HTTPMethod
  /// The absolute URL; never holds a secret.
  public var url: String
  /// Header lines that may be logged.
  public var headers: [HTTPResponse.Header]
  /// The value of `Authorization`, if any.
  public var authorization: Secret?
  /// The body; sent with `Content-Length`, never chunked (Django ignores a chunked body).
  public var body: [UInt8]?
  /// How long connecting may take, name look-up and TLS included.
  public var connectTimeout: Duration
  /// When the whole call ends at the latest.
  public var deadline: MonotonicInstant
  /// The largest body that is accepted, after decompression.
  public var maximumBodyBytes: Int
  /// A file of PEM certificates to trust in place of the system's.
  public var caFile: String?
  /// What becomes of a body larger than ``maximumBodyBytes``: if true, that much of it is kept, the
  /// transfer ends there and succeeds; if false, it fails as too large.
  public var truncatesBody = false
  /// The addresses that may be connected to; `nil` for all.
  ///
  /// Asked for the address that a connection is about to be made to or was made to, so that a name
  /// that resolves to something else the next time gains nothing. Such a request goes through no
  /// proxy. Must not block.
  public var mayConnect: (@Sendable (InternetAddress) -> Bool)?

  /// Creates a request.
  public init(
    method: HTTPMethod, url: String, headers: [HTTPResponse.Header] = [],
    authorization: Secret? = nil, body: [UInt8]? = nil, connectTimeout: Duration = .seconds(3),
    deadline: MonotonicInstant, maximumBodyBytes: Int = 8 << 20, caFile: String? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.authorization = authorization
    self.body = body
    self.connectTimeout = connectTimeout
    self.deadline = deadline
    self.maximumBodyBytes = maximumBodyBytes
    self.caFile = caFile
  }
}

/// A whole answer of another server.
public struct TransportResponse: Sendable {
  /// The status code.
  public var status: Int
  /// Header lines in their order; of a redirect or a 1xx answer before it nothing is kept.
  public var lines: HeaderLines
  /// The body, decompressed.
  public var body: [UInt8]
  /// `1.0`, `1.1`, `2` or `3`.
  public var httpVersion: String
  /// Whether the body may go on; only where ``TransportRequest/truncatesBody`` was asked for.
  public var isTruncated = false

  /// Creates an answer.
  public init(
    status: Int, headers: [HTTPResponse.Header] = [], body: [UInt8] = [],
    httpVersion: String = "1.1"
  ) {
    self.init(status: status, lines: HeaderLines(headers), body: body, httpVersion: httpVersion)
  }

  /// Creates an answer whose header lines have not been read.
  public init(status: Int, lines: HeaderLines, body: [UInt8], httpVersion: String) {
    self.status = status
    self.lines = lines
    self.body = body
    self.httpVersion = httpVersion
  }

  /// The first value of a header, its name compared without regard to case.
  public subscript(name: String) -> String? { lines[name] }

  /// ``lines`` as texts.
  public var headers: [HTTPResponse.Header] { lines.all }
}

/// Why no whole answer came.
public struct TransportFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; a closed set, fit for a metric label.
  public enum Kind: String, Sendable, CaseIterable {
    /// The host's name could not be resolved.
    case resolve
    /// No connection: refused, unreachable, or not within the connect timeout.
    case connect
    /// The TLS handshake failed or the certificate was not accepted.
    case tls
    /// The deadline passed.
    case timeout
    /// The connection broke before the whole answer had come.
    case interrupted
    /// The answer broke HTTP's rules or could not be decompressed.
    case invalidAnswer = "invalid_answer"
    /// The body was larger than allowed.
    case tooLarge = "too_large"
    /// No address of the host may be connected to, see ``TransportRequest/mayConnect``.
    case refusedTarget = "refused_target"
    /// The task was cancelled, or the transport was shut down.
    case cancelled
    /// Anything else, such as a malformed URL.
    case other
  }

  /// The kind of failure.
  public let kind: Kind
  /// Whether bytes of the request may have reached the server. If not, sending again is safe.
  public let mayHaveBeenSent: Bool
  /// The library's own words, for the log; holds no secret.
  public let detail: String

  /// Creates a fault.
  public init(_ kind: Kind, mayHaveBeenSent: Bool, detail: String = "") {
    self.kind = kind
    self.mayHaveBeenSent = mayHaveBeenSent
    self.detail = detail
  }

  /// Kind and detail.
  public var description: String {
    detail.isEmpty ? kind.rawValue : "\(kind.rawValue): \(detail)"
  }
}
