/// What one request to the upstream came to.
public struct UpstreamObservation: Sendable, Equatable {
  /// The call's ``PoderoCall/label``.
  public let call: String
  /// What the call is for.
  public let priority: CallPriority
  /// The answer's status; `nil` if none came.
  public let status: Int?
  /// `ok`, or the ``UpstreamFault/label``.
  public let outcome: String
  /// From the start of sending to the end of the answer.
  public let duration: Duration
}

/// Is told of every request to the upstream, retries included, for metrics.
public protocol UpstreamObserver: Sendable {
  /// A request has ended. Called on the call's own task; must be quick.
  func upstreamRequestEnded(_ observation: UpstreamObservation)
}

/// How well the upstream can be used, in one word.
public enum UpstreamHealthState: String, Sendable, CaseIterable {
  /// It answers.
  case ok
  /// It answers with trouble: a recent failure, a pause that it asked for, or no new token while
  /// the old one still works.
  case degraded
  /// It is not called: the breaker is not closed, or there is no token to be had.
  case down
}

/// How much was sent since the start.
public struct UpstreamCounts: Sendable, Equatable {
  /// Requests, retries included.
  public var requests: UInt64 = 0
  /// Requests that repeated a failed one.
  public var retries: UInt64 = 0
  /// Calls that ended without a body, by ``UpstreamFault/label``.
  public var faults: [String: UInt64] = [:]
}

/// The client's state for people and metrics.
public struct UpstreamStatus: Sendable, Equatable {
  /// In one word.
  public var health: UpstreamHealthState
  /// Rate, requests under way, and who waits.
  public var budget: BudgetStatus
  /// The breaker.
  public var breaker: BreakerStatus
  /// How much was sent since the start.
  public var counts: UpstreamCounts
}
