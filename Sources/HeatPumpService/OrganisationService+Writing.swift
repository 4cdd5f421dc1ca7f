public import GatewayCore
internal import HeatPumps
internal import Logging
internal import PoderoClient
internal import ResponseCache

extension OrganisationService {
  /// Changes a heat pump: waits for its lane, checks, sends, compares what came back.
  ///
  /// Once it has begun, the write goes to its end even if the caller leaves: a half-told change
  /// helps nobody.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `precondition-failed`, `invalid-patch` for rules that
  ///   need the present values, `upstream-rejected`, `outcome-unknown` or another upstream problem.
  public func write(_ request: WriteRequest) async throws(GatewayFault) -> WriteResult {
    let operationID = random.timeOrderedID(at: clock.wall)
    let task = Task(executorPreference: executor) { [self] in
      await writeInTurn(request, operationID)
    }
    switch await task.value {
    case .success(let result):
      note(request, result)
      return result
    case .failure(var fault):
      fault.operationID = fault.operationID ?? (fault.type == .outcomeUnknown ? operationID : nil)
      state.withLock { $0.figures.writesFailed += 1 }
      logger.warning(
        "write failed",
        metadata: metadata(request, operationID, ["fault": "\(fault)"]))
      throw fault
    }
  }

  private func writeInTurn(
    _ request: WriteRequest, _ operationID: ResourceID
  ) async -> Result<WriteResult, GatewayFault> {
    let id = request.address.id
    switch await lanes.enter(id, until: request.context.deadline) {
    case .entered: break
    case .expired: return .failure(Self.tooLate)
    case .full:
      return .failure(
        GatewayFault(
          .upstreamThrottled, "Too many writes wait for this heat pump.",
          retryAfter: .seconds(5)))
    }
    let result: Result<WriteResult, GatewayFault>
    do throws(GatewayFault) {
      result = .success(try await writeInLane(request, operationID))
    } catch {
      result = .failure(error)
    }
    leaveLane(of: request.address)
    return result
  }

  // An update without an answer may still be carried out; a newer one must not be overtaken by it,
  // so the lane stays taken for as long. Nobody waits for that but those in the lane.
  private func leaveLane(of address: HeatPumpAddress) {
    let end = state.withLock { $0.unsettled.removeValue(forKey: address.id) }
    guard let end else { return lanes.leave(address.id) }
    Task(executorPreference: executor) { [self] in
      try? await clock.sleep(until: end)
      // The next write compares with what the old one did late, so it is read before.
      let context = CallContext(
        priority: .write, deadline: clock.monotonic + Self.settlingMargin)
      _ = await fetch(address, context)
      lanes.leave(address.id)
    }
  }

  private static let tooLate = GatewayFault(
    .upstreamTimeout, "The deadline passed while earlier writes ran; nothing was sent.")

  private func writeInLane(
    _ request: WriteRequest, _ operationID: ResourceID
  ) async throws(GatewayFault) -> WriteResult {
    guard clock.monotonic < request.context.deadline else { throw Self.tooLate }
    let before = try await currentState(for: request)
    try request.patch.check(against: before.document)
    try check(request.precondition, against: before, request.patch)
    guard clock.monotonic < request.context.deadline else { throw Self.tooLate }
    let body =
      switch writeMode {
      case .sparse: request.patch.updateBody(current: before.document)
      case .merge: request.patch.mergedBody(current: before.document)
      }
    let confirmed = try await send(body, request, operationID)
    let reset = try await undoReset(before.document, confirmed, request, operationID)
    let final = reset.entry ?? confirmed
    return WriteResult(
      operationID: operationID, entry: final,
      unapplied: request.patch.unapplied(in: final.document), reset: reset.finding)
  }

  /// The heat pump before the write. Resets can only be told from other people's changes against a
  /// recent state, so an old copy is read again.
  private func currentState(
    for request: WriteRequest
  ) async throws(GatewayFault) -> CachedHeatPump {
    if writeMode == .sparse, let entry = cache.heatPump(key(request.address.id)),
      entry.identity.userID == request.address.user,
      clock.monotonic - entry.fetchedAt < settings.cache.fresh
    {
      return entry
    }
    return try await fetch(request.address, request.context).get()
  }

  private func check(
    _ precondition: WritePrecondition?, against entry: CachedHeatPump, _ patch: HeatPumpPatch
  ) throws(GatewayFault) {
    guard case .settings(let accepted) = precondition, !accepted.contains(entry.settingsTag)
    else { return }
    var conflicts = patch.assignments
    for tag in accepted {
      guard
        let former = cache.formerSettings(
          tag, of: key(entry.document.id), at: clock.monotonic)
      else { continue }
      let changed = patch.assignments.filter { assignment in
        let field = assignment.field
        return !field.isSame(former.value(field), entry.document.value(field))
      }
      if changed.isEmpty { return }
      if changed.count < conflicts.count { conflicts = changed }
    }
    var fault = GatewayFault(
      .preconditionFailed, "The settings are not those that If-Match names.")
    fault.extensions["conflicts"] = .array(
      conflicts.filter { !$0.field.isPersonal }.map { assignment in
        [
          "pointer": .string(assignment.field.pointer), "requested": assignment.value,
          "actual": entry.document.value(assignment.field) ?? .null,
        ]
      })
    throw fault
  }

  private func send(
    _ body: [UInt8], _ request: WriteRequest, _ operationID: ResourceID
  ) async throws(GatewayFault) -> CachedHeatPump {
    let address = request.address
    let sentAt = (wall: clock.wall, monotonic: clock.monotonic)
    let document: HeatPumpDocument
    var kind = AnswerKind.partial
    do {
      let answer = try await client.send(
        .update(user: address.user, id: address.id, body: body), request.context)
      document = try parsed(answer, HeatPumpDocument.init(parsing:))
    } catch let fault as UpstreamFault where !fault.mayHaveBeenApplied {
      if fault.kind == .notFound { forget(address) }
      throw fault.translated()
    } catch {
      document = try await settle(request, sentAt: sentAt.monotonic, because: error)
      kind = .detail
    }
    guard document.id == address.id else {
      throw GatewayFault(.upstreamUnreadable, "The upstream answered about another heat pump.")
    }
    state.withLock {
      $0.pending.add(request.patch, to: address.id, at: sentAt.wall, operationID: operationID)
    }
    // The answer shows the state after the update, so no read that overlaps it is newer.
    return absorb(document, user: address.user, startedAt: clock.monotonic, as: kind)
  }

  /// Whether the update was carried out is not known: reads the heat pump and compares.
  private func settle(
    _ request: WriteRequest, sentAt: MonotonicInstant, because error: any Error
  ) async throws(GatewayFault) -> HeatPumpDocument {
    let address = request.address
    let startedAt = clock.monotonic
    let context = CallContext(priority: .write, deadline: startedAt + settings.callTimeout)
    let call = PoderoCall.heatPump(user: address.user, id: address.id, includeDeleted: true)
    let final = finalFault(error)
    if let answer = try? await client.send(call, context),
      let document = try? HeatPumpDocument(parsing: answer), document.id == address.id
    {
      if request.patch.unapplied(in: document).isEmpty { return document }
      _ = absorb(document, user: address.user, startedAt: startedAt, as: .detail)
      if let final { throw final }
    }
    if final == nil {
      let end = sentAt + settings.callTimeout + Self.settlingMargin
      state.withLock { $0.unsettled[address.id] = end }
    }
    throw GatewayFault(
      .outcomeUnknown,
      "The update was sent, but no answer came, and the heat pump does not show the values yet.",
      cause: "\(error)")
  }

  /// How much longer than a call may take an update counts as possibly still at work.
  private static var settlingMargin: Duration { .seconds(5) }

  // An upstream that has answered, however badly, is at work no more, so that what is not seen now
  // was not done. A proxy's word that the upstream is away says nothing of the kind.
  private func finalFault(_ error: any Error) -> GatewayFault? {
    guard let fault = error as? UpstreamFault else { return error as? GatewayFault }
    switch fault.kind {
    case .error(let status): return [502, 503, 504].contains(status) ? nil : fault.gatewayFault()
    case .unreadable: return fault.gatewayFault()
    default: return nil
    }
  }

  private func undoReset(
    _ before: HeatPumpDocument, _ confirmed: CachedHeatPump, _ request: WriteRequest,
    _ operationID: ResourceID
  ) async throws(GatewayFault) -> (finding: UpstreamReset?, entry: CachedHeatPump?) {
    let fields = HeatPumpPatch.resets(
      before: before, after: confirmed.document, named: request.patch)
    guard !fields.isEmpty else { return (nil, nil) }
    let pointers = fields.map(\.pointer)
    state.withLock { $0.figures.fieldsReset += fields.count }
    logger.error(
      "the upstream reset fields that nobody named",
      metadata: metadata(request, operationID, ["pointers": "\(pointers)"]))
    guard settings.onReset == .restore else {
      return (UpstreamReset(pointers: pointers, restored: false), nil)
    }
    // Whatever the upstream does with absent fields, a whole body leaves it nothing to fill in.
    writeMode = .merge
    let restoring = HeatPumpPatch(restoring: fields, from: before)
    var repair = request
    repair.patch = restoring
    repair.context.deadline = clock.monotonic + settings.callTimeout
    do {
      let entry = try await send(
        restoring.mergedBody(current: confirmed.document), repair, operationID)
      let isRestored = restoring.unapplied(in: entry.document).isEmpty
      return (UpstreamReset(pointers: pointers, restored: isRestored), entry)
    } catch {
      logger.critical(
        "fields reset by the upstream could not be put back",
        metadata: metadata(request, operationID, ["fault": "\(error)"]))
      return (UpstreamReset(pointers: pointers, restored: false), nil)
    }
  }

  private func note(_ request: WriteRequest, _ result: WriteResult) {
    state.withLock { state in
      if result.unapplied.isEmpty {
        state.figures.writesApplied += 1
      } else {
        state.figures.writesUnapplied += 1
      }
    }
    logger.info(
      "write confirmed",
      metadata: metadata(
        request, result.operationID, ["status": "\(result.status(of: request.patch))"]))
  }

  private func metadata(
    _ request: WriteRequest, _ operationID: ResourceID, _ more: Logger.Metadata
  ) -> Logger.Metadata {
    var metadata: Logger.Metadata = [
      "operation_id": "\(operationID)", "heat_pump_id": "\(request.address.id)",
      "origin": "\(request.origin)", "fields": "\(request.patch.changedPointers)",
    ]
    if let requestID = request.context.requestID { metadata["request_id"] = "\(requestID)" }
    return metadata.merging(more) { $1 }
  }
}
