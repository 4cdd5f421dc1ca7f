/// What the server has to say for the log.
public enum ServerEvent: Sendable {
  /// Connections are accepted from now on.
  case listening(address: String, port: UInt16, libraryVersion: String)
  /// A request was refused before any handler saw it.
  case refused(RefusalReason, requestID: String, peer: String)
  /// A connection was closed, with no answer, because its client kept it waiting, or
  /// sent its end before the request's.
  case abandoned(ConnectionPhase, peer: String)
  /// A connection ended before there was a TLS session.
  case handshakeFailed(HandshakeFailure, peer: String)
  /// A suspended request was answered by the server because its work let the deadline pass.
  case overdue(requestID: String, peer: String)
  /// A stream was cut because its client did not read it as fast as it came, or not at all.
  case streamCut(peer: String)
  /// A handler's answer could not be sent as it was, and became a problem or a closed connection.
  case unusableResponse(status: Int, requestID: String)
  /// A line of the library's own log. Most are about clients that went away.
  case library(String)
  /// No more connections are accepted.
  case draining
  /// All is closed.
  case stopped
}

/// What a connection is busy with; each phase but the last two has one constant time limit.
public enum ConnectionPhase: Int, Sendable, CaseIterable {
  /// Open, and the first request's head is not complete.
  case opening
  /// Between an answer and the next request line.
  case idle
  /// A request line has come, the request is not complete.
  case receiving
  /// An answer is being sent.
  case responding
  /// A request waits for its answer; it has a deadline of its own.
  case suspended
  /// A stream is open, and all that it has was sent.
  case streaming
}

/// Why a server could not start.
public enum ServerFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The address is neither IPv4 nor IPv6 in numbers.
  case badAddress(String)
  /// The library could not listen; `errno` says why, 0 if it is not known. The library's own words
  /// went out as ``ServerEvent/library(_:)``.
  case cannotListen(code: Int32)
  /// The reactor could not watch the server.
  case cannotWatch(code: Int32)
  /// There is no memory.
  case outOfMemory
  /// The library was built without TLS.
  case noTLS
  /// A server starts once.
  case alreadyStarted

  /// A sentence for the log.
  public var description: String {
    switch self {
    case .badAddress(let text): "not a numeric IPv4 or IPv6 address: \(text)"
    case .cannotListen(let code): "cannot listen: \(systemMessage(code))"
    case .cannotWatch(let code): "cannot watch the server's epoll: \(systemMessage(code))"
    case .outOfMemory: "out of memory"
    case .noTLS: "this libmicrohttpd was built without TLS"
    case .alreadyStarted: "the server was started before"
    }
  }
}

/// What a server has done since its start; a snapshot, not older than the reactor's present turn.
public struct ServerCounters: Sendable, Equatable {
  /// Connections open now.
  public var connections = 0
  /// Connections accepted.
  public var accepted = 0
  /// Connections closed at once, since their addresses had as many as they may have.
  public var turnedAway = 0
  /// Request lines received.
  public var requests = 0
  /// Requests whose answer was sent whole.
  public var answered = 0
  /// Requests whose connection ended before that.
  public var interrupted = 0
  /// Requests suspended now.
  public var suspended = 0
  /// Suspended requests that the server answered at their deadline.
  public var overdue = 0
  /// Results that came after that, and were dropped.
  public var lateResults = 0
  /// Connections closed, with no answer, for their slowness, or because
  /// their client finished halfway.
  public var abandoned: [ConnectionPhase: Int] = [:]
  /// Requests refused by the server itself.
  public var refusals: [RefusalReason: Int] = [:]

  /// TLS handshakes that were completed.
  public var handshakes = 0
  /// Those that failed, or that their clients did not bring to an end.
  public var handshakesFailed = 0

  /// Streams open now.
  public var streams = 0
  /// Streams begun.
  public var streamsOpened = 0
  /// Streams cut because their clients did not read them fast enough.
  public var streamsCut = 0

  /// The sum of ``refusals``.
  public var refused: Int { refusals.values.reduce(0, +) }
}
