internal import CLinux
internal import Glibc

/// What the process asks of the kernel for its own safety.
public enum ProcessProtection {
  /// Keeps what is in memory, secrets among it, out of core dumps, and away from debuggers and from
  /// `/proc/PID/mem` and `environ` for everybody but root (`PR_SET_DUMPABLE` in prctl(2)).
  ///
  /// - Throws: ``ReactorFault`` with the system's error.
  public static func forbidDumps() throws(ReactorFault) {
    guard gw_forbid_dumps() == 0 else { throw ReactorFault(call: "prctl", code: errno) }
  }
}
