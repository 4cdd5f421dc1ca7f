public import GatewayCore

/// How old the device's own observation is.
public enum FreshnessState: String, Sendable, CaseIterable {
  /// Observed less than 20 minutes ago.
  case live
  /// Observed less than 60 minutes ago.
  case ageing
  /// Observed 60 minutes ago, or longer.
  case stale
  /// The upstream doesn't say when.
  case unknown
}

/// How the upstream is doing, as the gateway sees it.
public enum UpstreamHealth: String, Sendable, CaseIterable {
  /// Its calls succeed.
  case ok
  /// Some of its calls fail.
  case degraded
  /// It is not called at present, or none of its calls succeeds.
  case down
}

/// How far a representation can be trusted; judged from the device's own observation time, so that
/// a fresh fetch of an old reading is called old.
public struct Freshness: Sendable, Hashable {
  /// When the device was last observed, by its own account.
  public let observedAt: Timestamp?
  /// How old that is.
  public let state: FreshnessState
  /// How the upstream is doing.
  public let upstream: UpstreamHealth

  /// How long an observation is live.
  public static let liveLimit = Duration.seconds(20 * 60)
  /// How long an observation is not yet stale.
  public static let ageingLimit = Duration.seconds(60 * 60)

  /// Creates a judgement.
  public init(observedAt: Timestamp?, state: FreshnessState, upstream: UpstreamHealth) {
    self.observedAt = observedAt
    self.state = state
    self.upstream = upstream
  }

  /// Judges an observation time. One in the future, from a device whose clock is ahead, is live.
  public static func judge(
    observedAt: Timestamp?, now: Timestamp, upstream: UpstreamHealth = .ok
  ) -> Freshness {
    let state: FreshnessState =
      switch observedAt.map({ now - $0 }) {
      case nil: .unknown
      case let age? where age < liveLimit: .live
      case let age? where age < ageingLimit: .ageing
      default: .stale
      }
    return Freshness(observedAt: observedAt, state: state, upstream: upstream)
  }

  /// When the state becomes another one by time alone; `nil` if it stays.
  public var nextChange: Timestamp? {
    switch state {
    case .live: observedAt.map { $0 + Freshness.liveLimit }
    case .ageing: observedAt.map { $0 + Freshness.ageingLimit }
    case .stale, .unknown: nil
    }
  }
}

/// A value that is written and not yet verified.
public struct PendingValue: Sendable, Hashable {
  /// The field's pointer, such as `/pause/until`.
  public let pointer: String
  /// What was asked for, in its simplified form.
  public let requested: JSONValue
  /// When it was written.
  public let since: Timestamp
  /// The operation that wrote it.
  public let operationID: ResourceID

  /// Creates the entry.
  public init(pointer: String, requested: JSONValue, since: Timestamp, operationID: ResourceID) {
    self.pointer = pointer
    self.requested = requested
    self.since = since
    self.operationID = operationID
  }
}
