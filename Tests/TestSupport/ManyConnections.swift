import GatewayCore
import Glibc

/// Many client connections to a port of this machine, as light as they can be: bare descriptors
/// without threads. One task uses it at a time.
public final class ManyConnections: Sendable {
  private let descriptors = Locked<[Int32]>([])
  private let port: UInt16

  /// No connection yet.
  public init(port: UInt16) {
    self.port = port
  }

  deinit {
    closeAll()
  }

  /// Opens connections from one address of 127.0.0.0/8 and sends the same bytes over each.
  ///
  /// - Parameters:
  ///   - source: numeric IPv4.
  ///   - receiveBuffer: the size of the kernel's buffer in bytes, for slow readers.
  /// - Throws: ``RawHTTPClient/Fault/call(_:_:)`` if the kernel refuses one.
  public func open(
    _ count: Int, from source: String, sending bytes: [UInt8] = [], receiveBuffer: Int32? = nil
  ) throws {
    for _ in 0..<count {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0 else { throw RawHTTPClient.Fault.call("socket", errno) }
      descriptors.withLock { $0.append(descriptor) }
      if var receiveBuffer {
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(4))
      }
      // The port is chosen when the connection is made, so that each address has all of them.
      var late: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, &late, socklen_t(4))
      guard call(descriptor, source, 0, bind) == 0 else {
        throw RawHTTPClient.Fault.call("bind", errno)
      }
      guard call(descriptor, "127.0.0.1", port, connect) == 0 else {
        throw RawHTTPClient.Fault.call("connect", errno)
      }
      send(bytes, to: descriptor)
    }
  }

  /// Sends the same bytes over each connection; those that are closed do not matter.
  public func send(_ bytes: [UInt8]) {
    for descriptor in descriptors.withLock({ $0 }) { send(bytes, to: descriptor) }
  }

  // POLLRDHUP, which Glibc's module does not show.
  private let peerClosed: Int16 = 0x2000

  /// How many are open, as far as this side knows: the others have their end to be read, or were
  /// reset.
  public var open: Int {
    descriptors.withLock { $0 }.count { descriptor in
      var found = pollfd(fd: descriptor, events: peerClosed, revents: 0)
      return poll(&found, 1, 0) == 0
    }
  }

  /// Closes all.
  public func closeAll() {
    let all = descriptors.withLock { descriptors in
      defer { descriptors = [] }
      return descriptors
    }
    for descriptor in all { close(descriptor) }
  }

  private func send(_ bytes: [UInt8], to descriptor: Int32) {
    guard !bytes.isEmpty else { return }
    // A buffer that is full is what some want.
    _ = bytes.withUnsafeBytes {
      Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }
  }

  private func call(
    _ descriptor: Int32, _ address: String, _ port: UInt16,
    _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32
  ) -> Int32 {
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = port.bigEndian
    inet_pton(AF_INET, address, &target.sin_addr)
    return withUnsafePointer(to: &target) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
