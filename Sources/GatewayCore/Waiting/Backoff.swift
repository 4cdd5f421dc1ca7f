/// Exponential pauses with full jitter: anywhere between nothing and a limit that doubles.
package struct Backoff: Sendable, Equatable {
  /// The limit of the first pause.
  package var first: Duration
  /// The limit of all later pauses.
  package var most: Duration
  /// The shortest pause, so that chance never makes a tight loop.
  package var least: Duration

  /// Creates the rule.
  package init(first: Duration, most: Duration, least: Duration = .milliseconds(100)) {
    self.first = first
    self.most = most
    self.least = least
  }

  /// The limit of the pause after `attempt` failures in a row, counted from 1.
  package func limit(after attempt: Int) -> Duration {
    var limit = first
    var doublings = min(attempt, 64) - 1
    while doublings > 0, limit < most {
      limit = limit * 2
      doublings -= 1
    }
    return min(limit, most)
  }

  /// The pause after `attempt` failures in a row.
  ///
  /// - Parameter chance: a number in `0..<1`.
  package func pause(after attempt: Int, chance: Double) -> Duration {
    max(least, limit(after: attempt) * chance)
  }
}
