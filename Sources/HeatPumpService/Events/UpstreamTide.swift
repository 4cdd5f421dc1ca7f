internal import GatewayCore
internal import HeatPumps

/// When listeners are told that the upstream is in trouble, and that it is out of it; pure.
///
/// Trouble that passes within half a minute is told to nobody, and neither is a short calm in it.
struct UpstreamTide: Sendable {
  /// How long a state must last to be told.
  static let patience = Duration.seconds(30)

  /// What listeners know.
  private(set) var told: UpstreamHealth
  // Since when it is better, or worse, than what was told.
  private var otherwiseSince: MonotonicInstant?

  init(told: UpstreamHealth = .ok) {
    self.told = told
  }

  /// Takes a look into account.
  ///
  /// - Returns: what is to be told now; `nil` for nothing. Then say so to ``tell(_:)``.
  mutating func note(_ health: UpstreamHealth, at now: MonotonicInstant) -> UpstreamHealth? {
    // Trouble is one thing, be it bad or worse.
    guard (health == .ok) != (told == .ok) else {
      otherwiseSince = nil
      return nil
    }
    let since = otherwiseSince ?? now
    otherwiseSince = since
    return now - since >= Self.patience ? health : nil
  }

  /// It was told.
  mutating func tell(_ health: UpstreamHealth) {
    told = health
    otherwiseSince = nil
  }
}
