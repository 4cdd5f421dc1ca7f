internal import GatewayCore
internal import HeatPumps
internal import Logging
internal import ResponseCache
internal import Storage

extension LaneWorker {
  /// The upstream has confirmed a batch: compares, repairs, stores, tells.
  ///
  /// - Returns: whether the lane was given back, since nothing else waits in it.
  func confirm(
    _ batch: LaneBatch, _ before: HeatPumpDocument?, _ document: HeatPumpDocument,
    sentAt: Timestamp, departure: MonotonicInstant? = nil, as kind: AnswerKind = .partial
  ) async throws(StorageFault) -> Bool {
    let ended = service.notePending(batch, before, at: sentAt)
    var entry = service.absorb(
      document, user: heatPump.user, startedAt: clock.monotonic, as: kind,
      ofUpdateSentAt: departure)
    var reset: UpstreamReset?
    if let before {
      (reset, entry) = await service.undoReset(before, entry, batch.patch, heatPump)
    }
    let now = clock.wall
    var conclusions: [Conclusion] = []
    var audit: [AuditEntry] = []
    var results: [(operation: NewOperation, result: WriteResult)] = []
    for (index, member) in batch.members.enumerated() {
      let overtaken = batch.overtaken(index)
      let remaining = batch.remaining(index)
      let state: OperationState = remaining.isEmpty ? .superseded : .accepted
      let unapplied = batch.patch.unapplied(in: entry.document).filter { mismatch in
        remaining.contains { $0.field == mismatch.field }
      }
      let id = member.operation.request.id
      conclusions.append(
        Conclusion(
          operationID: id, state: state,
          outcome: OperationOutcome.confirmed(unapplied: unapplied, reset: reset),
          supersededFields: overtaken))
      audit.append(
        AuditTrail.entry(
          member.operation, member.patch.assignments, state: state, at: now, before: before,
          after: entry.document))
      results.append(
        (
          member.operation.request,
          WriteResult(
            operationID: id, entry: entry, unapplied: unapplied, superseded: overtaken,
            reset: reset)
        ))
    }
    // The change is made, so whoever waits hears so even if the record of it has to wait: the
    // operations stay `sent`, and the next turn finds their values in place.
    defer { for (operation, result) in results { service.tell(operation, result) } }
    var isReleased = false
    do {
      isReleased = try await service.concludeAndRelease(
        ended.map(Conclusion.init) + conclusions, at: now, lease: lease, audit: audit,
        events: service.events(ended, at: now))
      service.note(ended, at: now)
    } catch {
      // Those that it overtook have come to their end whatever becomes of this one.
      service.store(ended)
      guard case .outdated = error, !ended.isEmpty else { throw error }
      // One of them has ended otherwise meanwhile: no reason to stay open.
      try await storage.conclude(conclusions, at: now, lease: lease, audit: audit)
    }
    CrashPoint.reach(.concluded)
    return isReleased
  }

  /// The changes of an operation; of the one that the lane came with they are at hand.
  func readPatch(of operation: StoredOperation) -> HeatPumpPatch {
    if let known, known.id == operation.request.id { return known.patch }
    return operation.readPatch
  }

  /// Ends operations that changed nothing.
  func conclude(
    _ operations: [StoredOperation], _ state: OperationState, _ fault: GatewayFault
  ) async throws(StorageFault) {
    let now = clock.wall
    // A refusal is an answer, and is given again; what merely failed may be tried with the same
    // key.
    let isAnswer = state == .rejected || state == .unknown
    let conclusions = operations.map { operation in
      Conclusion(
        operationID: operation.request.id, state: state, outcome: OperationOutcome.failed(fault),
        key: isAnswer ? .keep : .release)
    }
    let audit = operations.map { operation in
      AuditTrail.entry(
        operation, operation.readPatch.assignments, state: state, at: now, before: nil, after: nil)
    }
    try await service.conclude(
      conclusions, at: now, lease: lease, audit: audit,
      events: operations.compactMap { service.event($0, state, at: now) })
    for operation in operations { service.tell(operation.request.id, fault, heatPump) }
  }
}

extension OrganisationService {
  fileprivate func notePending(
    _ batch: LaneBatch, _ before: HeatPumpDocument?, at sentAt: Timestamp
  ) -> [Verification] {
    if let user = batch.members.first?.operation.request.heatPump.user {
      listeners.wrote(to: user, at: clock.monotonic)
    }
    return state.withLock { state in
      batch.members.indices.flatMap { index -> [Verification] in
        let remaining = batch.remaining(index)
        guard let member = batch.members.dropFirst(index).first, !remaining.isEmpty else {
          return []
        }
        return state.pending.add(
          remaining, overtaken: batch.overtaken(index), to: member.operation.request.heatPump.id,
          at: sentAt, operationID: member.operation.request.id,
          sequence: member.operation.sequence,
          note: WriteNote(member.operation.request, remaining, before))
      }
    }
  }

  fileprivate func tell(_ operation: NewOperation, _ result: WriteResult) {
    let time = clock.wall - operation.acceptedAt
    state.withLock { state in
      state.figures.untilAccepted.add(time)
      if result.unapplied.isEmpty {
        state.figures.writesApplied += 1
      } else {
        state.figures.writesUnapplied += 1
      }
    }
    logger.info(
      "write confirmed",
      metadata: [
        "operation_id": .string(operation.id.description),
        "heat_pump_id": .string(operation.heatPump.id.description),
        "status": .string(result.isWhole ? "applied" : "partial"),
        "unapplied": result.unapplied.isEmpty
          ? "[]" : "\(result.unapplied.map(\.field.pointer))",
      ])
    board.post(operation.id, .confirmed(result))
  }

  fileprivate func tell(
    _ operation: ResourceID, _ fault: GatewayFault, _ heatPump: HeatPumpReference
  ) {
    state.withLock { $0.figures.writesFailed += 1 }
    logger.warning(
      "write failed",
      metadata: [
        "operation_id": "\(operation)", "heat_pump_id": "\(heatPump.id)", "fault": "\(fault)",
      ])
    var fault = fault
    fault.operationID = operation
    board.post(operation, .failed(fault))
  }
}
