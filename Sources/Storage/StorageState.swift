public import GatewayCore

/// Everything that a storage knows, as a value. Each call of the protocols is one function here.
///
/// A function that throws has changed nothing.
public struct StorageState: Sendable {
  struct KeyName: Hashable {
    let app: String
    let key: String
  }
  struct SettingsName: Hashable {
    let heatPump: HeatPumpReference
    let tag: UInt64
  }

  var lastSequence: Int64 = 0
  var operations: [ResourceID: StoredOperation] = [:]
  /// Per heat pump, in the order of acceptance.
  var history: [HeatPumpReference: [ResourceID]] = [:]
  /// Those of ``history`` that are open.
  var open: [HeatPumpReference: [ResourceID]] = [:]
  var keys: [KeyName: KeyRecord] = [:]
  var keyNames: [ResourceID: KeyName] = [:]
  var lanes: [HeatPumpReference: LaneState] = [:]
  var answers: [HeatPumpReference: StoredHeatPump] = [:]
  var settings: [SettingsName: StoredSettings] = [:]
  var audit: [AuditRecord] = []
  var hookEvents = HookEventTable()
  var eventLog = EventLogTable()
  var subscriptions = SubscriptionTable()
  var jobs = JobTable()

  /// Nothing at all.
  public init() {}

  /// ``OperationStorage/accept(_:key:lane:departing:)``.
  ///
  /// - Throws: ``StorageFault/unavailable(_:)`` if the id is taken.
  public mutating func accept(
    _ operation: NewOperation, key: IdempotencyKey?, lane request: LaneRequest,
    departing: Departure? = nil
  ) throws(StorageFault) -> Acceptance {
    let name = key.map { KeyName(app: $0.app, key: $0.key) }
    if let key, let name, let record = keys[name] { return record.acceptance(of: key) }
    guard operations[operation.id] == nil else {
      throw .unavailable("an operation with the id \(operation.id) is stored already")
    }
    lastSequence += 1
    let lease = claimLane(operation.heatPump, request)
    var stored = StoredOperation(accepting: operation, sequence: lastSequence)
    if let departing, departing.happens(with: lease) { try stored.send(departing.attempt) }
    operations[operation.id] = stored
    history[operation.heatPump, default: []].append(operation.id)
    open[operation.heatPump, default: []].append(operation.id)
    if let key, let name {
      keys[name] = KeyRecord(
        fingerprint: key.fingerprint, operationID: operation.id, madeAt: operation.acceptedAt)
      keyNames[operation.id] = name
    }
    return .accepted(stored, lease: lease)
  }

  /// ``OperationStorage/markSent(_:_:lease:)``.
  ///
  /// - Throws: ``StorageFault/leaseLost`` and ``StorageFault/outdated``.
  public mutating func markSent(
    _ ids: [ResourceID], _ attempt: SendAttempt, lease: LaneLease
  ) throws(StorageFault) {
    try checkLease(lease)
    var sent: [StoredOperation] = []
    for id in ids {
      guard var operation = operations[id], operation.request.heatPump == lease.heatPump else {
        throw .outdated
      }
      try operation.send(attempt)
      sent.append(operation)
    }
    for operation in sent { store(operation) }
  }

  /// ``OperationStorage/conclude(_:at:lease:audit:events:)``.
  ///
  /// - Throws: ``StorageFault/leaseLost`` and ``StorageFault/outdated``, and
  ///   ``StorageFault/unavailable(_:)`` if an event's id is taken.
  public mutating func conclude(
    _ conclusions: [Conclusion], at now: Timestamp, lease: LaneLease?, audit entries: [AuditEntry],
    events: [NewEvent] = []
  ) throws(StorageFault) {
    if let lease { try checkLease(lease) }
    var concluded: [StoredOperation] = []
    for conclusion in conclusions {
      guard var operation = operations[conclusion.operationID],
        lease == nil || lease?.heatPump == operation.request.heatPump
      else { throw .outdated }
      try operation.conclude(conclusion, at: now)
      concluded.append(operation)
    }
    // The last step that may fail, so that nothing has happened then.
    if !events.isEmpty { _ = try append(EventBatch(events: events)) }
    for operation in concluded { store(operation) }
    for conclusion in conclusions { settleKey(of: conclusion.operationID, conclusion.key) }
    for entry in entries { append(entry) }
  }

  /// ``OperationStorage/cancel(_:at:audit:)``.
  public mutating func cancel(
    _ id: ResourceID, at now: Timestamp, audit entry: AuditEntry
  ) -> Cancellation {
    guard var operation = operations[id] else { return .notFound }
    guard operation.cancel(at: now) else { return .tooLate(operation) }
    store(operation)
    settleKey(of: id, .release)
    append(entry)
    return .cancelled(operation)
  }

  /// ``OperationStorage/openOperations(of:)``.
  public func openOperations(of heatPump: HeatPumpReference) -> [StoredOperation] {
    (open[heatPump] ?? []).compactMap { operations[$0] }
  }

  /// ``OperationStorage/operation(_:)``.
  public func operation(_ id: ResourceID) -> StoredOperation? { operations[id] }

  /// ``OperationStorage/operations(of:before:limit:)``.
  public func operations(
    of heatPump: HeatPumpReference, before: Int64?, limit: Int
  ) -> [StoredOperation] {
    let all = (history[heatPump] ?? []).reversed().lazy.compactMap { operations[$0] }
    return Array(all.filter { $0.sequence < before ?? .max }.prefix(max(0, limit)))
  }

  /// ``OperationStorage/acceptedOperations(of:)-(String)``.
  public func acceptedOperations(of organisation: String) -> [StoredOperation] {
    operations.values
      .filter { $0.state == .accepted && $0.request.heatPump.organisation == organisation }
      .sorted { $0.sequence < $1.sequence }
  }

  /// ``OperationStorage/acceptedOperations(of:)-(HeatPumpReference)``.
  public func acceptedOperations(of heatPump: HeatPumpReference) -> [StoredOperation] {
    (history[heatPump] ?? []).compactMap { operations[$0] }.filter { $0.state == .accepted }
  }

  private mutating func store(_ operation: StoredOperation) {
    let heatPump = operation.request.heatPump
    operations[operation.request.id] = operation
    guard !operation.state.isOpen else { return }
    open[heatPump]?.removeAll { $0 == operation.request.id }
    if open[heatPump]?.isEmpty == true { open[heatPump] = nil }
  }

  mutating func settleKey(of id: ResourceID, _ fate: Conclusion.KeyFate) {
    guard let name = keyNames[id] else { return }
    switch fate {
    case .keep: break
    case .answer(let answer): keys[name]?.answer = answer
    case .release:
      keys[name] = nil
      keyNames[id] = nil
    }
  }
}
