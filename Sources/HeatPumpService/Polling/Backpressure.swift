internal import GatewayCore

/// How much polling is slowed down while the upstream or its budget is in trouble; pure.
///
/// It doubles with each step of trouble and comes back slowly, so that polling does not fall upon
/// an upstream that has just recovered.
struct Backpressure: Sendable {
  /// By how much polls are further apart, from 1 to ``most``.
  private(set) var factor = 1.0
  private var steppedAt: MonotonicInstant?

  /// The most that polling is slowed down.
  static let most = 8.0
  /// How long one step takes.
  static let step = Duration.seconds(10)

  /// Takes a look at the upstream into account.
  mutating func note(isTroubled: Bool, at now: MonotonicInstant) {
    guard steppedAt.map({ now - $0 >= Self.step }) ?? true else { return }
    let next = isTroubled ? min(Self.most, factor * 2) : max(1, factor / 1.25)
    guard next != factor else { return }
    factor = next
    steppedAt = now
  }
}
