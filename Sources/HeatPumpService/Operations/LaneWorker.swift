internal import GatewayCore
internal import HeatPumps
internal import Logging
internal import PoderoClient
internal import ResponseCache
internal import Storage

/// The one writer to a heat pump: takes what is queued, in order, until nothing is left.
///
/// It holds the lane's lease; every durable step checks it, so a worker that was overtaken (after a
/// long stall, say) stops before it sends anything.
struct LaneWorker {
  var service: OrganisationService
  var lease: LaneLease
  /// What was fetched earlier may lack what another gateway has written since; `nil` if none has.
  let copiesFrom: MonotonicInstant?
  /// All that is open, where that is known before the first look.
  var only: StoredOperation?
  /// The changes of an operation that need not be read.
  let known: (id: ResourceID, patch: HeatPumpPatch)?
  /// The update of ``only``, if that was stored as sent: it goes out before anything else.
  var outgoing: OutgoingUpdate?

  var heatPump: HeatPumpReference { lease.heatPump }
  var storage: any Storage { service.storage }
  var clock: any GatewayClock { service.clock }

  /// Works until the lane is empty or lost.
  mutating func run() async {
    var failures = 0
    while true {
      do throws(StorageFault) {
        if service.isStopping {
          // Whoever comes next need not wait for the lease to run out; if it cannot be stored, they
          // have to.
          _ = try? await storage.renewLane(lease, until: clock.wall)
          return
        }
        if try await turn() {
          service.emptyLanes.note(lease)
          return
        }
        failures = 0
      } catch {
        switch error {
        case .leaseLost:
          service.logger.warning(
            "a lane was lost", metadata: ["heat_pump_id": "\(heatPump.id)"])
          return
        case .outdated:
          // Somebody withdrew an operation just now: the next turn sees the lane without it. Should
          // it not, there must be no rush.
          failures += 1
          if failures < 3 { continue }
        case .unavailable, .damaged:
          failures += 1
        }
        service.logger.error("a lane is stuck", metadata: ["fault": "\(error)"])
        let chance = service.random.fraction()
        await pause(for: Self.storageBackoff.pause(after: failures, chance: chance))
      }
    }
  }

  private static let storageBackoff = Backoff(first: .milliseconds(500), most: .seconds(10))

  /// One piece of work.
  ///
  /// - Returns: whether the lane was given back.
  private mutating func turn() async throws(StorageFault) -> Bool {
    // Settings may have changed since the last one.
    service = service.current
    if let update = outgoing.take(), let operation = only.take() {
      let member = LaneBatch.Member(operation: operation, patch: readPatch(of: operation))
      return try await transmit(
        LaneBatch(member), update.before, update.body, sentAt: update.departure.attempt.at)
    }
    let open = try await openOperations()
    guard !open.isEmpty else { return try await storage.releaseLane(lease) }
    let sent = LaneBatch.sentTogether(open)
    if !sent.isEmpty {
      // Somebody sent these and did not live to see the answer.
      return try await settle(LaneBatch(sent: sent), before: nil)
    }
    let now = clock.wall
    let expired = open.filter { $0.request.expiresAt <= now }
    if !expired.isEmpty {
      for operation in expired { try await conclude([operation], .expired, operation.expiry) }
      return false
    }
    let due = LaneBatch.due(open, at: now)
    if due > now {
      let end = open.map(\.request.expiresAt).min() ?? due
      try await renew()
      await pause(for: min(min(due, end) - now, service.settings.callTimeout))
      return false
    }
    return try await send(LaneBatch.candidates(open))
  }

  private mutating func openOperations() async throws(StorageFault) -> [StoredOperation] {
    if let operation = only.take() { return [operation] }
    return try await storage.openOperations(of: heatPump)
  }

  /// Waits, until the bell rings at the latest.
  private func pause(for duration: Duration) async {
    let bell = service.bells.hang(heatPump.id)
    // Asked only now: whoever stops the lanes says so first, and rings then.
    if !service.isStopping {
      _ = try? await bell.value(until: clock.monotonic + duration, clock: clock)
    }
    service.bells.remove(heatPump.id)
  }

  /// Waits, whatever comes into the lane meanwhile, unless the lanes stop.
  func rest(for duration: Duration) async {
    let end = clock.monotonic + duration
    while !service.isStopping, clock.monotonic < end {
      await pause(for: end - clock.monotonic)
    }
  }

  /// Makes sure that the lane stays ours for one more call with all that may follow it.
  mutating func renew() async throws(StorageFault) {
    let now = clock.wall
    guard lease.until - now < service.settings.callTimeout * 2 else { return }
    lease = try await storage.renewLane(lease, until: now + service.leaseTime)
  }

  // MARK: Sending

  // All of these say whether the lane was given back.

  private mutating func send(_ operations: [StoredOperation]) async throws(StorageFault) -> Bool {
    let current: CachedHeatPump
    do {
      current = try await service.currentState(
        heatPump, maximumAge: copyAge(for: operations), context(operations))
    } catch {
      try await giveUp(operations, error)
      return false
    }
    let batch = try await admit(operations, current)
    guard !batch.members.isEmpty else { return false }
    return try await send(batch, current)
  }

  // A conditional write compares with what is there, so what is there must be known well.
  private func copyAge(for operations: [StoredOperation]) -> Duration {
    let age =
      operations.contains { $0.request.precondition?.isEmpty == false }
      ? CachePolicy.shortestRefetch : service.settings.cache.fresh
    return copiesFrom.map { min(age, clock.monotonic - $0) } ?? age
  }

  /// Those operations that are in time and whose conditions hold; the others are ended.
  private func admit(
    _ operations: [StoredOperation], _ current: CachedHeatPump
  ) async throws(StorageFault) -> LaneBatch {
    var batch = LaneBatch()
    for operation in operations {
      // Reading the present state, or waiting for leave to do so, may have taken the rest of it.
      guard operation.request.expiresAt > clock.wall else {
        try await conclude([operation], .expired, operation.expiry)
        continue
      }
      let member = LaneBatch.Member(operation: operation, patch: readPatch(of: operation))
      if let fault = try await service.preconditionFault(member, current.document) {
        try await conclude([operation], .rejected, fault)
        continue
      }
      do throws(GatewayFault) {
        try batch.add(member, against: current.document)
      } catch {
        try await conclude([operation], .rejected, error)
      }
    }
    return batch
  }

  mutating func send(
    _ batch: LaneBatch, _ before: CachedHeatPump
  ) async throws(StorageFault) -> Bool {
    let body = service.updateBody(of: batch.patch, current: before.document)
    try await renew()
    let sentAt = clock.wall
    // Whatever was stored since they were let in may have taken long; the next turn ends the late.
    guard batch.operations.allSatisfy({ $0.request.expiresAt > sentAt }) else { return false }
    try await keepBefore(batch, before.document)
    try await storage.markSent(
      batch.operations.map(\.request.id), SendAttempt(at: sentAt, of: body), lease: lease)
    return try await transmit(batch, before, body, sentAt: sentAt)
  }

  /// Sends what is stored as sent.
  private mutating func transmit(
    _ batch: LaneBatch, _ before: CachedHeatPump, _ body: [UInt8], sentAt: Timestamp
  ) async throws(StorageFault) -> Bool {
    CrashPoint.reach(.sent)
    service.expectChange(by: before)
    let departure = clock.monotonic
    do {
      let document = try await service.update(heatPump, body, updateContext(batch.operations))
      CrashPoint.reach(.answered)
      return try await confirm(
        batch, before.document, document, sentAt: sentAt, departure: departure)
    } catch let fault as UpstreamFault {
      return try await failed(batch, fault, before.document, sentAt: sentAt)
    } catch let fault as StorageFault {
      throw fault
    } catch {
      // `update` throws nothing else.
      throw .damaged("\(error)")
    }
  }

  /// Notes what jobs are about to change, so that they can put it back.
  private func keepBefore(
    _ batch: LaneBatch, _ document: HeatPumpDocument
  ) async throws(StorageFault) {
    var values: [ResourceID: [UInt8]] = [:]
    for (index, member) in batch.members.enumerated()
    where member.operation.request.origin.kind == .job {
      let id = member.operation.request.id
      var known: JSONObject?
      if !member.operation.attempts.isEmpty {
        let noted = try await storage.jobMember(changedBy: id)?.before
        known = noted.flatMap { try? JSONValue(parsing: $0) }?.object
      }
      let before = JobRevert.before(
        member.patch, in: document, known: known,
        earlier: batch.members[..<index].map(\.patch))
      values[id] = JSONValue.object(before).encoded
    }
    if !values.isEmpty { try await storage.keepBefore(values) }
  }

  private mutating func failed(
    _ batch: LaneBatch, _ fault: UpstreamFault, _ before: HeatPumpDocument, sentAt: Timestamp
  ) async throws(StorageFault) -> Bool {
    let operations = batch.operations
    if fault.mayHaveBeenApplied {
      let sent = batch.marked(sentAt)
      if fault.isFinal, let document = await service.readForSettling(heatPump, context(operations))
      {
        if batch.patch.unapplied(in: document).isEmpty {
          return try await confirm(sent, before, document, sentAt: sentAt, as: .detail)
        }
        try await giveUp(operations, fault.translated())
        return false
      }
      return try await settle(sent, before: before)
    }
    if fault.kind == .notFound {
      service.forget(HeatPumpAddress(user: heatPump.user, id: heatPump.id))
    }
    guard case .rejected = fault.kind else {
      try await giveUp(operations, fault.translated())
      return false
    }
    guard operations.count > 1 else {
      try await conclude(operations, .rejected, fault.translated())
      return false
    }
    return try await sendOneByOne(operations)
  }

  /// One bad value must not take the others with it.
  private mutating func sendOneByOne(
    _ operations: [StoredOperation]
  ) async throws(StorageFault) -> Bool {
    // Nothing of them is at work upstream. Should this process die among them, whoever comes next
    // must find them in their order again.
    try await storage.conclude(
      operations.map { Conclusion(operationID: $0.request.id, state: .queued) }, at: clock.wall,
      lease: lease, audit: [])
    for operation in operations where !service.isStopping {
      if try await send([operation]) { return true }
      // Those behind one that has to be tried again must not go before it.
      if try await storage.operation(operation.request.id)?.state.isOpen == true { return false }
    }
    return false
  }

  /// Nothing was changed: tries again later what may wait, and ends the rest. What may wait is
  /// tried until its time is over, and expires then.
  func giveUp(
    _ operations: [StoredOperation], _ fault: GatewayFault
  ) async throws(StorageFault) {
    // What was broken off at the stop stays as it is stored, for whoever comes next.
    if Task.isCancelled { return }
    let now = clock.wall
    var waiting: [Conclusion] = []
    var ended: [StoredOperation] = []
    for operation in operations {
      if operation.request.retries, fault.mayPass {
        let pause = Self.retryPause(
          age: now - operation.request.acceptedAt, chance: service.random.fraction())
        let next = now + max(pause, fault.retryAfter ?? .zero)
        waiting.append(
          Conclusion(
            operationID: operation.request.id, state: .queued,
            outcome: OperationOutcome.failed(fault),
            notBefore: min(next, operation.request.expiresAt)))
      } else {
        ended.append(operation)
      }
    }
    if !waiting.isEmpty {
      try await storage.conclude(waiting, at: now, lease: lease, audit: [])
    }
    if !ended.isEmpty { try await conclude(ended, .failed, fault) }
  }

  /// Grows with the time that it has waited already, so that nothing has to be counted: up to that
  /// long again, with full jitter, from 1 s to 10 min.
  static func retryPause(age: Duration, chance: Double) -> Duration {
    max(.seconds(1), min(age, .seconds(600)) * chance)
  }

  // Storing and waiting for leave take time, too, so the client looks at the clock once more.
  private func updateContext(_ operations: [StoredOperation]) -> CallContext {
    var context = context(operations)
    let end = operations.map(\.request.expiresAt).min()
    context.latestStart = end.map { clock.monotonic + ($0 - clock.wall) }
    return context
  }

  func context(_ operations: [StoredOperation]) -> CallContext {
    // Not lazily: `first` would ask twice, and whoever waits may leave in between.
    let caller = operations.compactMap { service.board.context(of: $0.request.id) }.first
    let priority = operations.map { CallPriority($0.request.origin.kind) }.min() ?? .write
    return CallContext(
      priority: priority, deadline: clock.monotonic + service.settings.callTimeout,
      traceparent: caller?.traceparent, requestID: caller?.requestID)
  }
}

extension CallPriority {
  fileprivate init(_ kind: OperationOrigin.Kind) {
    switch kind {
    case .app: self = .write
    case .hook: self = .event
    case .job: self = .job
    }
  }
}

extension UpstreamFault {
  /// Whether the upstream has answered, however badly: it is at work no more then, so that what is
  /// not seen now was not done. A proxy's word that the upstream is away says nothing of the kind.
  fileprivate var isFinal: Bool {
    switch kind {
    case .error(let status): ![502, 503, 504].contains(status)
    case .unreadable: true
    default: false
    }
  }
}

extension StoredOperation {
  /// The problem of an operation whose time is over, with what it met last, if it met something.
  fileprivate var expiry: GatewayFault {
    let last = problemDetail.map { " The last try met: \($0)" } ?? ""
    return GatewayFault(
      .upstreamTimeout, "Its time was over before the upstream took it.\(last)")
  }
}

extension GatewayFault {
  /// Whether the same update may succeed later. Where the gateway's credentials are refused the
  /// caller can do nothing, but whoever runs the gateway puts them right.
  fileprivate var mayPass: Bool {
    type == .upstreamCredentials || ProblemCatalogue.entry(type).resolution == .retryLater
  }
}

extension LaneBatch {
  /// A batch of operations that were sent already.
  init(sent: [StoredOperation]) {
    self.init()
    for operation in sent {
      addSent(Member(operation: operation, patch: operation.readPatch))
    }
  }

  /// The same batch, known to have been sent once more.
  func marked(_ sentAt: Timestamp) -> LaneBatch {
    LaneBatch(
      sent: members.map { member in
        var operation = member.operation
        operation.state = .sent
        operation.attempts.append(SendAttempt(at: sentAt, body: 0))
        return operation
      })
  }
}
