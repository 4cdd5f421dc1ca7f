public import GatewayCore

/// What may happen to a stored subscription. Every storage goes through these, so that all agree.
extension StoredSubscription {
  /// A subscription that has just been made.
  public init(creating new: NewSubscription) {
    self.init(
      id: new.id, organisation: new.organisation, app: new.app, terms: new.terms,
      createdAt: new.createdAt, changedAt: new.createdAt)
  }

  /// Replaces its terms. Another address, and the end of a pause, are a new beginning: failures
  /// before it do not count.
  ///
  /// - Throws: ``StorageFault/outdated`` if they have changed meanwhile.
  public mutating func update(
    _ new: SubscriptionTerms, version expected: Int64, at now: Timestamp
  ) throws(StorageFault) {
    guard version == expected else { throw .outdated }
    if new.url != terms.url || (new.state == .active && terms.state != .active) {
      failingSince = nil
      warnedAtPercent = 0
    }
    terms = new
    changedAt = now
    version += 1
  }

  /// Takes in what a delivery has shown.
  ///
  /// How it fares is no change of its terms, and disturbs nobody who is about to change them; that
  /// it ends is one.
  ///
  /// - Returns: whether that changes anything.
  public mutating func take(_ news: SubscriptionNews, at now: Timestamp) -> Bool {
    let before = self
    switch news {
    case .works:
      failingSince = nil
      warnedAtPercent = 0
    case .fails(let since, let percent):
      failingSince = failingSince.map { min($0, since) } ?? since
      warnedAtPercent = max(warnedAtPercent, percent)
    case .ends(let reason):
      if case .disabled = terms.state { return false }
      terms.state = .disabled(reason: reason)
      changedAt = now
      version += 1
    }
    return self != before
  }
}
