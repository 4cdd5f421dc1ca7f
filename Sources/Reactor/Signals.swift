internal import CLinux
import GatewayCore
import Glibc

/// Process signals as plain calls: their handlers do nothing but write to a pipe, and one thread
/// reads it.
public enum Signals {
  private static let handled = [SIGTERM, SIGINT, SIGHUP]

  /// Catches the handled signals, and ignores SIGPIPE and SIGXFSZ. Call it before anything else:
  /// what comes between this call and ``wait(onHangup:onTermination:)`` is kept for the latter.
  public static func prepare() {
    _ = open()
    // A peer that closes its connection early must not end the process.
    _ = signal(SIGPIPE, SIG_IGN)
    // Nor must a limit on the size of files: whoever writes is told, and may go on later.
    _ = signal(SIGXFSZ, SIG_IGN)
  }

  /// Starts the thread that waits.
  ///
  /// - Parameters:
  ///   - onHangup: called for each SIGHUP.
  ///   - onTermination: called once, for the first SIGTERM or SIGINT; a second one ends the process
  ///     at once, for those who will not wait for it to drain.
  /// - Throws: ``ReactorFault`` if there is no thread to be had.
  public static func wait(
    onHangup: @escaping @Sendable () -> Void, onTermination: @escaping @Sendable () -> Void
  ) throws(ReactorFault) {
    let pipe = open()
    _ = try ReactorThread(name: "signals") {
      var isTerminating = false
      while let received = nextSignal(pipe) {
        if received == SIGHUP {
          onHangup()
        } else if isTerminating {
          exit(128 + received)
        } else {
          isTerminating = true
          onTermination()
        }
      }
    }
  }

  // The reading end of the one pipe.
  private static func open() -> Int32 {
    var pipe: Int32 = -1
    for number in handled {
      pipe = gw_signal_to_pipe(number)
      precondition(pipe >= 0, "signal \(number) cannot be caught: errno \(errno)")
    }
    return pipe
  }

  private static func nextSignal(_ pipe: Int32) -> Int32? {
    var byte: UInt8 = 0
    while true {
      let count = unsafe read(pipe, &byte, 1)
      if count == 1 { return Int32(byte) }
      guard count < 0, errno == EINTR else { return nil }
    }
  }
}
