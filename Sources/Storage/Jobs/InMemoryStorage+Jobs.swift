public import GatewayCore

extension InMemoryStorage {
  /// ``JobStorage/createJob(_:)``.
  public func createJob(_ job: NewJob) async throws(StorageFault) -> JobCreation {
    try write { state throws(StorageFault) in try state.createJob(job) }
  }

  /// ``JobStorage/job(_:)``.
  public func job(_ id: ResourceID) async throws(StorageFault) -> StoredJob? {
    try read { $0.job(id) }
  }

  /// ``JobStorage/jobs(of:app:before:limit:)``.
  public func jobs(
    of organisation: String, app: String?, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredJob] {
    try read { $0.jobs(of: organisation, app: app, before: before, limit: limit) }
  }

  /// ``JobStorage/claimJob(of:_:)``.
  public func claimJob(
    of organisation: String, _ request: LaneRequest
  ) async throws(StorageFault) -> ClaimedJob? {
    try write { $0.claimJob(of: organisation, request) }
  }

  /// ``JobStorage/renewJob(_:until:)``.
  public func renewJob(
    _ lease: JobLease, until: Timestamp
  ) async throws(StorageFault) -> ClaimedJob {
    try write { state throws(StorageFault) in try state.renewJob(lease, until: until) }
  }

  /// ``JobStorage/releaseJob(_:)``.
  public func releaseJob(_ lease: JobLease) async throws(StorageFault) {
    try write { state throws(StorageFault) in try state.releaseJob(lease) }
  }

  /// ``JobStorage/releaseJobs(except:)``.
  public func releaseJobs(except owner: ResourceID) async throws(StorageFault) {
    try write { $0.releaseJobs(except: owner) }
  }

  /// ``JobStorage/setCourse(_:lease:events:)``.
  public func setCourse(
    _ course: JobCourse, lease: JobLease, events: [NewEvent]
  ) async throws(StorageFault) {
    try write { state throws(StorageFault) in
      try state.setCourse(course, lease: lease, events: events)
    }
  }

  /// ``JobStorage/wish(_:of:)``.
  public func wish(_ wish: JobWish, of job: ResourceID) async throws(StorageFault) -> StoredJob? {
    try write { $0.wish(wish, of: job) }
  }

  /// ``JobStorage/begin(_:_:lease:lane:)``.
  public func begin(
    _ steps: [JobStep], _ phase: JobPhase, lease: JobLease, lane: LaneRequest
  ) async throws(StorageFault) -> [LaneLease] {
    try write { state throws(StorageFault) in
      try state.begin(steps, phase, lease: lease, lane: lane)
    }
  }

  /// ``JobStorage/keepBefore(_:)``.
  public func keepBefore(_ values: [ResourceID: [UInt8]]) async throws(StorageFault) {
    try write { $0.keepBefore(values) }
  }

  /// ``JobStorage/jobMember(changedBy:)``.
  public func jobMember(
    changedBy operation: ResourceID
  ) async throws(StorageFault) -> StoredJobMember? {
    try read { $0.jobMember(changedBy: operation) }
  }

  /// ``JobStorage/jobMembers(of:waitingFor:after:limit:)``.
  public func jobMembers(
    of job: ResourceID, waitingFor phase: JobPhase?, after place: Int, limit: Int
  ) async throws(StorageFault) -> [StoredJobMember] {
    try read { $0.jobMembers(of: job, waitingFor: phase, after: place, limit: limit) }
  }

  /// ``JobStorage/jobTally(of:)``.
  public func jobTally(of job: ResourceID) async throws(StorageFault) -> JobTally {
    try read { $0.jobTally(of: job) }
  }

  /// ``JobStorage/pruneJobs(endedBefore:)``.
  @discardableResult
  public func pruneJobs(endedBefore limit: Timestamp) async throws(StorageFault) -> Int {
    try write { $0.pruneJobs(endedBefore: limit) }
  }
}
