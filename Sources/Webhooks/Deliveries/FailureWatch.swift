public import GatewayCore
public import Storage

/// When a subscription that keeps failing is warned about and when it is given up.
public struct FailureWatch: Sendable, Equatable {
  /// How long it may fail; five days.
  public var limit = Duration.seconds(432_000)
  /// At how much of that there is a warning, in percent, in rising order.
  public var warnings = [50, 70, 90]
  /// A delivery that was tried fewer times gives nothing up: a receiver that failed long ago, has
  /// had no event since and is away for a moment gets the benefit of the doubt. With the usual
  /// schedule, five attempts mean half an hour.
  public var leastTries = 5

  /// The starting values.
  public init() {}

  /// What a failed attempt means for its subscription.
  public enum Finding: Sendable, Equatable {
    /// Nothing yet, or nothing new.
    case quiet
    /// Its owner should know: so many percent of the time are over.
    case warning(percent: Int)
    /// It is given up.
    case over
  }

  /// Judges a failed attempt.
  ///
  /// - Parameters:
  ///   - since: the first failure after the last success.
  ///   - warnedAtPercent: the last warning.
  ///   - tries: how many times the delivery was tried, this time included.
  public func judge(
    since: Timestamp, warnedAtPercent: Int, tries: Int, now: Timestamp
  ) -> Finding {
    let elapsed = now - since
    if elapsed >= limit, tries >= leastTries { return .over }
    let percent = Int((elapsed.seconds / limit.seconds * 100).rounded(.down))
    guard let reached = warnings.last(where: { $0 <= percent }), reached > warnedAtPercent else {
      return .quiet
    }
    return .warning(percent: reached)
  }

  /// When a subscription is given up if nothing succeeds; `nil` while it does not fail.
  public func end(of subscription: StoredSubscription) -> Timestamp? {
    guard subscription.terms.state == .active else { return nil }
    return subscription.failingSince.map { $0 + limit }
  }
}
