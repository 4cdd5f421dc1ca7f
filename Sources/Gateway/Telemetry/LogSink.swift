import GatewayCore
import Glibc

/// Where whole log lines go.
public protocol LogSink: Sendable {
  /// Takes one line with its line feed, or drops it; never fails.
  func write(_ line: [UInt8])
}

/// Writes lines to a descriptor, such as standard error, and keeps them whole.
///
/// A log that nobody reads must not take the gateway along: a line that the descriptor does not
/// take is dropped. One that was begun is finished if that is possible within a moment; if it
/// isn't, the next line begins on a line of its own.
public final class DescriptorLogSink: LogSink {
  // Whether the last line was cut. The lock is held across the system calls on purpose: it is what
  // keeps the lines of several threads apart where the kernel takes a line in pieces.
  private let isTorn = Locked(false)
  private let descriptor: Int32
  private let patience: Duration

  /// Creates a sink.
  ///
  /// - Parameters:
  ///   - descriptor: stays the caller's to close; 2 is standard error.
  ///   - patience: how long a line that was begun may wait for the descriptor to take more.
  public init(descriptor: Int32 = 2, patience: Duration = .milliseconds(100)) {
    self.descriptor = descriptor
    self.patience = patience
  }

  /// Writes a line.
  public func write(_ line: [UInt8]) {
    isTorn.withLock { isTorn in
      let bytes = isTorn ? [UInt8(ascii: "\n")] + line : line
      let count = put(bytes)
      if count > 0 { isTorn = bytes[count - 1] != UInt8(ascii: "\n") }
    }
  }

  /// Writes what can be written and says how much that was.
  private func put(_ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        let code = errno
        if count > 0 {
          done += count
        } else if count == 0 || code != EINTR && (code != EAGAIN || done == 0) {
          break
        } else if code == EAGAIN, !waitUntilWritable() {
          break
        }
      }
      return done
    }
  }

  private func waitUntilWritable() -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&request, 1, Int32(clamping: patience.wholeNanoseconds / 1_000_000)) == 1
  }
}
