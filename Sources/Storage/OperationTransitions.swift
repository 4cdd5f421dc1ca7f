public import GatewayCore

/// What may happen to a stored operation. Every storage goes through these, so that all agree.
extension StoredOperation {
  /// An operation that has just been accepted.
  public init(accepting request: NewOperation, sequence: Int64) {
    self.init(
      request: request, sequence: sequence, state: .queued, changedAt: request.acceptedAt)
  }

  /// Records that its values go upstream.
  ///
  /// - Throws: ``StorageFault/outdated`` if it is not open any more.
  public mutating func send(_ attempt: SendAttempt) throws(StorageFault) {
    guard state.isOpen else { throw .outdated }
    state = .sent
    changedAt = attempt.at
    attempts.append(attempt)
  }

  /// Records what became of it.
  ///
  /// - Throws: ``StorageFault/outdated`` if it has ended already.
  public mutating func conclude(
    _ conclusion: Conclusion, at now: Timestamp
  ) throws(StorageFault) {
    guard state.isOpen || state == .accepted else { throw .outdated }
    state = conclusion.state
    changedAt = now
    outcome = conclusion.outcome
    supersededFields.merge(conclusion.supersededFields) { _, newer in newer }
    if state == .queued, let notBefore = conclusion.notBefore { request.notBefore = notBefore }
  }

  /// Withdraws it.
  ///
  /// - Returns: `false` if it was sent or had ended already, and nothing has changed.
  public mutating func cancel(at now: Timestamp) -> Bool {
    guard state == .queued else { return false }
    state = .cancelled
    changedAt = now
    return true
  }
}
