package import GatewayCore

/// What ``Storage/prune(operations:keys:settings:)`` forgets besides operations.
package enum Prunable: Sendable {
  case keys
  case settings
}

/// Up to which numbers things go. They are found from a reader, and what comes in meanwhile is
/// beyond them.
package struct EventBounds: Sendable {
  /// Events below this go.
  let events: Int64
  /// Deliveries of events below this may go.
  let deliveries: Int64

  package init(events: Int64, deliveries: Int64) {
    self.events = events
    self.deliveries = deliveries
  }
}

/// How far a step of pruning came.
package struct PruningStep: Sendable {
  /// The last number that was looked at; `nil` if there was none.
  let last: Int64?
  /// What went.
  let pruning: EventPruning

  package init(last: Int64?, pruning: EventPruning) {
    self.last = last
    self.pruning = pruning
  }
}

/// What a database forgets in one short transaction each, so that nobody waits long behind it. The
/// loops around them are here, for every database: if one throws, some rows may have gone.
package protocol PruningSteps: Sendable {
  /// Forgets some operations that ended before `before`, and that nothing else keeps.
  ///
  /// - Parameter after: the number behind which to go on; 0 at first.
  /// - Returns: how many went, and behind which number to go on; `nil` if no more are to be found.
  func pruneOperations(
    after: Int64, before: Timestamp, limit: Int
  ) async throws(StorageFault) -> (count: Int, last: Int64?)

  /// Forgets some rows that are older than `before`; gives how many.
  func prune(
    _ kind: Prunable, before: Timestamp, limit: Int
  ) async throws(StorageFault) -> Int

  /// Forgets some events of home automation; gives how many.
  func pruneHookEvents(before: Timestamp, limit: Int) async throws(StorageFault) -> Int

  /// The newest event whose body goes, with all older ones, if so many bytes are kept.
  func newestBody(beyond bytes: Int) async throws(StorageFault) -> Int64?

  /// Forgets some bodies of this event and older ones; gives how many.
  func pruneBodies(upTo event: Int64, limit: Int) async throws(StorageFault) -> Int

  /// Removes rows of deleted subscriptions; gives whether there may be more.
  func removeHidden(limit: Int) async throws(StorageFault) -> Bool

  /// The numbers of all organisations.
  func eventOrganisations() async throws(StorageFault) -> [Int64]

  /// Up to where an organisation's events go.
  func eventBounds(
    of organisation: Int64, _ retention: EventRetention
  ) async throws(StorageFault) -> EventBounds

  /// Takes events out of the feed, and forgets those that nobody waits for with their deliveries.
  func pruneEvents(
    of organisation: Int64, after: Int64, below bound: Int64, openBefore: Timestamp, limit: Int
  ) async throws(StorageFault) -> PruningStep

  /// The numbers of an organisation's subscriptions.
  func subscriptionNumbers(of organisation: Int64) async throws(StorageFault) -> [Int64]

  /// Forgets deliveries of a subscription that ended long ago.
  func pruneDeliveries(
    of subscription: Int64, after: Int64, below bound: Int64, before: Timestamp, limit: Int
  ) async throws(StorageFault) -> PruningStep
}

/// Work on many rows, in many short transactions.
package enum ShortSteps {
  /// How many rows one transaction looks at.
  package static let limit = 500

  /// ``Storage/prune(operations:keys:settings:)``.
  package static func prune(
    _ steps: some PruningSteps, operations: Timestamp, keys: Timestamp, settings: Timestamp
  ) async throws(StorageFault) -> Int {
    var total = 0
    var position: Int64? = 0
    while let after = position {
      let (count, last) = try await steps.pruneOperations(
        after: after, before: operations, limit: limit)
      total += count
      position = last
    }
    for (kind, before) in [(Prunable.keys, keys), (.settings, settings)] {
      total += try await whileFull { limit throws(StorageFault) in
        try await steps.prune(kind, before: before, limit: limit)
      }
    }
    return total
  }

  /// ``HookEventStorage/pruneHookEvents(before:bodyBytes:)``.
  package static func pruneHookEvents(
    _ steps: some PruningSteps, before: Timestamp, bodyBytes: Int
  ) async throws(StorageFault) -> Int {
    var total = try await whileFull { limit throws(StorageFault) in
      try await steps.pruneHookEvents(before: before, limit: limit)
    }
    // Adding up takes longer than a transaction should, so it is done from a reader; bodies that
    // come in meanwhile are newer than those that go.
    if let newest = try await steps.newestBody(beyond: bodyBytes) {
      total += try await whileFull { limit throws(StorageFault) in
        try await steps.pruneBodies(upTo: newest, limit: limit)
      }
    }
    return total
  }

  /// ``EventLogStorage/pruneEvents(_:)``.
  package static func pruneEvents(
    _ steps: some PruningSteps, _ retention: EventRetention
  ) async throws(StorageFault) -> EventPruning {
    try await removeHidden(steps)
    var total = EventPruning()
    for organisation in try await steps.eventOrganisations() {
      let bounds = try await steps.eventBounds(of: organisation, retention)
      total.add(
        try await walk { after throws(StorageFault) in
          try await steps.pruneEvents(
            of: organisation, after: after, below: bounds.events,
            openBefore: retention.openBefore, limit: limit)
        })
      for number in try await steps.subscriptionNumbers(of: organisation) {
        total.add(
          try await walk { after throws(StorageFault) in
            try await steps.pruneDeliveries(
              of: number, after: after, below: bounds.deliveries,
              before: retention.deliveriesBefore, limit: limit)
          })
      }
    }
    return total
  }

  /// Removes the rows of deleted subscriptions.
  package static func removeHidden(_ steps: some PruningSteps) async throws(StorageFault) {
    while try await steps.removeHidden(limit: limit) {}
  }

  private static func whileFull(
    _ step: (Int) async throws(StorageFault) -> Int
  ) async throws(StorageFault) -> Int {
    var total = 0
    var count = limit
    while count == limit {
      count = try await step(limit)
      total += count
    }
    return total
  }

  private static func walk(
    _ step: (_ after: Int64) async throws(StorageFault) -> PruningStep
  ) async throws(StorageFault) -> EventPruning {
    var total = EventPruning()
    var position: Int64? = 0
    while let after = position {
      let result = try await step(after)
      total.add(result.pruning)
      position = result.last
    }
    return total
  }
}
