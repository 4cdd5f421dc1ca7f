public import GatewayCore

/// What became of an operation, to be stored.
public struct Conclusion: Sendable, Equatable {
  /// What happens to the operation's idempotency key, if it has one.
  public enum KeyFate: Sendable, Equatable {
    /// It goes on pointing to the running operation.
    case keep
    /// The same key gets this answer from now on.
    case answer(StoredAnswer)
    /// It is forgotten, since nothing was done: the same request may come again.
    case release
  }

  /// The operation.
  public var operationID: ResourceID
  /// Its new state.
  public var state: OperationState
  /// More about the outcome, as JSON.
  public var outcome: [UInt8]
  /// Fields that newer operations overtook.
  public var supersededFields: [String: ResourceID]
  /// What happens to its idempotency key.
  public var key: KeyFate
  /// For an operation that goes back to `queued`: it is not sent again before this.
  public var notBefore: Timestamp?

  /// Creates a conclusion.
  public init(
    operationID: ResourceID, state: OperationState, outcome: [UInt8] = [],
    supersededFields: [String: ResourceID] = [:], key: KeyFate = .keep,
    notBefore: Timestamp? = nil
  ) {
    self.operationID = operationID
    self.state = state
    self.outcome = outcome
    self.supersededFields = supersededFields
    self.key = key
    self.notBefore = notBefore
  }
}

/// What became of the wish to withdraw an operation.
public enum Cancellation: Sendable, Equatable {
  /// It was queued, and is cancelled now.
  case cancelled(StoredOperation)
  /// It was sent or had ended already.
  case tooLate(StoredOperation)
  /// There is no such operation.
  case notFound
}
