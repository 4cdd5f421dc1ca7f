import Dispatch
import GatewayCore
import Glibc

/// What a plain socket saw of an answer.
struct RawAnswer: Sendable {
  /// How the bytes came to an end.
  enum Ending: Sendable, Equatable {
    /// The whole body had come.
    case whole
    /// The peer closed before that.
    case closed
    /// The peer reset the connection.
    case reset
    /// Nothing more came in time.
    case silence
  }

  var bytes: [UInt8] = []
  var ending = Ending.closed
  /// How many reads it took.
  var pieces = 0

  private static let interim = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// Where the final answer begins, behind the server's leave to go on.
  private var start: Int { bytes.starts(with: Self.interim) ? Self.interim.count : 0 }

  private var headEnd: Int? {
    let mark = Array("\r\n\r\n".utf8)
    guard bytes.count >= start + 4 else { return nil }
    return (start...bytes.count - 4).first { bytes[$0..<$0 + 4].elementsEqual(mark) }
      .map { $0 + 4 }
  }

  var status: Int? {
    guard bytes.count > start + 12 else { return nil }
    return Int(String(decoding: bytes[(start + 9)..<(start + 12)], as: UTF8.self))
  }

  var body: [UInt8] { headEnd.map { Array(bytes[$0...]) } ?? [] }
  var json: JSONValue? { try? JSONValue(parsing: body) }

  subscript(name: String) -> String? {
    let head = String(decoding: bytes[start..<(headEnd ?? start)], as: UTF8.self)
    for line in head.split(separator: "\r\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2, parts[0].lowercased() == name.lowercased() {
        return String(parts[1].drop { $0 == " " })
      }
    }
    return nil
  }

  /// How many bytes of the body are still missing; `nil` before the head is there.
  var missing: Int? {
    guard headEnd != nil, let length = self["Content-Length"].flatMap({ Int($0) }) else {
      return nil
    }
    return length - body.count
  }
}

/// A client that sends exactly the bytes it is given.
enum RawClient {
  /// Sends a request on a connection of its own.
  ///
  /// - Parameter patience: seconds of silence after which the client leaves.
  static func send(
    _ method: String, _ target: String, port: Int, headers: [String] = [], body: String? = nil,
    patience: Double = 20
  ) async -> RawAnswer {
    var text = "\(method) \(target) HTTP/1.1\r\nHost: simulator\r\n"
    for header in headers { text += header + "\r\n" }
    if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
    return await exchange(text + "\r\n" + (body ?? ""), port: port, patience: patience)
  }

  /// Sends bytes and reads the answer, on a thread that may block.
  static func exchange(_ text: String, port: Int, patience: Double = 20) async -> RawAnswer {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(returning: blockingExchange(Array(text.utf8), port, patience))
      }
    }
  }

  private static func blockingExchange(
    _ request: [UInt8], _ port: Int, _ patience: Double
  ) -> RawAnswer {
    var answer = RawAnswer()
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    let microseconds = Int(patience * 1_000_000)
    var limit = timeval(tv_sec: microseconds / 1_000_000, tv_usec: microseconds % 1_000_000)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0,
      Glibc.send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
    else {
      answer.ending = .reset
      return answer
    }
    read(descriptor, into: &answer)
    return answer
  }

  private static func read(_ descriptor: Int32, into answer: inout RawAnswer) {
    var buffer = [UInt8](repeating: 0, count: 65536)
    var missing: Int?
    while missing != 0 {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else {
        answer.ending = count == 0 ? .closed : errno == ECONNRESET ? .reset : .silence
        return
      }
      answer.pieces += 1
      answer.bytes.append(contentsOf: buffer[..<count])
      missing = missing.map { $0 - count } ?? answer.missing
    }
    answer.ending = .whole
  }
}
