public import GatewayCore

/// What a call is for; the first is served first.
public enum CallPriority: Int, Sendable, CaseIterable, Comparable {
  /// A user's or app's update.
  case write
  /// A read that somebody waits for.
  case read
  /// An update that a home-automation event asked for.
  case event
  /// A part of a fleet job.
  case job
  /// The refresh of a stale copy.
  case refresh
  /// Looking for changes.
  case poll

  /// The word for metrics and logs.
  public var label: String { Self.labels[rawValue] }

  private static let labels = ["write", "read", "event", "job", "refresh", "poll"]

  /// Whether `left` is served before `right`.
  public static func < (left: CallPriority, right: CallPriority) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// What belongs to one call besides the call itself.
public struct CallContext: Sendable {
  /// What it is for.
  public var priority: CallPriority
  /// When the caller gives up; all waiting and all retries lie before it.
  public var deadline: MonotonicInstant
  /// When the request must have left by; after that it is not sent any more, and the fault says so.
  /// An answer may come later. Without one, it may leave until the deadline.
  public var latestStart: MonotonicInstant?
  /// The W3C trace context to carry on; dropped if it is not of that form.
  public var traceparent: String?
  /// The caller's request, for the log.
  public var requestID: String?

  /// Creates a context.
  public init(
    priority: CallPriority, deadline: MonotonicInstant, latestStart: MonotonicInstant? = nil,
    traceparent: String? = nil, requestID: String? = nil
  ) {
    self.priority = priority
    self.deadline = deadline
    self.latestStart = latestStart
    self.traceparent = traceparent
    self.requestID = requestID
  }

  /// Until when permits and tokens are waited for.
  var end: MonotonicInstant { min(deadline, latestStart ?? deadline) }
}
