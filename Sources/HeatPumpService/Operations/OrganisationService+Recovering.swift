public import GatewayCore
internal import HeatPumps
internal import Logging
internal import ResponseCache
public import Storage

extension OrganisationService {
  /// Takes up what an earlier process left: last answers, and writes that wait for verification.
  /// Call it before anything is served.
  ///
  /// - Parameter bytes: how much of the cache may be filled.
  /// - Throws: ``StorageFault``.
  public func recover(bytes: Int) async throws(StorageFault) {
    let answers = try await storage.answers(of: settings.name, bytes: bytes)
    let (now, wall) = (clock.monotonic, clock.wall)
    for answer in answers.reversed() {
      guard let document = try? HeatPumpDocument(parsing: answer.upstream) else { continue }
      let address = HeatPumpAddress(user: answer.heatPump.user, id: answer.heatPump.id)
      // Before the start in any case, whatever the wall clock has done since.
      let fetchedAt = min(now - (wall - answer.fetchedAt), startedAt - .nanoseconds(1))
      directory.learn(address)
      _ = cache.store(
        CachedHeatPump(
          document: document,
          identity: HeatPumpIdentity(
            organisation: settings.name, alias: directory.alias(of: address.id),
            userID: address.user),
          fetchedAt: fetchedAt),
        for: key(address.id), startedAt: now, as: .detail)
    }
    let accepted = try await storage.acceptedOperations(of: settings.name)
    for operation in accepted.sorted(by: { $0.sequence < $1.sequence }) { resume(operation) }
    if !answers.isEmpty || !accepted.isEmpty {
      logger.notice(
        "earlier state taken up",
        metadata: ["answers": "\(answers.count)", "unverified": "\(accepted.count)"])
    }
  }

  /// Shows what another process has sent as pending.
  ///
  /// - Parameter isForeign: whether that process waits for its verification; otherwise this one
  ///   does from now on.
  func resume(_ operation: StoredOperation, isForeign: Bool = false) {
    let id = operation.request.heatPump.id
    let sentAt = operation.attempts.last?.at ?? operation.changedAt
    let (ended, pending) = state.withLock { state in
      let overtaken = operation.supersededFields
      let fields = operation.readPatch.assignments.filter { overtaken[$0.field.pointer] == nil }
      let ended = state.pending.add(
        fields, overtaken: overtaken, to: id, at: sentAt, operationID: operation.request.id,
        sequence: operation.sequence, note: WriteNote(operation.request), isForeign: isForeign)
      return (ended, state.pending.values(of: id))
    }
    cache.setPending(pending, for: key(id))
    if !isForeign { listeners.wrote(to: operation.request.heatPump.user, at: clock.monotonic) }
    store(ended)
  }

  /// Takes up lanes that nobody works in: after a crash, of this gateway or another. Ends when the
  /// task is cancelled.
  ///
  /// - Parameter isAlone: whether no other gateway shares the storage. Every lease found at the
  ///   start is a dead process's then, and nobody waits for it to run out.
  public func takeUpLanes(isAlone: Bool) async {
    var mustRelease = isAlone
    while !Task.isCancelled {
      do throws(StorageFault) {
        // Those without anything open, too: whatever is accepted next would wait for their end.
        if mustRelease { try await storage.releaseLanes(except: instanceID) }
        mustRelease = false
        try await takeUpAbandonedLanes()
      } catch {
        logger.warning("lanes could not be looked after", metadata: ["fault": "\(error)"])
      }
      await sweepBell.wait(until: clock.monotonic + Self.sweepInterval, clock: clock)
    }
  }

  private static let sweepInterval = Duration.seconds(2)

  private func takeUpAbandonedLanes() async throws(StorageFault) {
    for heatPump in try await storage.abandonedLanes(at: clock.wall, limit: 1000)
    where heatPump.organisation == settings.name {
      if let lease = try await storage.claimLane(heatPump, laneRequest) { work(in: lease) }
    }
  }

  /// Lets the workers of all lanes come to an end at their next step.
  public func stopLanes() {
    state.withLock { $0.isStopping = true }
    bells.ringAll()
    jobBells.ringAll()
    newJobBell.ring()
  }

  var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Lets what works here without a caller come to its end. Lanes stop between two steps, and what
  /// is queued in them stays stored, for whoever comes next; what is still under way at `deadline`
  /// is broken off.
  ///
  /// - Parameter hasCallers: whether somebody may wait for a read; otherwise reads are broken off
  ///   as soon as no lane needs them.
  public func finish(by deadline: MonotonicInstant, hasCallers: Bool) async {
    stopLanes()
    await errands.finish(by: deadline, clock: clock)
    await reads.finish(by: hasCallers ? deadline : clock.monotonic, clock: clock)
    // A read that ended just then may have shown what was written.
    await errands.finish(by: deadline, clock: clock)
    let left = errands.count + reads.count
    guard left > 0 else { return }
    logger.warning("work goes on after the stop", metadata: ["pieces": "\(left)"])
  }

  /// Keeps the answer that an operation's idempotency key gets from now on. A failure only costs
  /// that: the same key then gets the operation.
  public func keepAnswer(_ answer: StoredAnswer, of operation: ResourceID) async {
    do {
      try await storage.keepAnswer(answer, of: operation)
    } catch {
      logger.warning("an answer could not be kept", metadata: ["fault": "\(error)"])
    }
  }

  /// Forgets what is kept no longer, once in a while. Ends when the task is cancelled.
  public func prune() async {
    while !Task.isCancelled {
      let now = clock.wall
      let retention = current.settings.retention
      do throws(StorageFault) {
        try await storage.pruneHookEvents(
          before: now - retention.hookEvents, bodyBytes: retention.hookEventBytes)
        // Before their operations.
        try await storage.pruneJobs(endedBefore: now - retention.operations)
        try await storage.prune(
          operations: now - retention.operations, keys: now - IdempotencyKey.lifetime,
          settings: now - Self.settingsLifetime)
        try await storage.pruneEvents(retention.events(at: now))
      } catch {
        logger.warning("old records could not be removed", metadata: ["fault": "\(error)"])
      }
      do {
        try await clock.sleep(for: .seconds(600))
      } catch {
        return
      }
    }
  }

  /// An operation of this organisation.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func operation(_ id: ResourceID) async throws(GatewayFault) -> StoredOperation {
    let operation: StoredOperation?
    do {
      operation = try await storage.operation(id)
    } catch {
      throw Self.storageFault(error)
    }
    guard let operation, operation.request.heatPump.organisation == settings.name else {
      throw GatewayFault(.notFound, "There is no such operation.")
    }
    return operation
  }

  /// A heat pump's operations, the newest first.
  ///
  /// - Throws: ``GatewayFault``: `storage-unavailable`.
  public func operations(
    of address: HeatPumpAddress, before: Int64?, limit: Int
  ) async throws(GatewayFault) -> [StoredOperation] {
    do {
      return try await storage.operations(of: reference(address), before: before, limit: limit)
    } catch {
      throw Self.storageFault(error)
    }
  }
}
