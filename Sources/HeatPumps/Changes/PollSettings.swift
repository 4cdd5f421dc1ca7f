/// How often the lists of users are polled.
public struct PollSettings: Sendable, Equatable {
  /// How often each list is polled in quiet times.
  public var interval: Duration
  /// What of the upstream's budget polling may use, in requests a minute; `nil` for no limit. With
  /// more lists than that allows, the interval grows.
  public var requestsPerMinute: Double?
  /// How often a list is polled right after a write.
  public var afterWrite: Duration
  /// For how long after a write.
  public var afterWriteFor: Duration
  /// How often a list is polled after that, until the write is verified.
  public var unverified: Duration
  /// For how long after a write at most.
  public var unverifiedFor: Duration
  /// How long after a device's expected refresh a list is polled.
  public var refreshMargin: Duration

  /// Creates settings; figures below their least value count as that: intervals a second,
  /// the budget a request a minute.
  public init(
    interval: Duration = .seconds(300), requestsPerMinute: Double? = nil,
    afterWrite: Duration = .seconds(30), afterWriteFor: Duration = .seconds(300),
    unverified: Duration = .seconds(60), unverifiedFor: Duration = .seconds(2700),
    refreshMargin: Duration = .seconds(10)
  ) {
    self.interval = max(interval, .seconds(1))
    self.requestsPerMinute = requestsPerMinute.map { max($0, 1) }
    self.afterWrite = max(afterWrite, .seconds(1))
    self.afterWriteFor = afterWriteFor
    self.unverified = max(unverified, .seconds(1))
    self.unverifiedFor = unverifiedFor
    self.refreshMargin = refreshMargin
  }
}
