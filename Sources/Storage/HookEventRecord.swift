public import GatewayCore

/// A stored event. What became of it is what became of its operation.
public struct StoredHookEvent: Sendable, Equatable {
  /// Its id.
  public var id: ResourceID
  /// The organisation's configured name.
  public var organisation: String
  /// The hook's configured name.
  public var hook: String
  /// ``NewHookEvent/key``.
  public var key: [UInt8]
  /// When it came in.
  public var receivedAt: Timestamp
  /// When it was decided about: on its arrival, or at the last replay.
  public var decidedAt: Timestamp
  /// Its body as it came; `nil` if it was not kept, or is kept no longer.
  public var body: [UInt8]?
  /// The order of acceptance: later ones have larger numbers. No number comes twice, some never.
  public var sequence: Int64
  /// The rule that applied; `nil` for an ignored event.
  public var rule: String?
  /// What it is about, if that is known.
  public var heatPump: HeatPumpReference?
  /// Why no operation was made of it although a rule applied.
  public var refusal: String?
  /// The operation that was made of it: the present one, if it was replayed.
  public var operation: StoredOperation?
  /// How many times it was decided about again.
  public var replays: Int

  /// Creates a record of an event that was just decided about.
  public init(accepting event: NewHookEvent, sequence: Int64) {
    id = event.id
    organisation = event.organisation
    hook = event.hook
    key = event.key
    receivedAt = event.receivedAt
    decidedAt = event.receivedAt
    body = event.body
    self.sequence = sequence
    replays = 0
    apply(event.decision)
  }

  /// Creates a record from its members.
  public init(
    id: ResourceID, organisation: String, hook: String, key: [UInt8], receivedAt: Timestamp,
    decidedAt: Timestamp, body: [UInt8]?, sequence: Int64, rule: String?,
    heatPump: HeatPumpReference?, refusal: String?, operation: StoredOperation?, replays: Int
  ) {
    self.id = id
    self.organisation = organisation
    self.hook = hook
    self.key = key
    self.receivedAt = receivedAt
    self.decidedAt = decidedAt
    self.body = body
    self.sequence = sequence
    self.rule = rule
    self.heatPump = heatPump
    self.refusal = refusal
    self.operation = operation
    self.replays = replays
  }

  /// Where it stands.
  public var state: HookEventState {
    if let operation { return HookEventState(operation.state) }
    return refusal == nil ? .ignored : .dead
  }

  /// Why it is ``HookEventState/dead`` or ``HookEventState/expired``, for people; `nil` otherwise,
  /// and if its operation was withdrawn.
  public var reason: String? {
    switch state {
    case .dead, .expired: refusal ?? operation?.problemDetail
    case .accepted, .applied, .ignored, .merged: nil
    }
  }

  /// Records that it was decided about again. The operation is for the storage to fill in.
  ///
  /// - Throws: ``StorageFault/outdated`` while its present operation is open.
  public mutating func redecide(
    _ decision: HookEventDecision, at now: Timestamp
  ) throws(StorageFault) {
    guard state != .accepted else { throw .outdated }
    decidedAt = now
    replays += 1
    apply(decision)
  }

  private mutating func apply(_ decision: HookEventDecision) {
    (rule, heatPump, refusal, operation) = (nil, nil, nil, nil)
    switch decision {
    case .ignored: break
    case .dead(let rule, let heatPump, let reason):
      (self.rule, self.heatPump, refusal) = (rule, heatPump, reason)
    case .operation(let operation, let rule):
      (self.rule, heatPump) = (rule, operation.heatPump)
    }
  }
}

/// What became of the wish to store an event.
public enum HookEventAcceptance: Sendable, Equatable {
  /// It is durable, with its operation if one was made of it. With a lease, the operation's lane
  /// was free and is the asker's now; without, whoever holds the lane will come to it.
  case accepted(StoredHookEvent, lease: LaneLease?)
  /// An event with this key was stored before; nothing has changed.
  case repeated(eventID: ResourceID)
}

/// An event after a replay.
public struct HookEventRedecision: Sendable, Equatable {
  /// The event.
  public let event: StoredHookEvent
  /// The new operation's lane, if it was free: it is the asker's now.
  public let lease: LaneLease?

  /// Creates a redecision.
  public init(event: StoredHookEvent, lease: LaneLease?) {
    self.event = event
    self.lease = lease
  }
}

extension StoredOperation {
  /// The `detail` of the problem in ``outcome``; `nil` if there is none.
  public var problemDetail: String? {
    guard !outcome.isEmpty, let outcome = try? JSONValue(parsing: outcome) else { return nil }
    return outcome["problem"]?["detail"]?.string
  }
}
