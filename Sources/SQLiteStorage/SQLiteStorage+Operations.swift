public import GatewayCore
public import Storage

extension SQLiteStorage {
  /// ``OperationStorage/accept(_:key:lane:departing:)``.
  public func accept(
    _ operation: NewOperation, key: IdempotencyKey?, lane: LaneRequest, departing: Departure?
  ) async throws(StorageFault) -> Acceptance {
    try await write { try $0.accept(operation, key: key, lane: lane, departing: departing) }
  }

  /// ``OperationStorage/claimLane(_:_:)``.
  public func claimLane(
    _ heatPump: HeatPumpReference, _ request: LaneRequest
  ) async throws(StorageFault) -> LaneLease? {
    try await write { try $0.claimLane(heatPump, request) }
  }

  /// ``OperationStorage/renewLane(_:until:)``.
  public func renewLane(
    _ lease: LaneLease, until: Timestamp
  ) async throws(StorageFault) -> LaneLease {
    try await write { try $0.renewLane(lease, until: until) }
  }

  /// ``OperationStorage/releaseLane(_:)``.
  public func releaseLane(_ lease: LaneLease) async throws(StorageFault) -> Bool {
    try await write { try $0.releaseLane(lease) }
  }

  /// ``OperationStorage/releaseLanes(except:)``.
  public func releaseLanes(except owner: ResourceID) async throws(StorageFault) {
    try await write { try $0.releaseLanes(except: owner) }
  }

  /// ``OperationStorage/openOperations(of:)``.
  public func openOperations(
    of heatPump: HeatPumpReference
  ) async throws(StorageFault) -> [StoredOperation] {
    try await read { try $0.openOperations(of: heatPump) }
  }

  /// ``OperationStorage/markSent(_:_:lease:)``.
  public func markSent(
    _ operations: [ResourceID], _ attempt: SendAttempt, lease: LaneLease
  ) async throws(StorageFault) {
    try await write { try $0.markSent(operations, attempt, lease: lease) }
  }

  /// ``OperationStorage/conclude(_:at:lease:audit:events:)``.
  public func conclude(
    _ conclusions: [Conclusion], at now: Timestamp, lease: LaneLease?, audit: [AuditEntry],
    events: [NewEvent]
  ) async throws(StorageFault) {
    try await write { tables in
      try tables.conclude(conclusions, at: now, lease: lease, audit: audit)
      if !events.isEmpty { _ = try tables.append(EventBatch(events: events)) }
    }
  }

  /// ``OperationStorage/concludeAndRelease(_:at:lease:audit:events:)``, as one step.
  public func concludeAndRelease(
    _ conclusions: [Conclusion], at now: Timestamp, lease: LaneLease, audit: [AuditEntry],
    events: [NewEvent]
  ) async throws(StorageFault) -> Bool {
    try await write { tables in
      try tables.conclude(conclusions, at: now, lease: lease, audit: audit)
      if !events.isEmpty { _ = try tables.append(EventBatch(events: events)) }
      guard let number = try tables.number(of: lease.heatPump) else { return false }
      return try tables.releaseLane(of: number)
    }
  }

  /// ``OperationStorage/keepAnswer(_:of:)``.
  public func keepAnswer(
    _ answer: StoredAnswer, of operation: ResourceID
  ) async throws(StorageFault) {
    try await write { try $0.settleKey(of: operation, .answer(answer)) }
  }

  /// ``OperationStorage/cancel(_:at:audit:)``.
  public func cancel(
    _ operation: ResourceID, at now: Timestamp, audit: AuditEntry
  ) async throws(StorageFault) -> Cancellation {
    try await write { try $0.cancel(operation, at: now, audit: audit) }
  }

  /// ``OperationStorage/operation(_:)``.
  public func operation(_ id: ResourceID) async throws(StorageFault) -> StoredOperation? {
    try await read { try $0.operation(id) }
  }

  /// ``OperationStorage/operations(of:before:limit:)``.
  public func operations(
    of heatPump: HeatPumpReference, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredOperation] {
    try await read { try $0.operations(of: heatPump, before: before, limit: limit) }
  }

  /// ``OperationStorage/abandonedLanes(at:limit:)``; the lane of the oldest operation comes first.
  public func abandonedLanes(
    at now: Timestamp, limit: Int
  ) async throws(StorageFault) -> [HeatPumpReference] {
    try await read { try $0.abandonedLanes(at: now, limit: limit) }
  }

  /// ``OperationStorage/acceptedOperations(of:)-(String)``.
  public func acceptedOperations(
    of organisation: String
  ) async throws(StorageFault) -> [StoredOperation] {
    try await read { try $0.acceptedOperations(of: organisation) }
  }

  /// ``OperationStorage/acceptedOperations(of:)-(HeatPumpReference)``.
  public func acceptedOperations(
    of heatPump: HeatPumpReference
  ) async throws(StorageFault) -> [StoredOperation] {
    try await read { try $0.acceptedOperations(of: heatPump) }
  }
}

extension SQLiteStorage {
  /// ``AnswerStorage/keep(answers:settings:gone:)``.
  public func keep(
    answers: [StoredHeatPump], settings: [StoredSettings], gone: [HeatPumpReference]
  ) async throws(StorageFault) {
    try await write { try $0.keep(answers: answers, settings: settings, gone: gone) }
  }

  /// ``AnswerStorage/answers(of:bytes:)``.
  public func answers(
    of organisation: String, bytes: Int
  ) async throws(StorageFault) -> [StoredHeatPump] {
    try await read { try $0.answers(of: organisation, bytes: bytes) }
  }

  /// ``AnswerStorage/settings(of:tag:)``.
  public func settings(
    of heatPump: HeatPumpReference, tag: UInt64
  ) async throws(StorageFault) -> StoredSettings? {
    try await read { try $0.settings(of: heatPump, tag: tag) }
  }

  /// ``AuditStorage/auditTrail(after:limit:)``.
  public func auditTrail(
    after: Int64, limit: Int
  ) async throws(StorageFault) -> [AuditRecord] {
    try await read { try $0.auditTrail(after: after, limit: limit) }
  }

  /// ``AuditStorage/auditTrail(before:of:since:limit:)``.
  public func auditTrail(
    before: Int64?, of heatPump: ResourceID?, since: Timestamp?, limit: Int
  ) async throws(StorageFault) -> [AuditRecord] {
    try await read {
      try $0.auditTrail(before: before, of: heatPump, since: since, limit: limit)
    }
  }
}
