import Glibc

/// A Unix datagram socket that waits for messages, as a service manager has one.
public final class DatagramSocket: Sendable {
  /// Its address: a path, or `@` and an abstract name.
  public let path: String
  private let descriptor: Int32

  /// Opens the socket.
  ///
  /// - Throws: ``DatagramSocketFault`` if that cannot be done.
  public init(path: String) throws {
    self.path = path
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(path.utf8)
    if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t((MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2) + bytes.count)
    let code = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
    }
    guard code == 0 else { throw DatagramSocketFault(code: errno) }
  }

  deinit { close(descriptor) }

  /// Waits for the next message; empty if none comes within ten seconds.
  public func receive() -> String {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, 10_000) == 1 else { return "" }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}

/// Why a socket could not be opened.
public struct DatagramSocketFault: Error {
  /// The system's error.
  public let code: Int32
}
