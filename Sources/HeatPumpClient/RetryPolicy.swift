/// How often and how soon a request is sent again.
///
/// Only what is safe to repeat is repeated: reads, and writes with an idempotency key. The pause is
/// what `Retry-After` says, or one that doubles each time, with some chance in it.
public struct RetryPolicy: Sendable, Hashable {
  /// How often a request is sent at most, the first time included.
  public var attempts: Int
  /// The first pause.
  public var firstPause: Duration
  /// No pause is longer; an answer that asks for a longer one is handed to the caller.
  public var longestPause: Duration

  /// Creates a policy.
  public init(
    attempts: Int = 4, firstPause: Duration = .milliseconds(500),
    longestPause: Duration = .seconds(30)
  ) {
    self.attempts = attempts
    self.firstPause = firstPause
    self.longestPause = longestPause
  }

  /// Nothing is sent twice.
  public static let never = RetryPolicy(attempts: 1)

  /// How long to wait before another attempt; `nil` to give up.
  ///
  /// - Parameters:
  ///   - attempt: how many were made.
  ///   - retryAfter: what the answer asked for.
  ///   - chance: from 0 to 1.
  func pause(after attempt: Int, retryAfter: Duration?, chance: Double) -> Duration? {
    guard attempt < attempts else { return nil }
    if let retryAfter { return retryAfter <= longestPause ? retryAfter : nil }
    let whole = min(longestPause, firstPause * (1 << min(attempt - 1, 16)))
    return whole * (0.5 + chance / 2)
  }
}
