public import GatewayCore

/// A storage that forgets everything when the process ends: for tests, and for trying things out.
public final class InMemoryStorage: Storage {
  private struct Content {
    var state = StorageState()
    var fault: StorageFault?
    var canRead = true
  }

  private let content = Locked(Content())

  /// Creates an empty storage.
  public init() {}

  /// Lets calls fail from now on.
  ///
  /// - Parameters:
  ///   - fault: what they throw; `nil` lets them work again.
  ///   - canRead: whether those that only read work all the same, as when a disk is full.
  public func fail(with fault: StorageFault?, canRead: Bool = false) {
    content.withLock { content in
      content.fault = fault
      content.canRead = canRead
    }
  }

  func write<Result: Sendable>(
    _ body: (inout StorageState) throws(StorageFault) -> Result
  ) throws(StorageFault) -> Result {
    try content.withLock { content throws(StorageFault) in
      if let fault = content.fault { throw fault }
      return try body(&content.state)
    }
  }

  func read<Result: Sendable>(
    _ body: (StorageState) -> Result
  ) throws(StorageFault) -> Result {
    try content.withLock { content throws(StorageFault) in
      if let fault = content.fault, !content.canRead { throw fault }
      return body(content.state)
    }
  }

  /// ``Storage/check()``.
  public func check() async throws(StorageFault) {
    try write { _ in }
  }

  /// ``Storage/prune(operations:keys:settings:)``.
  @discardableResult
  public func prune(
    operations: Timestamp, keys: Timestamp, settings: Timestamp
  ) async throws(StorageFault) -> Int {
    try write { $0.prune(operations: operations, keys: keys, settings: settings) }
  }

  /// ``Storage/close()``: every later call throws.
  public func close() async {
    fail(with: .unavailable("closed"))
  }
}

extension InMemoryStorage {
  /// ``OperationStorage/accept(_:key:lane:departing:)``.
  public func accept(
    _ operation: NewOperation, key: IdempotencyKey?, lane: LaneRequest, departing: Departure?
  ) async throws(StorageFault) -> Acceptance {
    try write { state throws(StorageFault) in
      try state.accept(operation, key: key, lane: lane, departing: departing)
    }
  }

  /// ``OperationStorage/claimLane(_:_:)``.
  public func claimLane(
    _ heatPump: HeatPumpReference, _ request: LaneRequest
  ) async throws(StorageFault) -> LaneLease? {
    try write { $0.claimLane(heatPump, request) }
  }

  /// ``OperationStorage/renewLane(_:until:)``.
  public func renewLane(
    _ lease: LaneLease, until: Timestamp
  ) async throws(StorageFault) -> LaneLease {
    try write { state throws(StorageFault) in try state.renewLane(lease, until: until) }
  }

  /// ``OperationStorage/releaseLane(_:)``.
  public func releaseLane(_ lease: LaneLease) async throws(StorageFault) -> Bool {
    try write { state throws(StorageFault) in try state.releaseLane(lease) }
  }

  /// ``OperationStorage/releaseLanes(except:)``.
  public func releaseLanes(except owner: ResourceID) async throws(StorageFault) {
    try write { $0.releaseLanes(except: owner) }
  }

  /// ``OperationStorage/openOperations(of:)``.
  public func openOperations(
    of heatPump: HeatPumpReference
  ) async throws(StorageFault) -> [StoredOperation] {
    try read { $0.openOperations(of: heatPump) }
  }

  /// ``OperationStorage/markSent(_:_:lease:)``.
  public func markSent(
    _ operations: [ResourceID], _ attempt: SendAttempt, lease: LaneLease
  ) async throws(StorageFault) {
    try write { state throws(StorageFault) in
      try state.markSent(operations, attempt, lease: lease)
    }
  }

  /// ``OperationStorage/conclude(_:at:lease:audit:events:)``.
  public func conclude(
    _ conclusions: [Conclusion], at now: Timestamp, lease: LaneLease?, audit: [AuditEntry],
    events: [NewEvent]
  ) async throws(StorageFault) {
    try write { state throws(StorageFault) in
      try state.conclude(conclusions, at: now, lease: lease, audit: audit, events: events)
    }
  }

  /// ``OperationStorage/keepAnswer(_:of:)``.
  public func keepAnswer(
    _ answer: StoredAnswer, of operation: ResourceID
  ) async throws(StorageFault) {
    try write { $0.settleKey(of: operation, .answer(answer)) }
  }

  /// ``OperationStorage/cancel(_:at:audit:)``.
  public func cancel(
    _ operation: ResourceID, at now: Timestamp, audit: AuditEntry
  ) async throws(StorageFault) -> Cancellation {
    try write { $0.cancel(operation, at: now, audit: audit) }
  }

  /// ``OperationStorage/operation(_:)``.
  public func operation(_ id: ResourceID) async throws(StorageFault) -> StoredOperation? {
    try read { $0.operation(id) }
  }

  /// ``OperationStorage/operations(of:before:limit:)``.
  public func operations(
    of heatPump: HeatPumpReference, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredOperation] {
    try read { $0.operations(of: heatPump, before: before, limit: limit) }
  }

  /// ``OperationStorage/abandonedLanes(at:limit:)``.
  public func abandonedLanes(
    at now: Timestamp, limit: Int
  ) async throws(StorageFault) -> [HeatPumpReference] {
    try read { $0.abandonedLanes(at: now, limit: limit) }
  }

  /// ``OperationStorage/acceptedOperations(of:)-(String)``.
  public func acceptedOperations(
    of organisation: String
  ) async throws(StorageFault) -> [StoredOperation] {
    try read { $0.acceptedOperations(of: organisation) }
  }

  /// ``OperationStorage/acceptedOperations(of:)-(HeatPumpReference)``.
  public func acceptedOperations(
    of heatPump: HeatPumpReference
  ) async throws(StorageFault) -> [StoredOperation] {
    try read { $0.acceptedOperations(of: heatPump) }
  }
}

extension InMemoryStorage {
  /// ``AnswerStorage/keep(answers:settings:gone:)``.
  public func keep(
    answers: [StoredHeatPump], settings: [StoredSettings], gone: [HeatPumpReference]
  ) async throws(StorageFault) {
    try write { $0.keep(answers: answers, settings: settings, gone: gone) }
  }

  /// ``AnswerStorage/answers(of:bytes:)``.
  public func answers(
    of organisation: String, bytes: Int
  ) async throws(StorageFault) -> [StoredHeatPump] {
    try read { $0.answers(of: organisation, bytes: bytes) }
  }

  /// ``AnswerStorage/settings(of:tag:)``.
  public func settings(
    of heatPump: HeatPumpReference, tag: UInt64
  ) async throws(StorageFault) -> StoredSettings? {
    try read { $0.settings(of: heatPump, tag: tag) }
  }

  /// ``AuditStorage/auditTrail(after:limit:)``.
  public func auditTrail(
    after: Int64, limit: Int
  ) async throws(StorageFault) -> [AuditRecord] {
    try read { $0.auditTrail(after: after, limit: limit) }
  }

  /// ``AuditStorage/auditTrail(before:of:since:limit:)``.
  public func auditTrail(
    before: Int64?, of heatPump: ResourceID?, since: Timestamp?, limit: Int
  ) async throws(StorageFault) -> [AuditRecord] {
    try read { $0.auditTrail(before: before, of: heatPump, since: since, limit: limit) }
  }
}
