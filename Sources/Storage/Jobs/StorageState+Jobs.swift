public import GatewayCore

/// The jobs that a ``StorageState`` knows.
struct JobTable: Sendable {
  struct Key: Hashable {
    let app: String
    let key: String
  }

  /// What is stored of one phase of one heat pump; the operation lives where operations do.
  enum Step: Sendable {
    case waiting
    case skipped(reason: String)
    case operation(ResourceID)
  }

  struct Member: Sendable {
    let heatPump: HeatPumpReference
    var before: [UInt8]?
    var steps: [JobPhase: Step] = [:]
  }

  struct Record: Sendable {
    var job: StoredJob
    var key: IdempotencyKey?
    var holder = LaneState.unused
    var members: [Member]
  }

  var lastSequence: Int64 = 0
  var records: [ResourceID: Record] = [:]
  /// In the order of acceptance.
  var order: [ResourceID] = []
  var keys: [Key: ResourceID] = [:]
  /// Where an operation of a job belongs.
  var origins: [ResourceID: (job: ResourceID, place: Int, phase: JobPhase)] = [:]

  /// Whether an operation is kept because its job is.
  func keeps(_ operation: ResourceID) -> Bool {
    origins[operation].map { records[$0.job] != nil } ?? false
  }
}

extension StorageState {
  /// ``JobStorage/createJob(_:)``.
  ///
  /// - Throws: ``StorageFault/unavailable(_:)`` if the id is taken.
  public mutating func createJob(_ new: NewJob) throws(StorageFault) -> JobCreation {
    if let key = new.key, let known = jobs.keys[JobTable.Key(app: key.app, key: key.key)],
      let record = jobs.records[known]
    {
      return record.key?.fingerprint == key.fingerprint ? .repeated(record.job) : .mismatch
    }
    guard jobs.records[new.id] == nil else {
      throw .unavailable("a job with the id \(new.id) is stored already")
    }
    jobs.lastSequence += 1
    let job = StoredJob(creating: new, sequence: jobs.lastSequence)
    jobs.records[new.id] = JobTable.Record(
      job: job, key: new.key, members: new.heatPumps.map { JobTable.Member(heatPump: $0) })
    jobs.order.append(new.id)
    if let key = new.key { jobs.keys[JobTable.Key(app: key.app, key: key.key)] = new.id }
    return .created(job)
  }

  /// ``JobStorage/job(_:)``.
  public func job(_ id: ResourceID) -> StoredJob? { jobs.records[id]?.job }

  /// ``JobStorage/jobs(of:app:before:limit:)``.
  public func jobs(
    of organisation: String, app: String?, before: Int64?, limit: Int
  ) -> [StoredJob] {
    let all = jobs.order.reversed().lazy.compactMap { jobs.records[$0]?.job }
    return Array(
      all.filter { job in
        job.organisation == organisation && app.map { $0 == job.app } ?? true
          && job.sequence < before ?? .max
      }.prefix(max(0, limit)))
  }

  /// ``JobStorage/claimJob(of:_:)``.
  public mutating func claimJob(
    of organisation: String, _ request: LaneRequest
  ) -> ClaimedJob? {
    for id in jobs.order {
      guard var record = jobs.records[id], record.job.organisation == organisation,
        record.job.course.state.isOpen, record.holder.take(request)
      else { continue }
      jobs.records[id] = record
      return record.claimed
    }
    return nil
  }

  /// ``JobStorage/renewJob(_:until:)``.
  ///
  /// - Throws: ``StorageFault/leaseLost``.
  public mutating func renewJob(
    _ lease: JobLease, until: Timestamp
  ) throws(StorageFault) -> ClaimedJob {
    var record = try held(lease)
    record.holder.until = until
    jobs.records[lease.job] = record
    return record.claimed
  }

  /// ``JobStorage/releaseJob(_:)``.
  ///
  /// - Throws: ``StorageFault/leaseLost``.
  public mutating func releaseJob(_ lease: JobLease) throws(StorageFault) {
    var record = try held(lease)
    record.holder.owner = nil
    jobs.records[lease.job] = record
  }

  /// ``JobStorage/releaseJobs(except:)``.
  public mutating func releaseJobs(except owner: ResourceID) {
    for (id, record) in jobs.records where record.holder.owner != owner {
      jobs.records[id]?.holder.owner = nil
    }
  }

  /// ``JobStorage/setCourse(_:lease:events:)``.
  ///
  /// - Throws: ``StorageFault/leaseLost``, and ``StorageFault/unavailable(_:)`` if an event's id is
  ///   taken.
  public mutating func setCourse(
    _ course: JobCourse, lease: JobLease, events: [NewEvent]
  ) throws(StorageFault) {
    var record = try held(lease)
    if !events.isEmpty { _ = try append(EventBatch(events: events)) }
    record.job.course = course
    jobs.records[lease.job] = record
  }

  /// ``JobStorage/wish(_:of:)``.
  public mutating func wish(_ wish: JobWish, of id: ResourceID) -> StoredJob? {
    guard let job = jobs.records[id]?.job else { return nil }
    guard job.course.state.isOpen else { return job }
    jobs.records[id]?.job.wish = wish
    return jobs.records[id]?.job
  }

  /// ``JobStorage/begin(_:_:lease:lane:)``.
  ///
  /// - Throws: ``StorageFault/leaseLost``, and ``StorageFault/unavailable(_:)`` if an operation's
  ///   id is taken.
  public mutating func begin(
    _ steps: [JobStep], _ phase: JobPhase, lease: JobLease, lane: LaneRequest
  ) throws(StorageFault) -> [LaneLease] {
    _ = try held(lease)
    var state = self
    var leases: [LaneLease] = []
    for step in steps {
      guard case .waiting? = state.jobs.records[lease.job]?.step(step.place, phase) else {
        continue
      }
      switch step.action {
      case .skip(let reason):
        state.jobs.records[lease.job]?.members[step.place].steps[phase] = .skipped(reason: reason)
      case .operation(let operation):
        guard case .accepted(_, let laneLease) = try state.accept(operation, key: nil, lane: lane)
        else { continue }
        if let laneLease { leases.append(laneLease) }
        state.jobs.records[lease.job]?.members[step.place].steps[phase] = .operation(operation.id)
        state.jobs.origins[operation.id] = (lease.job, step.place, phase)
      }
    }
    self = state
    return leases
  }

  /// ``JobStorage/keepBefore(_:)``.
  public mutating func keepBefore(_ values: [ResourceID: [UInt8]]) {
    for (operation, before) in values {
      guard let origin = jobs.origins[operation], origin.phase == .apply else { continue }
      jobs.records[origin.job]?.members[origin.place].before = before
    }
  }

  /// ``JobStorage/jobMember(changedBy:)``.
  public func jobMember(changedBy operation: ResourceID) -> StoredJobMember? {
    guard let origin = jobs.origins[operation], origin.phase == .apply,
      let record = jobs.records[origin.job]
    else { return nil }
    return member(record, origin.place)
  }

  /// ``JobStorage/jobMembers(of:waitingFor:after:limit:)``.
  public func jobMembers(
    of job: ResourceID, waitingFor phase: JobPhase?, after place: Int, limit: Int
  ) -> [StoredJobMember] {
    guard let record = jobs.records[job] else { return [] }
    let wanted = record.members.indices.lazy.filter { index in
      guard index > place else { return false }
      guard let phase else { return true }
      guard case .waiting? = record.step(index, phase) else { return false }
      return true
    }
    return wanted.prefix(max(0, limit)).map { member(record, $0) }
  }

  /// ``JobStorage/jobTally(of:)``.
  public func jobTally(of job: ResourceID) -> JobTally {
    var tally = JobTally()
    guard let record = jobs.records[job] else { return tally }
    for place in record.members.indices {
      tally.counts[member(record, place).standing, default: 0] += 1
    }
    return tally
  }

  /// ``JobStorage/pruneJobs(endedBefore:)``.
  public mutating func pruneJobs(endedBefore limit: Timestamp) -> Int {
    let old = jobs.order.filter { id in
      jobs.records[id]?.job.course.endedAt.map { $0 < limit } ?? false
    }
    for id in old {
      guard let key = jobs.records.removeValue(forKey: id)?.key else { continue }
      jobs.keys[JobTable.Key(app: key.app, key: key.key)] = nil
    }
    let gone = Set(old)
    jobs.order.removeAll { gone.contains($0) }
    jobs.origins = jobs.origins.filter { !gone.contains($0.value.job) }
    return old.count
  }

  private func held(_ lease: JobLease) throws(StorageFault) -> JobTable.Record {
    guard let record = jobs.records[lease.job], record.holder.owner != nil,
      record.holder.fence == lease.fence
    else { throw .leaseLost }
    return record
  }

  private func member(_ record: JobTable.Record, _ place: Int) -> StoredJobMember {
    let member = record.members[place]
    return StoredJobMember(
      place: place, heatPump: member.heatPump, apply: view(member.steps[.apply]),
      before: member.before, revert: view(member.steps[.revert]))
  }

  private func view(_ step: JobTable.Step?) -> JobStepRecord {
    switch step {
    case nil, .waiting: return .waiting
    case .skipped(let reason): return .skipped(reason: reason)
    case .operation(let id):
      // It is kept for as long as its job is.
      return operation(id).map { .operation($0) } ?? .waiting
    }
  }
}

extension JobTable.Record {
  fileprivate var claimed: ClaimedJob {
    ClaimedJob(
      job: job, lease: JobLease(job: job.id, fence: holder.fence, until: holder.until))
  }

  /// What is stored of a step; `nil` if there is no such place.
  fileprivate func step(_ place: Int, _ phase: JobPhase) -> JobTable.Step? {
    guard members.indices.contains(place) else { return nil }
    return members[place].steps[phase] ?? .waiting
  }
}
