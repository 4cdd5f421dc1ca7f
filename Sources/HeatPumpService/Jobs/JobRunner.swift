internal import GatewayCore
internal import HeatPumps
internal import Logging
internal import PoderoClient
internal import Storage

/// The one that carries a job on: begins heat pumps at the job's pace, looks how they fare, and
/// puts back.
///
/// All that counts is stored before it is done, so whoever takes the job over after a crash goes on
/// where the other was.
struct JobRunner {
  var service: OrganisationService
  var lease: JobLease
  let gate: JobGate
  private var pace: (phase: JobPhase, pace: JobPace)?
  // Places behind which nothing was begun, as far as is known here.
  private var cursors: [JobPhase: Int] = [:]
  private var tally = JobTally()
  private var tallyAt: MonotonicInstant?
  private var begunSince = 0
  private var toldAt: MonotonicInstant?
  private var told: JobTally?

  init(service: OrganisationService, lease: JobLease, gate: @escaping JobGate) {
    self.service = service
    self.lease = lease
    self.gate = gate
  }

  var storage: any Storage { service.storage }
  var clock: any GatewayClock { service.clock }

  /// How long the right to a job lasts unless it is renewed.
  static let leaseTime = Duration.seconds(30)
  /// How many operations of a job are under way at once: more would only wait for the budget.
  static let mostOpen = 128
  private static let look = Duration.seconds(1)
  private static let storageBackoff = Backoff(first: .milliseconds(500), most: .seconds(10))

  /// Works until the job has ended, another has taken it, or the service stops.
  mutating func run() async {
    var failures = 0
    while true {
      do throws(StorageFault) {
        if service.isStopping || Task.isCancelled {
          // Whoever comes next need not wait for the lease to run out; if it cannot be stored, they
          // have to.
          try? await storage.releaseJob(lease)
          return
        }
        if try await turn() { return }
        failures = 0
      } catch {
        if error == .leaseLost {
          return service.logger.warning("a job was lost", metadata: ["job_id": "\(lease.job)"])
        }
        failures += 1
        service.logger.error(
          "a job is stuck", metadata: ["job_id": "\(lease.job)", "fault": "\(error)"])
        let chance = service.random.fraction()
        await pause(Self.storageBackoff.pause(after: failures, chance: chance))
      }
    }
  }

  /// One piece of work.
  ///
  /// - Returns: whether the job has ended.
  private mutating func turn() async throws(StorageFault) -> Bool {
    // Settings may have changed since the last one.
    service = service.current
    guard let job = try await heldJob() else { return true }
    guard job.course.state.isOpen else { return true }
    guard let order = JobOrder(stored: job.order) else {
      throw .damaged("the order of job \(job.id)")
    }
    let isCounted = try await count()
    let plan = JobPlan(job: job, order: order, tally: tally, now: clock.wall)
    switch plan.next {
    case .turn(let course):
      // What was begun since the last count would be taken for not begun.
      guard isCounted else {
        tallyAt = nil
        return false
      }
      try await set(course, job)
    case .begin(let phase):
      try await begin(phase, job, order)
    case .withdraw:
      try await withdraw(job)
      tallyAt = nil
    case .wait(let end):
      try await tell(job)
      await pause(min(end.map { $0 - clock.wall } ?? Self.look, Self.look))
    }
    return false
  }

  // Reading is cheap; prolonging the lease is a write.
  private mutating func heldJob() async throws(StorageFault) -> StoredJob? {
    let now = clock.wall
    guard lease.until - now < Self.leaseTime / 2 else { return try await storage.job(lease.job) }
    let held = try await storage.renewJob(lease, until: now + Self.leaseTime)
    lease = held.lease
    return held.job
  }

  /// Counts how the heat pumps fare, once in a while: there may be very many.
  ///
  /// - Returns: whether it has counted.
  private mutating func count() async throws(StorageFault) -> Bool {
    if let tallyAt, clock.monotonic - tallyAt < Self.look { return false }
    let startedAt = clock.monotonic
    tally = try await storage.jobTally(of: lease.job)
    tallyAt = startedAt
    begunSince = 0
    return true
  }

  /// Waits, until the bell rings at the latest.
  private func pause(_ duration: Duration) async {
    let bell = service.jobBells.hang(lease.job)
    _ = try? await bell.value(until: clock.monotonic + max(.zero, duration), clock: clock)
    service.jobBells.remove(lease.job)
  }

  // MARK: Beginning

  private mutating func begin(
    _ phase: JobPhase, _ job: StoredJob, _ order: JobOrder
  ) async throws(StorageFault) {
    let since = phase == .apply ? job.course.startedAt : job.course.revertingSince
    var pace = JobPace(order, startedAt: since ?? clock.wall, now: clock.wall)
    if let known = self.pace, known.phase == phase { pace = known.pace }
    let room = Self.mostOpen - tally.open(phase) - begunSince
    let count = pace.take(max(0, room), at: clock.wall)
    self.pace = (phase, pace)
    guard count > 0 else {
      try await tell(job)
      return await pause(room > 0 ? min(pace.pause(at: clock.wall), Self.look) : Self.look)
    }
    let members = try await storage.jobMembers(
      of: job.id, waitingFor: phase, after: cursors[phase] ?? -1, limit: count)
    switch phase {
    case .apply:
      let steps = apply(members, job, order)
      try await store(steps, phase)
      begunSince += steps.count
    case .revert:
      let (steps, putOff) = try await revert(members, job, order)
      try await store(steps, phase)
      begunSince += steps.count
      if let first = putOff.min() {
        cursors[phase] = first - 1
        return await pause(Self.look)
      }
    }
    cursors[phase] = members.last?.place ?? -1
    // There was less to do than was counted: it is counted again, in a moment.
    if members.count < count {
      tallyAt = nil
      if members.isEmpty { await pause(Self.look) }
    }
  }

  private func store(_ steps: [JobStep], _ phase: JobPhase) async throws(StorageFault) {
    guard !steps.isEmpty else { return }
    let lanes = try await storage.begin(
      steps, phase, lease: lease, lane: service.laneRequest)
    let own = Set(lanes.map(\.heatPump))
    for lane in lanes { service.work(in: lane) }
    for case .operation(let operation) in steps.map(\.action)
    where !own.contains(operation.heatPump) {
      service.bells.ring(operation.heatPump.id)
    }
  }

  private func apply(
    _ members: [StoredJobMember], _ job: StoredJob, _ order: JobOrder
  ) -> [JobStep] {
    let permission = gate(job.organisation, job.app, order.patch)
    return members.map { member in
      let address = HeatPumpAddress(user: member.heatPump.user, id: member.heatPump.id)
      if let reason = permission.refusal(of: address) {
        return JobStep(place: member.place, action: .skip(reason: reason))
      }
      return JobStep(
        place: member.place,
        action: .operation(
          operation(order.patch, member, job, order, end: order.deadline)))
    }
  }

  /// An update of a job as it is queued.
  func operation(
    _ patch: HeatPumpPatch, _ member: StoredJobMember, _ job: StoredJob, _ order: JobOrder,
    end: Timestamp? = nil, precondition: UInt64? = nil
  ) -> NewOperation {
    let now = clock.wall
    let last = now + Self.patience
    return NewOperation(
      id: service.random.timeOrderedID(at: now), heatPump: member.heatPump,
      origin: OperationOrigin(kind: .job, name: job.app, occasion: job.id.description),
      patch: patch.bodyText, precondition: precondition.map { [$0] }, acceptedAt: now,
      expiresAt: end.map { min($0, last) } ?? last, retries: true,
      traceparent: order.traceparent)
  }

  /// How long the update of one heat pump is tried.
  private static let patience = Duration.seconds(1800)

  // MARK: Ending

  private mutating func set(_ course: JobCourse, _ job: StoredJob) async throws(StorageFault) {
    var changed = job
    changed.course = course
    let event = service.event(of: changed, tally, at: clock.wall)
    try await storage.setCourse(course, lease: lease, events: [event])
    service.announce([event])
    (toldAt, told) = (clock.monotonic, tally)
    service.logger.notice(
      "job \(course.state.rawValue)",
      metadata: [
        "job_id": "\(job.id)", "app": "\(job.app)", "heat_pumps": "\(job.size)",
        "failed": "\(tally.failed)", "reason": "\(course.reason ?? "none")",
      ])
  }

  /// Tells how far the job has come, if that is news, and not too often.
  private mutating func tell(_ job: StoredJob) async throws(StorageFault) {
    guard tally != told, toldAt.map({ clock.monotonic - $0 >= Self.tellingPause }) ?? true else {
      return
    }
    let event = service.event(of: job, tally, at: clock.wall)
    try await storage.setCourse(job.course, lease: lease, events: [event])
    service.announce([event])
    (toldAt, told) = (clock.monotonic, tally)
  }

  private static let tellingPause = Duration.seconds(5)

  private func withdraw(_ job: StoredJob) async throws(StorageFault) {
    var place = -1
    while true {
      let members = try await storage.jobMembers(
        of: job.id, waitingFor: nil, after: place, limit: 500)
      guard let last = members.last else { return }
      place = last.place
      let queued = members.flatMap { [$0.apply.operation, $0.revert.operation] }
        .compactMap { $0 }.filter { $0.state == .queued }
      for operation in queued {
        do throws(GatewayFault) {
          _ = try await service.cancel(operation)
        } catch  where error.type == .storageUnavailable {
          throw .unavailable(error.cause)
        } catch {
          // It was sent meanwhile, and is waited for.
        }
      }
    }
  }
}
