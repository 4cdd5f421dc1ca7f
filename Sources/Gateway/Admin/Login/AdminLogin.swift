import GatewayCore

/// All that logging in at the operators' listener needs: sessions, limits and counts.
final class AdminLogin: Sendable {
  /// What became of an attempt.
  enum Outcome: String, CaseIterable, Sendable {
    case accepted
    case refused
    case limited
  }

  let sessions: AdminSessions
  let limiter: LoginLimiter
  private let attempts = Outcome.allCases.map { _ in AtomicCounter() }

  init(
    _ settings: AdminSessions.Settings = AdminSessions.Settings(), random: any RandomSource,
    now: MonotonicInstant
  ) {
    sessions = AdminSessions(settings, random: random)
    limiter = LoginLimiter(now: now)
  }

  /// Attempts since the start by what became of them.
  var counts: [(outcome: Outcome, count: Int)] {
    zip(Outcome.allCases, attempts).map { ($0, $1.value) }
  }

  func count(_ outcome: Outcome) {
    for (candidate, counter) in zip(Outcome.allCases, attempts) where candidate == outcome {
      counter.add()
    }
  }
}
