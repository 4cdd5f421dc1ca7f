public import GatewayCore

/// The event log that a ``StorageState`` knows.
struct EventLogTable: Sendable {
  var lastSequence: Int64 = 0
  /// In their order.
  var events: [StoredEvent] = []
  var sequences: [ResourceID: Int64] = [:]
  /// Per organisation the newest number that has left the feed.
  var pruned: [String: Int64] = [:]
  var detectors: [HeatPumpReference: DetectorState] = [:]

  func event(_ sequence: Int64) -> StoredEvent? {
    events.first { $0.sequence == sequence }
  }

  /// An organisation's events that are in the feed.
  func feed(of organisation: String) -> [StoredEvent] {
    let pruned = pruned[organisation, default: 0]
    return events.filter { $0.sequence > pruned && $0.event.organisation == organisation }
  }
}

extension StorageState {
  /// ``EventLogStorage/append(_:)``.
  ///
  /// - Throws: ``StorageFault/outdated``, and ``StorageFault/unavailable(_:)`` if an id is taken.
  public mutating func append(_ batch: EventBatch) throws(StorageFault) -> [StoredEvent] {
    for change in batch.detectors {
      let version = eventLog.detectors[change.heatPump]?.version ?? 0
      guard change.replaces ?? version == version else { throw .outdated }
    }
    var ids = Set<ResourceID>()
    for event in batch.events {
      guard eventLog.sequences[event.id] == nil, ids.insert(event.id).inserted else {
        throw .unavailable("an event with the id \(event.id) is stored already")
      }
    }
    for change in batch.detectors { store(change) }
    return batch.events.map { log($0) }
  }

  /// ``EventLogStorage/detector(of:)``.
  public func detector(of heatPump: HeatPumpReference) -> DetectorState? {
    eventLog.detectors[heatPump]
  }

  /// ``EventLogStorage/detectors(of:after:limit:)``.
  public func detectors(
    of organisation: String, after: HeatPumpReference?, limit: Int
  ) -> [DetectorState] {
    let all = eventLog.detectors.values
      .filter { $0.heatPump.organisation == organisation }
      .sorted { Self.order($0.heatPump) < Self.order($1.heatPump) }
      .filter { state in after.map { Self.order($0) < Self.order(state.heatPump) } ?? true }
    return Array(all.prefix(max(0, limit)))
  }

  /// ``EventLogStorage/loggedEvent(_:)``.
  public func loggedEvent(_ id: ResourceID) -> StoredEvent? {
    eventLog.sequences[id].flatMap(eventLog.event)
  }

  /// ``EventLogStorage/loggedEvents(of:after:_:limit:)``.
  public func loggedEvents(
    of organisation: String, after: Int64, _ selection: EventSelection, limit: Int
  ) -> [StoredEvent] {
    let all = eventLog.feed(of: organisation).filter {
      $0.sequence > after && selection.admits($0.event)
    }
    return Array(all.prefix(max(0, limit)))
  }

  /// ``EventLogStorage/newestSequence(of:)``.
  public func newestSequence(of organisation: String) -> Int64 {
    eventLog.feed(of: organisation).last?.sequence ?? eventLog.pruned[organisation, default: 0]
  }

  /// ``EventLogStorage/oldestSequence(of:)``.
  public func oldestSequence(of organisation: String) -> Int64 {
    eventLog.pruned[organisation, default: 0] + 1
  }

  private static func order(_ heatPump: HeatPumpReference) -> (ResourceID, ResourceID) {
    (heatPump.id, heatPump.user)
  }

  private mutating func store(_ change: DetectorChange) {
    let version = eventLog.detectors[change.heatPump]?.version ?? 0
    eventLog.detectors[change.heatPump] = change.state.map {
      DetectorState(heatPump: change.heatPump, state: $0, version: version + 1)
    }
  }

  private mutating func log(_ event: NewEvent) -> StoredEvent {
    eventLog.lastSequence += 1
    let stored = StoredEvent(sequence: eventLog.lastSequence, event: event)
    eventLog.events.append(stored)
    eventLog.sequences[event.id] = stored.sequence
    for (number, record) in subscriptions.records {
      let subscription = record.subscription
      guard subscription.organisation == event.organisation,
        subscription.terms.state == .active, subscription.terms.selection.admits(event)
      else { continue }
      subscriptions.records[number]?.deliveries[stored.sequence] = StoredDelivery(
        of: stored, to: subscription.id, number: number, at: event.at)
    }
    return stored
  }
}

extension StorageState {
  /// ``EventLogStorage/pruneEvents(_:)``.
  public mutating func pruneEvents(_ retention: EventRetention) -> EventPruning {
    var pruning = EventPruning()
    for organisation in Set(eventLog.events.map(\.event.organisation)) {
      let all = eventLog.events.filter { $0.event.organisation == organisation }
      let bound = Self.bound(of: all, retention)
      if let last = all.last(where: { $0.sequence < bound })?.sequence {
        eventLog.pruned[organisation] = max(last, eventLog.pruned[organisation, default: 0])
      }
      let gone = all.filter { stored in
        stored.sequence < bound
          && (stored.event.at < retention.openBefore || !isOpen(stored.sequence))
      }
      pruning.events += gone.count
      pruning.deliveries += forget(gone)
      let ended = Self.firstSequence(in: all, at: retention.deliveriesBefore)
      pruning.deliveries += pruneDeliveries(of: organisation, retention, below: ended)
    }
    return pruning
  }

  /// The number of the first event that stays.
  private static func bound(of events: [StoredEvent], _ retention: EventRetention) -> Int64 {
    var bytes = retention.bytes
    let fitting = events.reversed().prefix(max(0, retention.events)).prefix { stored in
      bytes -= stored.event.body.count
      return bytes >= 0
    }
    return max(fitting.last?.sequence ?? .max, firstSequence(in: events, at: retention.before))
  }

  static func firstSequence(in events: [StoredEvent], at time: Timestamp) -> Int64 {
    events.first { $0.event.at >= time }?.sequence ?? .max
  }

  private func isOpen(_ sequence: Int64) -> Bool {
    subscriptions.records.values.contains { $0.deliveries[sequence]?.state == .pending }
  }

  private mutating func forget(_ gone: [StoredEvent]) -> Int {
    let numbers = Set(gone.map(\.sequence))
    eventLog.events.removeAll { numbers.contains($0.sequence) }
    for stored in gone { eventLog.sequences[stored.event.id] = nil }
    return removeDeliveries { _, delivery in numbers.contains(delivery.sequence) }
  }

  private mutating func pruneDeliveries(
    of organisation: String, _ retention: EventRetention, below bound: Int64
  ) -> Int {
    removeDeliveries { subscription, delivery in
      subscription.organisation == organisation && delivery.state != .pending
        && delivery.changedAt < retention.deliveriesBefore && delivery.sequence < bound
    }
  }

  private mutating func removeDeliveries(
    _ isGone: (StoredSubscription, StoredDelivery) -> Bool
  ) -> Int {
    var count = 0
    for (number, record) in subscriptions.records {
      let kept = record.deliveries.filter { !isGone(record.subscription, $0.value) }
      count += record.deliveries.count - kept.count
      subscriptions.records[number]?.deliveries = kept
    }
    return count
  }
}
