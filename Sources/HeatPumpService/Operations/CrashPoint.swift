#if DEBUG
  import Glibc
#endif

/// The named steps of a write at which a test may kill the process, to see what is left.
///
/// In a release build nothing of it remains.
enum CrashPoint: String {
  /// Stored as sent, and not sent yet.
  case sent
  /// The upstream has answered, and nothing of that is stored.
  case answered
  /// The outcome is stored, and nobody has been told.
  case concluded

  /// Kills the process if the environment names this step: with SIGKILL, as a power cut would.
  @inline(__always)
  static func reach(_ point: CrashPoint) {
    #if DEBUG
      guard let name = chosen, name == point.rawValue else { return }
      kill(getpid(), SIGKILL)
    #endif
  }

  #if DEBUG
    private static let chosen = getenv("PODERO_GATEWAY_CRASH_POINT").map { String(cString: $0) }
  #endif
}
