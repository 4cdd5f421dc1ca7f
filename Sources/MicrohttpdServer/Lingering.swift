import GatewayCore
import Glibc
import Reactor

/// Keeps refused connections half open for a moment after the library has closed them.
///
/// Closing a socket with unread bytes resets the connection, and the reset can overtake the answer:
/// a client that is still sending its too large body would never see the 413. So a duplicate of the
/// descriptor lives on, and what comes is thrown away, until the client has finished or time is up
/// (RFC 9112, section 9.6).
final class Lingering {
  private let reactor: Reactor
  private var timers: [Int32: TimerToken] = [:]

  private static let time = Duration.seconds(2)
  private static let limit = 256

  init(reactor: Reactor) {
    self.reactor = reactor
  }

  /// Lingers on a connection that is about to be closed. Does nothing when too many are.
  func begin(_ descriptor: Int32) {
    guard timers.count < Lingering.limit else { return }
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { return }
    guard shutdown(copy, Int32(SHUT_WR)) == 0 else {
      close(copy)
      return
    }
    do {
      try reactor.watch(copy, for: .readable) { [weak self] _ in self?.discard(copy) }
    } catch {
      close(copy)
      return
    }
    timers[copy] = reactor.schedule(at: reactor.now + Lingering.time) { [weak self] in
      self?.end(copy)
    }
  }

  /// Closes all at once.
  func endAll() {
    for descriptor in Array(timers.keys) { end(descriptor) }
  }

  private func discard(_ descriptor: Int32) {
    let count = unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16384) { buffer in
      unsafe recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
    }
    let mustWait = count < 0 && (errno == EAGAIN || errno == EINTR)
    if count <= 0, !mustWait { end(descriptor) }
  }

  private func end(_ descriptor: Int32) {
    guard let timer = timers.removeValue(forKey: descriptor) else { return }
    reactor.cancel(timer)
    reactor.unwatch(descriptor)
    close(descriptor)
  }
}
