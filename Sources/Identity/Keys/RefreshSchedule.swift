import GatewayCore

/// When a provider's keys are fetched: well before they are old, soon after a failure, and at once
/// for a key that is not known, but never often. No I/O, no clock.
struct RefreshSchedule: Sendable, Equatable {
  /// The pause after which a set without `max-age` is fetched again.
  static let usual = Duration.seconds(900)
  /// The limits of what `max-age` may ask for: a rotation is noticed within the hour.
  static let limits = Duration.seconds(30)...Duration.seconds(3600)
  /// The shortest pause between two fetches that strangers' tokens can bring about.
  static let pause = Duration.seconds(30)

  private static let backoff = Backoff(
    first: .seconds(2), most: .seconds(60), least: .seconds(1))

  /// When the next fetch is due.
  private(set) var due: MonotonicInstant
  private var lastStart: MonotonicInstant?
  private var failures = 0

  /// The first fetch is due at once.
  init(at now: MonotonicInstant) {
    due = now
  }

  /// A fetch begins.
  mutating func started(at now: MonotonicInstant) {
    lastStart = now
    due = .distantFuture
  }

  /// Keys came.
  ///
  /// - Parameter freshness: how long the source says that they are good.
  mutating func succeeded(at now: MonotonicInstant, freshness: Duration?, chance: Double) {
    failures = 0
    let wanted = freshness ?? Self.usual
    let pause = min(max(wanted, Self.limits.lowerBound), Self.limits.upperBound)
    // Up to a tenth earlier, so that several gateways do not ask as one.
    due = now + pause * (1 - chance / 10)
  }

  /// No keys came; those that are known stay.
  mutating func failed(at now: MonotonicInstant, chance: Double) {
    failures += 1
    due = now + Self.backoff.pause(after: failures, chance: chance)
  }

  /// A token names a key that is not known.
  ///
  /// - Returns: whether a fetch is due earlier because of that.
  mutating func missedKey(at now: MonotonicInstant) -> Bool {
    // While a fetch is under way, its answer may bring the key.
    guard due != .distantFuture else { return false }
    let earliest = lastStart.map { max(now, $0 + Self.pause) } ?? now
    guard earliest < due else { return false }
    due = earliest
    return true
  }
}
