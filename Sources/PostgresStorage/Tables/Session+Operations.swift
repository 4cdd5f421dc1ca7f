import GatewayCore
import Storage

extension Session {
  func accept(
    _ operation: NewOperation, key: IdempotencyKey?, lane request: LaneRequest
  ) async throws -> Acceptance {
    // Whoever comes with the same key waits here until it is known what becomes of this one.
    let taking = key.map { take($0, for: operation) }
    makeRow(of: operation.heatPump)
    let locking = lock(operation.heatPump)
    if let key, try await taking?.rows().affected == 0 {
      guard let record = try await keyRecord(key) else { throw LostRace() }
      return record.acceptance(of: key)
    }
    let lane = try await madeLane(locking)
    let inserting = insert(operation, key: key, heatPump: lane.number)
    let lease = claim(lane, operation.heatPump, request)
    if lease == nil { tell(.queued(operation.heatPump.id)) }
    sendCommit()
    let sequence = try await sequence(inserting)
    return .accepted(StoredOperation(accepting: operation, sequence: sequence), lease: lease)
  }

  /// What ``accept(_:key:lane:)`` has given that was committed a moment ago.
  func accepted(_ id: ResourceID, lane request: LaneRequest) async throws -> Acceptance {
    guard let operation = try await operation(id) else { throw LostRace() }
    let heatPump = operation.request.heatPump
    let state = try await first(
      """
      SELECT lane_owner, lane_fence, lane_until FROM heat_pump
      WHERE id = $1 AND organisation = $2 AND user_id = $3
      """,
      [.id(heatPump.id), .text(heatPump.organisation), .id(heatPump.user)]
    ) { row in
      LaneState(owner: try row.optionalID(), fence: try row.integer(), until: try row.time())
    }
    // Nobody else has asked until then in the name of this gateway.
    guard let state, state.owner == request.owner, state.until == request.until else {
      return .accepted(operation, lease: nil)
    }
    return .accepted(
      operation, lease: LaneLease(heatPump: heatPump, fence: state.fence, until: state.until))
  }

  func markSent(
    _ ids: [ResourceID], _ attempt: SendAttempt, lease: LaneLease, asking question: String?
  ) async throws {
    let locking = lock(lease.heatPump)
    let finding = lockOperations(ids)
    guard let (_, state) = try await lane(locking), state.isHeld(by: lease) else {
      throw StorageFault.leaseLost
    }
    let operations = try await found(finding)
    let sent = try ids.map { id in
      guard var operation = operations[id], operation.request.heatPump == lease.heatPump else {
        throw StorageFault.outdated
      }
      try operation.send(attempt)
      return operation
    }
    update(sent)
    tell(.writing(lease.heatPump.id), asking: question)
  }

  func conclude(
    _ conclusions: [Conclusion], at now: Timestamp, lease: LaneLease?, audit: [AuditEntry],
    events: [NewEvent]
  ) async throws {
    let locking = lease.map { lock($0.heatPump) }
    let finding = lockOperations(conclusions.map(\.operationID))
    if let lease, let locking {
      guard let (_, state) = try await lane(locking), state.isHeld(by: lease) else {
        throw StorageFault.leaseLost
      }
    }
    let operations = try await found(finding)
    let concluded = try conclusions.map { conclusion in
      guard var operation = operations[conclusion.operationID],
        lease == nil || lease?.heatPump == operation.request.heatPump
      else { throw StorageFault.outdated }
      try operation.conclude(conclusion, at: now)
      return operation
    }
    update(concluded)
    if let lease { tell(.written(lease.heatPump.id)) }
    for operation in concluded where !operation.state.isOpen { tell(.ended(operation.request.id)) }
    for conclusion in conclusions { settleKey(of: conclusion.operationID, conclusion.key) }
    if !events.isEmpty { try await append(EventBatch(events: events)) }
    try await append(audit)
  }

  func cancel(
    _ id: ResourceID, at now: Timestamp, audit: AuditEntry
  ) async throws -> Cancellation {
    guard var operation = try await found(lockOperations([id]))[id] else { return .notFound }
    guard operation.cancel(at: now) else { return .tooLate(operation) }
    update([operation])
    tell(.ended(id))
    settleKey(of: id, .release)
    try await append([audit])
    return .cancelled(operation)
  }

  func operation(_ id: ResourceID) async throws -> StoredOperation? {
    try await first(Self.selectOperation + "WHERE operation.id = $1", [.id(id)]) { row in
      try row.operation()
    }
  }

  func operations(_ ids: [ResourceID]) async throws -> [ResourceID: StoredOperation] {
    guard !ids.isEmpty else { return [:] }
    let found = try await all(Self.selectOperation + "WHERE operation.id = ANY ($1)", [.ids(ids)]) {
      row in try row.operation()
    }
    return Dictionary(found.map { ($0.request.id, $0) }) { first, _ in first }
  }

  func openOperations(of heatPump: HeatPumpReference) async throws -> [StoredOperation] {
    try await all(
      Self.selectOperation + Self.isOfHeatPump
        + "AND state IN ('queued', 'sent') ORDER BY operation.sequence",
      [.id(heatPump.id), .text(heatPump.organisation), .id(heatPump.user)]
    ) { row in try row.operation() }
  }

  func operations(
    of heatPump: HeatPumpReference, before: Int64?, limit: Int
  ) async throws -> [StoredOperation] {
    try await all(
      Self.selectOperation + Self.isOfHeatPump
        + "AND operation.sequence < $4 ORDER BY operation.sequence DESC LIMIT $5",
      [
        .id(heatPump.id), .text(heatPump.organisation), .id(heatPump.user),
        .integer(before ?? .max), .count(limit),
      ]
    ) { row in try row.operation() }
  }

  func acceptedOperations(of organisation: String) async throws -> [StoredOperation] {
    try await all(
      Self.selectOperation
        + "WHERE state = 'accepted' AND organisation = $1 ORDER BY operation.sequence",
      [.text(organisation)]
    ) { row in try row.operation() }
  }

  func acceptedOperations(of heatPump: HeatPumpReference) async throws -> [StoredOperation] {
    try await all(
      Self.selectOperation + Self.isOfHeatPump
        + "AND state = 'accepted' ORDER BY operation.sequence",
      [.id(heatPump.id), .text(heatPump.organisation), .id(heatPump.user)]
    ) { row in try row.operation() }
  }

  // The order is the one in which `ColumnReading.operation()` reads.
  static let operationColumns = """
    operation.id, heat_pump.organisation, heat_pump.user_id, heat_pump.id, origin_kind,
      origin_name, origin_occasion, patch, precondition, accepted_at, expires_at, retries,
      not_before, traceparent, operation.sequence, operation.state, attempts, changed_at,
      superseded, outcome
    """

  private static let selectOperation = """
    SELECT \(operationColumns)
    FROM operation JOIN heat_pump ON heat_pump.number = operation.heat_pump\u{20}
    """

  private static let isOfHeatPump = """
    WHERE operation.heat_pump = (
      SELECT number FROM heat_pump WHERE id = $1 AND organisation = $2 AND user_id = $3)\u{20}
    """

  /// Stores an operation; the answer has its number.
  ///
  /// - Parameters:
  ///   - number: the heat pump's.
  ///   - hookEvent: the number of the event that it was made of, if it was.
  func insert(
    _ operation: NewOperation, key: IdempotencyKey?, heatPump number: Int64,
    hookEvent: Int64? = nil
  ) -> PostgresAnswer {
    send(
      """
      INSERT INTO operation (
        id, heat_pump, state, changed_at, accepted_at, expires_at, not_before, retries,
        origin_kind, origin_name, origin_occasion, key_app, key_name, patch, precondition,
        hook_event, traceparent, attempts, superseded, outcome
      ) VALUES (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, '', '', '')
      RETURNING sequence
      """,
      [
        .id(operation.id), .integer(number), .text(OperationState.queued.rawValue),
        .time(operation.acceptedAt), .time(operation.acceptedAt), .time(operation.expiresAt),
        .time(operation.notBefore), .flag(operation.retries),
        .text(operation.origin.kind.rawValue), .text(operation.origin.name),
        .text(operation.origin.occasion), .text(key?.app), .text(key?.key),
        .bytes(operation.patch), .bytes(operation.precondition.map { Octets.of($0) }),
        .integer(hookEvent), .text(operation.traceparent),
      ])
  }

  /// The number of what was just stored.
  func sequence(_ answer: PostgresAnswer) async throws -> Int64 {
    let number = try await answer.rows().first { row in try row.integer() }
    guard let number else { throw StorageFault.damaged("a new row has got no number") }
    return number
  }

  // In one order, whoever else locks some of them.
  private func lockOperations(_ ids: [ResourceID]) -> PostgresAnswer? {
    guard !ids.isEmpty else { return nil }
    return send(
      Self.selectOperation
        + """
        WHERE operation.id = ANY ($1) ORDER BY operation.sequence
        FOR NO KEY UPDATE OF operation
        """,
      [.ids(ids)])
  }

  private func found(
    _ answer: PostgresAnswer?
  ) async throws -> [ResourceID: StoredOperation] {
    let operations = try await answer?.rows().all { row in try row.operation() } ?? []
    return Dictionary(operations.map { ($0.request.id, $0) }) { first, _ in first }
  }

  private func update(_ operations: [StoredOperation]) {
    for operation in operations {
      send(
        """
        UPDATE operation SET state = $1, changed_at = $2, not_before = $3, attempts = $4,
          superseded = $5, outcome = $6
        WHERE sequence = $7
        """,
        [
          .text(operation.state.rawValue), .time(operation.changedAt),
          .time(operation.request.notBefore), .bytes(Octets.of(operation.attempts)),
          .bytes(Texts.superseded(operation.supersededFields)), .bytes(operation.outcome),
          .integer(operation.sequence),
        ])
    }
  }
}
