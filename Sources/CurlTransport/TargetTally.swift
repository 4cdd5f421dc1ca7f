internal import GatewayCore

/// Which addresses a transfer asked to connect to, and what it was told.
///
/// A host may have several addresses. If one of them may be tried and fails, that is an ordinary
/// failure to connect; only if none may be tried is the target itself refused.
struct TargetTally {
  private var allowed = 0
  private var refused = 0
  private var lastRefused: InternetAddress?

  /// Counts an answer.
  mutating func count(_ address: InternetAddress?, isAllowed: Bool) {
    if isAllowed {
      allowed += 1
    } else {
      refused += 1
      lastRefused = address
    }
  }

  /// Whether there was something to refuse and nothing else.
  var refusedAll: Bool { refused > 0 && allowed == 0 }

  /// For the log.
  var detail: String {
    guard let lastRefused else { return "the host's address is none of the internet protocol" }
    return "\(lastRefused) may not be connected to"
  }
}
