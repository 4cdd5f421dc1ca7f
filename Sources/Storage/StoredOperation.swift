public import GatewayCore

/// Where an operation stands.
public enum OperationState: String, Sendable, CaseIterable {
  /// Durable, and not sent yet.
  case queued
  /// Sent; what became of it is not known yet.
  case sent
  /// The upstream said 200.
  case accepted
  /// A later observation of the device shows it.
  case verified
  /// No later observation showed it within the window.
  case unverified
  /// Every field was overtaken by newer operations before it was sent, or while it was `accepted`.
  case superseded
  /// Refused: by the upstream's checks, by a precondition, or by rules that need present values.
  case rejected
  /// Not carried out.
  case failed
  /// Sent, and reading could not settle whether it was carried out.
  case unknown
  /// Its time was over before it could be sent.
  case expired
  /// Withdrawn before it was sent.
  case cancelled

  /// Whether it waits for its turn or its outcome, and so keeps its heat pump's queue.
  public var isOpen: Bool { self == .queued || self == .sent }
}

/// Who asked for a change, and on what occasion.
public struct OperationOrigin: Sendable, Hashable {
  /// What kind of caller.
  public enum Kind: String, Sendable, CaseIterable {
    /// An internal app.
    case app
    /// A home-automation event.
    case hook
    /// A fleet job.
    case job
  }

  /// What kind of caller.
  public let kind: Kind
  /// The app's, hook's or job's name.
  public let name: String
  /// The request's, event's or job's id.
  public let occasion: String

  /// Creates an origin.
  public init(kind: Kind, name: String, occasion: String) {
    self.kind = kind
    self.name = name
    self.occasion = occasion
  }
}

/// A change that is about to be stored.
public struct NewOperation: Sendable, Equatable {
  /// Its id, ordered in time.
  public var id: ResourceID
  /// What it changes.
  public var heatPump: HeatPumpReference
  /// Who asked for it.
  public var origin: OperationOrigin
  /// The simplified patch as JSON, checked already.
  public var patch: [UInt8]
  /// The settings tags of which one must be in force (`If-Match`); `nil` for any, empty for `*`.
  public var precondition: [UInt64]?
  /// When it was accepted.
  public var acceptedAt: Timestamp
  /// It is not sent after this.
  public var expiresAt: Timestamp
  /// Whether it is tried again until ``expiresAt`` when the upstream does not take it at present;
  /// otherwise it fails at once, since somebody waits for the answer.
  public var retries: Bool
  /// It is not sent before this; later operations may merge with it until then.
  public var notBefore: Timestamp
  /// The trace context of the request that asked for it (W3C Trace Context), for the events about
  /// it; `nil` if there was none.
  public var traceparent: String?

  /// Creates an operation.
  public init(
    id: ResourceID, heatPump: HeatPumpReference, origin: OperationOrigin, patch: [UInt8],
    precondition: [UInt64]? = nil, acceptedAt: Timestamp, expiresAt: Timestamp,
    retries: Bool = false, notBefore: Timestamp? = nil, traceparent: String? = nil
  ) {
    self.id = id
    self.heatPump = heatPump
    self.origin = origin
    self.patch = patch
    self.precondition = precondition
    self.acceptedAt = acceptedAt
    self.expiresAt = expiresAt
    self.retries = retries
    self.notBefore = notBefore ?? acceptedAt
    self.traceparent = traceparent
  }
}

/// One time that an operation's values went upstream.
public struct SendAttempt: Sendable, Equatable {
  /// When.
  public let at: Timestamp
  /// A hash of the body that was sent.
  public let body: UInt64

  /// Creates an attempt.
  public init(at: Timestamp, body: UInt64) {
    self.at = at
    self.body = body
  }
}

/// A stored change and what has become of it.
public struct StoredOperation: Sendable, Equatable {
  /// What was asked for.
  public var request: NewOperation
  /// The order of acceptance: later ones have larger numbers.
  public var sequence: Int64
  /// Where it stands.
  public var state: OperationState
  /// Each time that it went upstream.
  public var attempts: [SendAttempt]
  /// When it got its present state.
  public var changedAt: Timestamp
  /// Fields that newer operations overtook before they were sent: pointer and the newer operation.
  public var supersededFields: [String: ResourceID]
  /// More about the outcome, as JSON: `unapplied`, `upstream_reset`, `problem`. Empty if there is
  /// nothing to say.
  public var outcome: [UInt8]

  /// Creates a record.
  public init(
    request: NewOperation, sequence: Int64, state: OperationState, attempts: [SendAttempt] = [],
    changedAt: Timestamp, supersededFields: [String: ResourceID] = [:], outcome: [UInt8] = []
  ) {
    self.request = request
    self.sequence = sequence
    self.state = state
    self.attempts = attempts
    self.changedAt = changedAt
    self.supersededFields = supersededFields
    self.outcome = outcome
  }
}
