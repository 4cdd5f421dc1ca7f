public import GatewayCore

/// The events that a ``StorageState`` knows.
struct HookEventTable: Sendable {
  struct Key: Hashable {
    let hook: String
    let key: [UInt8]
  }

  /// An event without its operation, which lives where operations do.
  struct Record {
    var event: StoredHookEvent
    var operationID: ResourceID?
  }

  var lastSequence: Int64 = 0
  var records: [ResourceID: Record] = [:]
  /// In the order of acceptance.
  var order: [ResourceID] = []
  var keys: [Key: ResourceID] = [:]
  /// The event of every operation that was ever made of one, and is kept.
  var origins: [ResourceID: ResourceID] = [:]

  /// Whether an operation is kept because its event is.
  func keeps(_ operation: ResourceID) -> Bool {
    origins[operation].map { records[$0] != nil } ?? false
  }
}

extension StorageState {
  /// ``HookEventStorage/accept(_:lane:)``.
  ///
  /// - Throws: ``StorageFault/unavailable(_:)`` if an id is taken.
  public mutating func accept(
    _ event: NewHookEvent, lane request: LaneRequest
  ) throws(StorageFault) -> HookEventAcceptance {
    let key = HookEventTable.Key(hook: event.hook, key: event.key)
    if let id = hookEvents.keys[key] { return .repeated(eventID: id) }
    guard hookEvents.records[event.id] == nil else {
      throw .unavailable("an event with the id \(event.id) is stored already")
    }
    let (operationID, lease) = try queue(event.decision, of: event.id, lane: request)
    hookEvents.lastSequence += 1
    let stored = StoredHookEvent(accepting: event, sequence: hookEvents.lastSequence)
    let record = HookEventTable.Record(event: stored, operationID: operationID)
    hookEvents.records[event.id] = record
    hookEvents.order.append(event.id)
    hookEvents.keys[key] = event.id
    return .accepted(view(record), lease: lease)
  }

  /// ``HookEventStorage/redecide(_:_:at:lane:)``.
  ///
  /// - Throws: ``StorageFault/outdated``, and ``StorageFault/unavailable(_:)`` if the operation's
  ///   id is taken.
  public mutating func redecide(
    _ id: ResourceID, _ decision: HookEventDecision, at now: Timestamp, lane request: LaneRequest
  ) throws(StorageFault) -> HookEventRedecision? {
    guard var event = hookEvent(id) else { return nil }
    try event.redecide(decision, at: now)
    let (operationID, lease) = try queue(decision, of: id, lane: request)
    let record = HookEventTable.Record(event: event, operationID: operationID)
    hookEvents.records[id] = record
    return HookEventRedecision(event: view(record), lease: lease)
  }

  /// ``HookEventStorage/hookEvent(_:)``.
  public func hookEvent(_ id: ResourceID) -> StoredHookEvent? {
    hookEvents.records[id].map(view)
  }

  /// ``HookEventStorage/hookEvents(_:before:limit:)``.
  public func hookEvents(
    _ filter: HookEventFilter, before: Int64?, limit: Int
  ) -> [StoredHookEvent] {
    let all = hookEvents.order.reversed().lazy.compactMap { hookEvent($0) }
    return Array(
      all.filter { $0.sequence < before ?? .max && filter.admits($0) }.prefix(max(0, limit)))
  }

  /// ``HookEventStorage/pruneHookEvents(before:bodyBytes:)``.
  public mutating func pruneHookEvents(before: Timestamp, bodyBytes: Int) -> Int {
    let old = hookEvents.order
      .prefix { id in hookEvents.records[id].map { $0.event.receivedAt < before } ?? true }
      .filter { hookEvent($0)?.state != .accepted }
    for id in old {
      guard let event = hookEvents.records.removeValue(forKey: id)?.event else { continue }
      hookEvents.keys[HookEventTable.Key(hook: event.hook, key: event.key)] = nil
    }
    let gone = Set(old)
    hookEvents.order.removeAll { gone.contains($0) }
    return old.count + pruneBodies(bodyBytes)
  }

  private mutating func pruneBodies(_ bytes: Int) -> Int {
    var rest = bytes
    var count = 0
    for id in hookEvents.order.reversed() {
      guard let body = hookEvents.records[id]?.event.body else { continue }
      rest -= body.count
      guard rest < 0 else { continue }
      hookEvents.records[id]?.event.body = nil
      count += 1
    }
    return count
  }

  private mutating func queue(
    _ decision: HookEventDecision, of event: ResourceID, lane request: LaneRequest
  ) throws(StorageFault) -> (operationID: ResourceID?, lease: LaneLease?) {
    guard case .operation(let operation, _) = decision else { return (nil, nil) }
    guard case .accepted(_, let lease) = try accept(operation, key: nil, lane: request) else {
      return (nil, nil)
    }
    hookEvents.origins[operation.id] = event
    return (operation.id, lease)
  }

  private func view(_ record: HookEventTable.Record) -> StoredHookEvent {
    var event = record.event
    event.operation = record.operationID.flatMap(operation)
    return event
  }
}
