internal import GatewayCore
internal import Glibc

/// A plain connection that libcurl made and that carries one HTTP/1.1 request after another.
/// Confined.
final class HTTP1Connection {
  /// What became of an attempt to move bytes.
  enum Moved: Equatable {
    case bytes(Int)
    /// Nothing can be moved at present.
    case nothing
    /// The other end has closed.
    case ended
    /// The connection is broken; the system's words.
    case broken(String)
  }

  /// The origin that it leads to.
  let origin: HTTP1Origin
  /// libcurl's handle, to which the connection belongs.
  let handle: EasyHandle
  /// The request that it carries or is made for.
  var transfer: Transfer?
  /// The socket; -1 before it is connected.
  private(set) var socket: Int32 = -1
  /// The address of its other end.
  private(set) var address: InternetAddress?
  /// What the system had no room for yet.
  private(set) var unsent: [UInt8] = []
  /// Reads the answer under way.
  var reader = HTTP1AnswerReader()
  /// When it was made.
  private(set) var madeAt = MonotonicInstant.distantFuture
  /// Since when it lies idle.
  var idleSince = MonotonicInstant.distantFuture

  private var sentOfUnsent = 0

  init(to origin: HTTP1Origin, _ handle: EasyHandle, for transfer: Transfer) {
    self.origin = origin
    self.handle = handle
    self.transfer = transfer
  }

  deinit { wipe(&unsent) }

  /// Takes over the socket that libcurl connected.
  func connected(_ socket: Int32, _ address: InternetAddress?, at now: MonotonicInstant) {
    self.socket = socket
    self.address = address
    madeAt = now
  }

  /// Whether all that was to be sent is with the system.
  var isAllSent: Bool { unsent.isEmpty }

  /// Sends as much as the system takes and keeps the rest.
  func send(_ bytes: Span<UInt8>) -> Moved {
    let moved = write(bytes)
    switch moved {
    case .bytes(let count) where count < bytes.count:
      unsent.append(copying: bytes.extracting(count..<bytes.count))
    case .nothing: unsent.append(copying: bytes)
    default: break
    }
    return moved
  }

  /// Sends more of what was left.
  func sendMore() -> Moved {
    let moved = writeUnsent()
    if case .bytes(let count) = moved {
      sentOfUnsent += count
      if sentOfUnsent == unsent.count {
        wipe(&unsent)
        unsent = []
        sentOfUnsent = 0
      }
    }
    return moved
  }

  private func writeUnsent() -> Moved {
    // A second reference, not a second copy, and only for the call.
    let bytes = unsent
    return write(bytes.span.extracting(sentOfUnsent..<bytes.count))
  }

  /// Reads what has come, as far as there is room.
  func receive(into buffer: inout [UInt8]) -> Moved {
    // The pointer holds for the call, and the system keeps to the length.
    let count = unsafe buffer.withUnsafeMutableBytes { room in
      retryingInterrupted { unsafe recv(socket, room.baseAddress, room.count, 0) }
    }
    return count == 0 ? .ended : moved(count)
  }

  /// Whether the other end is silent and still there, as it should be between two requests.
  var isQuiet: Bool {
    var byte: UInt8 = 0
    let count = retryingInterrupted { unsafe recv(socket, &byte, 1, Int32(MSG_PEEK)) }
    return count < 0 && errno == EAGAIN
  }

  private func write(_ bytes: Span<UInt8>) -> Moved {
    // As above. A connection that is gone must not end the process.
    let count = unsafe bytes.withUnsafeBytes { bytes in
      retryingInterrupted {
        unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
    }
    return moved(count)
  }

  private func moved(_ count: Int) -> Moved {
    if count >= 0 { return .bytes(count) }
    return errno == EAGAIN ? .nothing : .broken(unsafe String(cString: strerror(errno)))
  }
}

@inline(__always)
private func retryingInterrupted(_ call: () -> Int) -> Int {
  while true {
    let count = call()
    if count >= 0 || errno != EINTR { return count }
  }
}
