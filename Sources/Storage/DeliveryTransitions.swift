public import GatewayCore

/// What may happen to a stored delivery. Every storage goes through these, so that all agree.
extension StoredDelivery {
  /// A delivery that was just queued.
  ///
  /// - Parameters:
  ///   - number: the one that the storage has given to the subscription.
  public init(
    of event: StoredEvent, to subscription: ResourceID, number: Int64, at now: Timestamp
  ) {
    self.init(
      id: DeliveryID.of(sequence: event.sequence, subscription: number),
      subscriptionID: subscription, eventID: event.event.id, sequence: event.sequence,
      eventType: event.event.type, state: .pending, queuedAt: now, changedAt: now, nextAt: now)
  }

  /// Whether it may be claimed: it is due, or whoever has had it has let its lease run out.
  public func isDue(at now: Timestamp) -> Bool {
    state == .pending && nextAt <= now
  }

  /// Gives it to the asker under the next fence, if it is due.
  ///
  /// - Returns: the lease; `nil` if it is not due.
  public mutating func claim(_ request: DeliveryRequest) -> DeliveryLease? {
    guard isDue(at: request.now) else { return nil }
    owner = request.owner
    fence += 1
    nextAt = request.until
    return DeliveryLease(delivery: id, fence: fence, until: request.until)
  }

  /// Records what became of it. A lease that has run out counts until somebody else has one.
  ///
  /// - Throws: ``StorageFault/leaseLost`` if it is not the lease's any more.
  public mutating func conclude(
    _ conclusion: DeliveryConclusion, at now: Timestamp
  ) throws(StorageFault) {
    guard owner != nil, fence == conclusion.lease.fence else { throw .leaseLost }
    owner = nil
    changedAt = now
    state = conclusion.outcome.state
    nextAt = now
    if case .retry(let at) = conclusion.outcome { nextAt = at }
    guard let attempt = conclusion.attempt else { return }
    attempts = (attempts + [attempt]).suffix(Self.attemptLimit)
    attemptCount += 1
    tries += 1
  }

  /// Queues it again, due at once, with a new count of tries. One that waits just comes earlier;
  /// one that is under way stays so.
  ///
  /// - Returns: whether that changes anything.
  public mutating func replay(at now: Timestamp) -> Bool {
    guard state == .pending else {
      (state, tries, queuedAt, changedAt, nextAt, owner) = (.pending, 0, now, now, now, nil)
      return true
    }
    guard owner == nil, nextAt > now else { return false }
    nextAt = now
    return true
  }
}

extension DeliveryRequest {
  /// How many a subscription gets at most whose turn it is, see ``failingLimit``.
  ///
  /// - Parameter failing: how many subscriptions that fail have had their turn; counts this one.
  public func share(isFailing: Bool, failing: inout Int) -> Int {
    guard isFailing else { return max(0, perSubscription) }
    guard failing < failingLimit else { return 0 }
    failing += 1
    return min(1, max(0, perSubscription))
  }
}

/// How a number of places is shared by those who wait in queues.
public enum FairShare {
  /// Takes from each queue in turn, from its front, until there are so many.
  public static func take<Element>(_ limit: Int, from queues: [[Element]]) -> [Element] {
    var taken: [Element] = []
    var round = 0
    while taken.count < limit {
      let next = queues.compactMap { $0.count > round ? $0[round] : nil }
      if next.isEmpty { break }
      taken += next.prefix(limit - taken.count)
      round += 1
    }
    return taken
  }
}
