internal import Glibc

/// Whoever started the process and wants to hear how it is: systemd, with `Type=notify`
/// (sd_notify(3)). Without one, nothing is said.
public struct ServiceManager: Sendable {
  /// What is said.
  public enum State: Sendable {
    /// It serves.
    case ready
    /// It reads its configuration anew; ``ready`` follows.
    case reloading
    /// It drains.
    case stopping
  }

  private let path: String?

  /// The manager that the environment names in `NOTIFY_SOCKET`, or none.
  public init() {
    self.init(path: unsafe getenv("NOTIFY_SOCKET").map { unsafe String(cString: $0) })
  }

  /// The manager behind a socket.
  ///
  /// - Parameter path: the socket's path, or `@` and its abstract name; `nil` for no manager.
  public init(path: String?) { self.path = path }

  /// Says how it is.
  ///
  /// - Returns: the fault, if the manager could not be told.
  public func notify(_ state: State) -> ReactorFault? {
    guard let path else { return nil }
    return send(Array(message(state).utf8), to: path)
  }

  private func message(_ state: State) -> String {
    switch state {
    case .ready: return "READY=1"
    case .stopping: return "STOPPING=1"
    case .reloading:
      var now = timespec()
      unsafe clock_gettime(CLOCK_MONOTONIC, &now)
      return "RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)"
    }
  }

  private func send(_ message: [UInt8], to path: String) -> ReactorFault? {
    var address = sockaddr_un()
    var bytes = Array(path.utf8)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard let first = bytes.first, bytes.count < capacity else {
      return ReactorFault(call: "NOTIFY_SOCKET", code: ENAMETOOLONG)
    }
    // The name of an abstract socket begins with a zero, and has none at its end.
    if first == UInt8(ascii: "@") { bytes[0] = 0 }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let length = socklen_t(
      MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + bytes.count } ?? 0)
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return ReactorFault(call: "socket", code: errno) }
    defer { close(descriptor) }
    let sent = unsafe withUnsafePointer(to: address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), address, length)
      }
    }
    return sent == message.count ? nil : ReactorFault(call: "sendto", code: errno)
  }
}
