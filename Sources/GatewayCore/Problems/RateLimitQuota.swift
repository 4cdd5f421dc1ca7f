/// How much somebody may ask in how much time, and what is left of it
/// (draft-ietf-httpapi-ratelimit-headers).
public struct RateLimitQuota: Sendable, Equatable {
  /// How many requests the window has room for, from 1.
  public var requests: Int
  /// How long an empty quota takes to fill.
  public var window: Duration
  /// How many requests are left.
  public var remaining: Int
  /// When the next request may come.
  public var resets: Duration

  /// Creates a quota.
  public init(requests: Int, window: Duration, remaining: Int, resets: Duration) {
    self.requests = requests
    self.window = window
    self.remaining = remaining
    self.resets = resets
  }

  /// `RateLimit-Policy` and `RateLimit`.
  public var headers: [HTTPResponse.Header] {
    [
      .init("RateLimit-Policy", "\"app\";q=\(requests);w=\(whole(window))"),
      .init("RateLimit", "\"app\";r=\(remaining);t=\(whole(resets))"),
    ]
  }

  private func whole(_ duration: Duration) -> Int { max(1, Int(duration.seconds.rounded(.up))) }
}
