public import GatewayCore

/// Fleet jobs: what is to be done, with which heat pumps, and how far it has come.
///
/// A job has no queue of its own: what it does about a heat pump is an operation in that heat
/// pump's lane, stored together with the note that it was begun, and where the heat pump stands is
/// read from there. So an operation is kept for as long as its job is, whatever
/// ``Storage/prune(operations:keys:settings:)`` is asked to forget.
public protocol JobStorage: Sendable {
  /// Stores a job as `queued`, with its heat pumps: all or nothing, and once per key.
  ///
  /// - Throws: ``StorageFault``; `unavailable` if the id is taken.
  func createJob(_ job: NewJob) async throws(StorageFault) -> JobCreation

  /// One job.
  ///
  /// - Throws: ``StorageFault``.
  func job(_ id: ResourceID) async throws(StorageFault) -> StoredJob?

  /// An organisation's jobs, the newest first.
  ///
  /// - Parameters:
  ///   - app: only those of this app; `nil` for all.
  ///   - before: only those with a smaller sequence number; `nil` for the newest.
  /// - Throws: ``StorageFault``.
  func jobs(
    of organisation: String, app: String?, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredJob]

  /// Takes the oldest open job of an organisation that nobody holds at `request.now`.
  ///
  /// - Throws: ``StorageFault``.
  func claimJob(
    of organisation: String, _ request: LaneRequest
  ) async throws(StorageFault) -> ClaimedJob?

  /// Prolongs a lease.
  ///
  /// - Returns: the job as it stands, with what its app wants of it by now.
  /// - Throws: ``StorageFault``; `leaseLost` if somebody else carries the job on.
  func renewJob(
    _ lease: JobLease, until: Timestamp
  ) async throws(StorageFault) -> ClaimedJob

  /// Gives a job back, so that whoever comes next need not wait for the lease to run out.
  ///
  /// - Throws: ``StorageFault``; `leaseLost` if somebody else carries the job on.
  func releaseJob(_ lease: JobLease) async throws(StorageFault)

  /// Takes all jobs from whoever holds them, except one gateway: for a gateway that knows that it
  /// is alone.
  ///
  /// - Throws: ``StorageFault``.
  func releaseJobs(except owner: ResourceID) async throws(StorageFault)

  /// Stores how far a job has come, and the events that tell of it: all or nothing.
  ///
  /// - Throws: ``StorageFault``; `leaseLost` if somebody else carries the job on.
  func setCourse(
    _ course: JobCourse, lease: JobLease, events: [NewEvent]
  ) async throws(StorageFault)

  /// Stores what a job's app wants of it after all. Of two wishes the later counts.
  ///
  /// - Returns: the job, unchanged if it has ended; `nil` if there is none.
  /// - Throws: ``StorageFault``.
  func wish(_ wish: JobWish, of job: ResourceID) async throws(StorageFault) -> StoredJob?

  /// Stores steps together with their operations, as `queued`, and takes the operations' lanes
  /// where they are free: all or nothing. A step that was stored before stays as it is, without a
  /// second operation.
  ///
  /// - Returns: the lanes that are the asker's now.
  /// - Throws: ``StorageFault``; `leaseLost` if somebody else carries the job on.
  func begin(
    _ steps: [JobStep], _ phase: JobPhase, lease: JobLease, lane: LaneRequest
  ) async throws(StorageFault) -> [LaneLease]

  /// Stores what the fields of jobs' operations held before those were sent, by the operations'
  /// ids. It replaces what was there; operations of no job are skipped.
  ///
  /// - Throws: ``StorageFault``.
  func keepBefore(_ values: [ResourceID: [UInt8]]) async throws(StorageFault)

  /// The heat pump of a job whose change is that operation.
  ///
  /// - Throws: ``StorageFault``.
  func jobMember(changedBy operation: ResourceID) async throws(StorageFault) -> StoredJobMember?

  /// Heat pumps of a job in their order.
  ///
  /// - Parameters:
  ///   - phase: only those of which nothing was begun in this phase; `nil` for all.
  ///   - place: only those behind this place; -1 for the first.
  /// - Throws: ``StorageFault``.
  func jobMembers(
    of job: ResourceID, waitingFor phase: JobPhase?, after place: Int, limit: Int
  ) async throws(StorageFault) -> [StoredJobMember]

  /// How many heat pumps of a job stand where.
  ///
  /// - Throws: ``StorageFault``.
  func jobTally(of job: ResourceID) async throws(StorageFault) -> JobTally

  /// Forgets jobs that ended before then, with their heat pumps and keys; their operations stay
  /// for as long as any.
  ///
  /// - Returns: how many jobs went.
  /// - Throws: ``StorageFault``.
  @discardableResult
  func pruneJobs(endedBefore: Timestamp) async throws(StorageFault) -> Int
}
