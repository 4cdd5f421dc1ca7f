import Dispatch
import GatewayCore
import Glibc

/// One TCP connection that sends bytes as they are, right or wrong, and reads answers.
///
/// Blocking calls run on a queue of the client's own, never on the cooperative pool.
public final class RawHTTPClient: Sendable {
  /// An answer as it came over the wire.
  public struct Answer: Sendable, Equatable {
    /// The status code.
    public var status: Int
    /// Names in lower case, and values.
    public var headers: [String: String]
    /// The body.
    public var body: String
    /// The head as it came.
    public var head: String
  }

  /// What can go wrong on the client's side.
  public enum Fault: Error, Equatable {
    /// A call failed, with its `errno`.
    case call(String, Int32)
    /// The server closed before the answer was whole; what had come by then.
    case closed(String)
    /// Nothing came within the time; what had come by then.
    case timedOut(String)
    /// That is not HTTP.
    case notHTTP(String)
  }

  private let descriptor: Int32
  private let session: TLSClientSession?
  private let queue = DispatchQueue(label: "raw-http-client")
  private let buffer = Locked<[UInt8]>([])

  /// Connects.
  ///
  /// - Parameters:
  ///   - port: a port on the address.
  ///   - address: numeric IPv4, or `::1`.
  ///   - timeout: how long a read may wait, in seconds.
  ///   - receiveBuffer: the size of the kernel's buffer in bytes, for slow readers.
  ///   - tls: how to speak TLS; `nil` for plain text. The handshake comes with the first bytes.
  /// - Throws: ``Fault/call(_:_:)``.
  public init(
    port: UInt16, address: String = "127.0.0.1", timeout: Int = 10, receiveBuffer: Int32? = nil,
    tls: TLSClientSettings? = nil
  ) throws {
    let family = address.contains(":") ? AF_INET6 : AF_INET
    descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Fault.call("socket", errno) }
    do {
      session = try tls.map { [descriptor] in try TLSClientSession(descriptor, $0) }
    } catch {
      close(descriptor)
      throw error
    }
    var wait = timeval(tv_sec: timeout, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    if var receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(4))
    }
    let code = family == AF_INET ? connect4(address, port) : connect6(address, port)
    // The object is complete by now, so its end closes the socket.
    guard code == 0 else { throw Fault.call("connect", errno) }
  }

  deinit {
    close(descriptor)
  }

  /// Sends text.
  ///
  /// - Throws: ``Fault/call(_:_:)`` if the server does not take all of it.
  public func send(_ text: String) async throws {
    try await send(bytes: Array(text.utf8))
  }

  /// Sends bytes.
  ///
  /// - Throws: ``Fault/call(_:_:)`` if the server does not take all of them.
  public func send(bytes: [UInt8]) async throws {
    try await perform { [descriptor, session] in
      var sent = 0
      while sent < bytes.count {
        let count = try bytes[sent...].withUnsafeBytes { bytes in
          try session?.send(bytes)
            ?? Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { throw Fault.call("send", errno) }
        sent += count
      }
    }
  }

  /// Sends `request` and reads one answer.
  ///
  /// - Throws: a ``Fault``.
  public func exchange(_ request: String, isHead: Bool = false) async throws -> Answer {
    try await send(request)
    return try await answer(isHead: isHead)
  }

  /// Reads one final answer; interim ones (1xx) are returned too.
  ///
  /// - Parameter isHead: whether the request was `HEAD`, whose answer has no body.
  /// - Throws: a ``Fault``.
  public func answer(isHead: Bool = false) async throws -> Answer {
    try await perform { try self.readAnswer(isHead: isHead) }
  }

  /// Reads until the server closes.
  ///
  /// - Returns: all that came and was not read before.
  /// - Throws: ``Fault/timedOut(_:)``.
  public func readToEnd() async throws -> String {
    try await perform {
      while try self.readMore() {}
      return self.take(nil)
    }
  }

  /// Reads as far as `end`, which is part of the result.
  ///
  /// - Throws: a ``Fault``.
  public func read(through end: String) async throws -> String {
    let end = Array(end.utf8)
    return try await perform {
      while true {
        let size = self.buffer.withLock { buffer in
          buffer.indices.first { buffer[$0...].starts(with: end) }.map { $0 + end.count }
        }
        if let size { return self.take(size) }
        if try !self.readMore() { throw Fault.closed(self.take(nil)) }
      }
    }
  }

  /// Reads just so many bytes.
  ///
  /// - Throws: a ``Fault``.
  public func read(count: Int) async throws -> String {
    try await perform {
      while self.buffer.withLock({ $0.count }) < count {
        if try !self.readMore() { throw Fault.closed(self.take(nil)) }
      }
      return self.take(count)
    }
  }

  /// Carries the handshake out, and tells what the server showed.
  ///
  /// - Returns: the server's certificate, in binary form.
  /// - Throws: ``Fault/call(_:_:)`` if there is no agreement.
  public func serverCertificate() async throws -> [UInt8] {
    try await perform { [session] in try session?.peerCertificate() ?? [] }
  }

  /// Ends sending; what the server sends still comes.
  public func finishSending() {
    shutdown(descriptor, Int32(SHUT_WR))
  }

  /// Cuts the connection both ways.
  public func abort() {
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  private func perform<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Swift.Result { try body() }) }
    }
  }

  private func connect4(_ address: String, _ port: UInt16) -> Int32 {
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = port.bigEndian
    inet_pton(AF_INET, address, &target.sin_addr)
    return withUnsafePointer(to: &target) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  private func connect6(_ address: String, _ port: UInt16) -> Int32 {
    var target = sockaddr_in6()
    target.sin6_family = sa_family_t(AF_INET6)
    target.sin6_port = port.bigEndian
    inet_pton(AF_INET6, address, &target.sin6_addr)
    return withUnsafePointer(to: &target) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
      }
    }
  }

  // False at the end of the stream; a reset counts as one.
  private func readMore() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65536)
    let count = try chunk.withUnsafeMutableBytes { chunk in
      try session?.receive(chunk) ?? recv(descriptor, chunk.baseAddress, chunk.count, 0)
    }
    if count < 0, errno == EAGAIN || errno == EINTR { throw Fault.timedOut(take(nil)) }
    guard count > 0 else { return false }
    buffer.withLock { $0 += chunk[..<count] }
    return true
  }

  private func take(_ count: Int?) -> String {
    buffer.withLock { buffer in
      let count = min(count ?? buffer.count, buffer.count)
      defer { buffer.removeFirst(count) }
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
  }

  private func readAnswer(isHead: Bool) throws -> Answer {
    let blank = Array("\r\n\r\n".utf8)
    var headSize: Int?
    while headSize == nil {
      headSize = buffer.withLock { buffer in
        guard buffer.count >= 4 else { return nil }
        for start in 0...(buffer.count - 4) where Array(buffer[start..<(start + 4)]) == blank {
          return start + 4
        }
        return nil
      }
      if headSize == nil, try !readMore() { throw Fault.closed(take(nil)) }
    }
    var answer = try RawHTTPClient.parse(take(headSize))
    guard !isHead, answer.status >= 200, ![204, 304].contains(answer.status) else { return answer }
    guard let length = answer.headers["content-length"].flatMap({ Int($0) }) else {
      while try readMore() {}
      answer.body = take(nil)
      return answer
    }
    while buffer.withLock({ $0.count }) < length {
      if try !readMore() { throw Fault.closed(answer.head + take(nil)) }
    }
    answer.body = take(length)
    return answer
  }

  private static func parse(_ head: String) throws -> Answer {
    let lines = head.split(separator: "\r\n", omittingEmptySubsequences: true)
    guard let first = lines.first, first.hasPrefix("HTTP/1."),
      let status = Int(first.split(separator: " ").dropFirst().first ?? "")
    else { throw Fault.notHTTP(head) }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { throw Fault.notHTTP(head) }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      headers[line[..<colon].lowercased()] = String(value)
    }
    return Answer(status: status, headers: headers, body: "", head: head)
  }
}
