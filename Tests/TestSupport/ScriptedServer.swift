import GatewayCore
import Glibc

/// A server on 127.0.0.1 that does exactly what a script says, right or wrong.
///
/// Each connection has a thread of its own that works through its steps with plain blocking calls;
/// when they are done, it closes the connection. Everything that clients sent is kept as it came.
public final class ScriptedServer: Sendable {
  /// One thing to do on a connection.
  public enum Step: Sendable {
    /// Wait for a whole request (head and `Content-Length` bytes) and record it. Ends the
    /// connection if the client closes first.
    case readRequest
    /// Wait for a request's head only, and record that.
    case readHead
    /// Send bytes.
    case send([UInt8])
    /// Send bytes one by one, with a pause before each.
    case drip([UInt8], pause: Duration)
    /// Read requests and answer each, until the client closes.
    case answerEach(@Sendable (Request) -> [UInt8])
    /// Wait until the client's system has all that was sent, whether the client has read it or not.
    case awaitArrival
    /// Call a closure, which may wait.
    case call(@Sendable () -> Void)
    /// Close so that the client gets a reset.
    case reset
    /// Close in good order.
    case close
    /// Read and forget whatever comes until the client closes.
    case hang

    /// Send text.
    public static func send(_ text: String) -> Step { .send(Array(text.utf8)) }
  }

  /// What a client sent.
  public struct Request: Sendable {
    /// Which connection it came on, counted from 0.
    public let connection: Int
    /// The bytes as they came.
    public let bytes: [UInt8]

    /// The bytes as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
    /// The head's lines, the request line first.
    public var lines: [String] {
      guard let end = headEnd(in: bytes) else { return [] }
      let head = String(decoding: bytes[..<end], as: UTF8.self)
      // A line break of CR LF is one character.
      return head.split(separator: "\r\n").map(String.init)
    }
    /// The body.
    public var body: [UInt8] { headEnd(in: bytes).map { Array(bytes[$0...]) } ?? [] }
    /// The first value of a header; its name in any case.
    public subscript(name: String) -> String? {
      let prefix = name.lowercased() + ":"
      return lines.first { $0.lowercased().hasPrefix(prefix) }
        .map { String($0.dropFirst(prefix.count).drop { $0 == " " }) }
    }
  }

  /// The port that the server listens on.
  public let port: UInt16
  private let listener: Int32
  private let log = ServerLog()
  private let acceptor: ServerThread

  /// Starts a server.
  ///
  /// - Parameter script: the steps for a connection, by its number.
  /// - Throws: ``ScriptedServerFault`` if the system gives no socket or thread.
  public init(script: @escaping @Sendable (Int) -> [Step]) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw ScriptedServerFault(call: "socket", code: errno) }
    do {
      port = try listen(on: listener, backlog: 128)
      let log = log
      acceptor = try ServerThread { acceptConnections(listener, log, script) }
    } catch {
      Glibc.close(listener)
      throw error
    }
    self.listener = listener
  }

  /// Starts a server that answers every request alike.
  ///
  /// - Throws: ``ScriptedServerFault`` if the system gives no socket or thread.
  public convenience init(answering answer: @escaping @Sendable (Request) -> [UInt8]) throws {
    try self.init { _ in [.answerEach(answer)] }
  }

  deinit {
    stop()
  }

  /// The server's address with `path`, which begins with a slash.
  public func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

  /// All requests so far, in the order in which they were complete.
  public var requests: [Request] { log.state.withLock { $0.requests } }

  /// How many connections were accepted so far.
  public var connectionCount: Int { log.state.withLock { $0.accepted } }

  /// How many connections were open at the same time, at most.
  public var peakConnectionCount: Int { log.state.withLock { $0.peak } }

  /// Waits until `count` requests have come.
  public func waitForRequests(_ count: Int) async {
    await log.wait { $0.requests.count >= count }
  }

  /// Waits until `count` connections have been closed, by whichever side.
  public func waitForClosedConnections(_ count: Int) async {
    await log.wait { $0.closed >= count }
  }

  /// Ends all connections and threads; a second call does nothing.
  public func stop() {
    // Wakes the threads from accept and recv; they close what is theirs. Under the lock, since a
    // connection's number is another's as soon as it is closed.
    let isFirst = log.state.withLock { state in
      defer { state.isStopped = true }
      for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
      return !state.isStopped
    }
    guard isFirst else { return }
    shutdown(listener, Int32(SHUT_RDWR))
    acceptor.join()
    Glibc.close(listener)
    for thread in log.state.withLock({ $0.threads }) { thread.join() }
  }
}

/// A system call that the test server needed and didn't get.
public struct ScriptedServerFault: Error {
  /// The call.
  public let call: String
  /// Its `errno`.
  public let code: Int32

  /// Names a call and its `errno`.
  public init(call: String, code: Int32) {
    self.call = call
    self.code = code
  }
}

/// An answer with a `Content-Length`, as bytes.
public func httpAnswer(
  _ status: String = "200 OK", headers: [String] = [], body: [UInt8] = []
) -> [UInt8] {
  let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.count)", "", ""]
  return Array(lines.joined(separator: "\r\n").utf8) + body
}

/// An answer with a text as its body.
public func httpAnswer(
  _ status: String = "200 OK", headers: [String] = [], text: String
) -> [UInt8] {
  httpAnswer(status, headers: headers, body: Array(text.utf8))
}

/// Binds a socket to a free port of 127.0.0.1 and listens.
///
/// - Returns: the port.
/// - Throws: ``ScriptedServerFault``.
public func listen(on descriptor: Int32, backlog: Int32) throws -> UInt16 {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let code = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
      guard bind(descriptor, pointer, size) == 0 else { return errno }
      guard Glibc.listen(descriptor, backlog) == 0 else { return errno }
      return getsockname(descriptor, pointer, &size) == 0 ? 0 : errno
    }
  }
  guard code == 0 else { throw ScriptedServerFault(call: "bind and listen", code: code) }
  return UInt16(bigEndian: address.sin_port)
}
