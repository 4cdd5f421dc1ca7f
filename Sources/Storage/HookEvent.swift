public import GatewayCore

/// What has become of a home-automation event.
public enum HookEventState: String, Sendable, CaseIterable {
  /// Durable; its operation waits for its turn or its outcome.
  case accepted
  /// The heat pump's upstream has taken its values.
  case applied
  /// No rule applied to it.
  case ignored
  /// Newer operations overtook all of its values before they were sent; or after that, while the
  /// device had not shown them yet, so that it was ``applied`` for a while.
  case merged
  /// Its time was over before it could be sent.
  case expired
  /// It could not be applied. It may be replayed.
  case dead

  /// Where an event stands whose operation stands there.
  public init(_ state: OperationState) {
    switch state {
    case .queued, .sent: self = .accepted
    case .accepted, .verified, .unverified: self = .applied
    case .superseded: self = .merged
    case .expired: self = .expired
    case .rejected, .failed, .unknown, .cancelled: self = .dead
    }
  }

  /// The states of operations that put their event into this state; empty for ``ignored``.
  public var operationStates: [OperationState] {
    OperationState.allCases.filter { HookEventState($0) == self }
  }
}

/// What the rules made of an event. They are asked before it is stored, so that what they decided
/// is as durable as the event itself.
public enum HookEventDecision: Sendable, Equatable {
  /// No rule applies.
  case ignored
  /// A rule applies, or may have been meant to, but nothing can be sent. The reason is for people.
  case dead(rule: String?, heatPump: HeatPumpReference?, reason: String)
  /// A rule applies: the operation is queued together with the event.
  case operation(NewOperation, rule: String)
}

/// An event that is about to be stored.
public struct NewHookEvent: Sendable, Equatable {
  /// Its id, ordered in time.
  public var id: ResourceID
  /// The organisation's configured name.
  public var organisation: String
  /// The hook's configured name, which is one of all organisations.
  public var hook: String
  /// What the sender calls the event, as a hash of 32 bytes: within a hook it is stored once.
  public var key: [UInt8]
  /// When it came in.
  public var receivedAt: Timestamp
  /// Its body as it came; `nil` if it is not kept.
  public var body: [UInt8]?
  /// What the rules made of it.
  public var decision: HookEventDecision

  /// Creates an event.
  public init(
    id: ResourceID, organisation: String, hook: String, key: [UInt8], receivedAt: Timestamp,
    body: [UInt8]?, decision: HookEventDecision
  ) {
    self.id = id
    self.organisation = organisation
    self.hook = hook
    self.key = key
    self.receivedAt = receivedAt
    self.body = body
    self.decision = decision
  }
}

extension HookEventDecision {
  /// The operation that it brings, if any.
  package var newOperation: NewOperation? {
    guard case .operation(let operation, _) = self else { return nil }
    return operation
  }

  /// The heat pump that it is about, if any.
  package var heatPump: HeatPumpReference? {
    switch self {
    case .ignored: nil
    case .dead(_, let heatPump, _): heatPump
    case .operation(let operation, _): operation.heatPump
    }
  }
}

extension NewHookEvent {
  /// For how long the same event has to be told apart: whoever prunes events passes a time at least
  /// so long ago.
  public static let keyLifetime = Duration.seconds(7 * 86400)
}
