import GatewayCore
import Glibc

/// Process signals as plain calls: they are blocked in all threads, and one thread waits for them.
public enum Signals {
  private static let handled = [SIGTERM, SIGINT, SIGHUP]

  /// Blocks the handled signals for this thread and all that it starts, and ignores SIGPIPE. Call
  /// it before any other thread exists.
  public static func block() {
    var set = handledSet()
    let code = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    precondition(code == 0, "pthread_sigmask failed with \(code)")
    // A peer that closes its connection early must not end the process.
    _ = signal(SIGPIPE, SIG_IGN)
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
    _ = try ReactorThread(name: "signals") {
      var set = handledSet()
      var isTerminating = false
      while true {
        var received: Int32 = 0
        guard unsafe sigwait(&set, &received) == 0 else { continue }
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

  private static func handledSet() -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in handled { unsafe sigaddset(&set, number) }
    return set
  }
}
