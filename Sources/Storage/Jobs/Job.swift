public import GatewayCore

/// A fleet job that is about to be stored: one change of many heat pumps.
public struct NewJob: Sendable, Equatable {
  /// Its id, ordered in time.
  public var id: ResourceID
  /// The organisation's configured name.
  public var organisation: String
  /// The configured name of the app that owns it.
  public var app: String
  /// The request's idempotency key, if it had one.
  public var key: IdempotencyKey?
  /// What is to be done; the storage does not look into it.
  public var order: [UInt8]
  /// When it was accepted.
  public var createdAt: Timestamp
  /// The heat pumps, each once, in the order in which they are begun.
  public var heatPumps: [HeatPumpReference]

  /// Creates a job.
  public init(
    id: ResourceID, organisation: String, app: String, key: IdempotencyKey? = nil,
    order: [UInt8], createdAt: Timestamp, heatPumps: [HeatPumpReference]
  ) {
    self.id = id
    self.organisation = organisation
    self.app = app
    self.key = key
    self.order = order
    self.createdAt = createdAt
    self.heatPumps = heatPumps
  }
}

/// A stored job.
public struct StoredJob: Sendable, Equatable {
  /// Its id.
  public var id: ResourceID
  /// The order of acceptance: later ones have larger numbers.
  public var sequence: Int64
  /// The organisation's configured name.
  public var organisation: String
  /// The app that owns it.
  public var app: String
  /// ``NewJob/order``.
  public var order: [UInt8]
  /// When it was accepted.
  public var createdAt: Timestamp
  /// How many heat pumps it has.
  public var size: Int
  /// What its app wants of it after all; `nil` if nothing.
  public var wish: JobWish?
  /// How far it has come.
  public var course: JobCourse

  /// Creates a record.
  public init(
    id: ResourceID, sequence: Int64, organisation: String, app: String, order: [UInt8],
    createdAt: Timestamp, size: Int, wish: JobWish? = nil, course: JobCourse = JobCourse()
  ) {
    self.id = id
    self.sequence = sequence
    self.organisation = organisation
    self.app = app
    self.order = order
    self.createdAt = createdAt
    self.size = size
    self.wish = wish
    self.course = course
  }

  /// The record of a job that is stored just now.
  package init(creating job: NewJob, sequence: Int64) {
    self.init(
      id: job.id, sequence: sequence, organisation: job.organisation, app: job.app,
      order: job.order, createdAt: job.createdAt, size: job.heatPumps.count)
  }
}

/// What became of the wish to store a job.
public enum JobCreation: Sendable, Equatable {
  /// It is durable.
  case created(StoredJob)
  /// The key was used before, for this job.
  case repeated(StoredJob)
  /// The key was used before, for another request.
  case mismatch
}

/// The right to be the only one that carries a job on, for a while.
public struct JobLease: Sendable, Equatable {
  /// The job.
  public let job: ResourceID
  /// The number of this right among all that were given for the job.
  public let fence: Int64
  /// When it ends unless it is renewed.
  public var until: Timestamp

  /// Creates a lease.
  public init(job: ResourceID, fence: Int64, until: Timestamp) {
    self.job = job
    self.fence = fence
    self.until = until
  }
}

/// A job with the right to it.
public struct ClaimedJob: Sendable, Equatable {
  /// The job.
  public var job: StoredJob
  /// The right.
  public var lease: JobLease

  /// Creates a pair.
  public init(job: StoredJob, lease: JobLease) {
    self.job = job
    self.lease = lease
  }
}

extension StoredJob {
  /// The job with the right that its holder has.
  package func claimed(by holder: LaneState) -> ClaimedJob {
    ClaimedJob(job: self, lease: JobLease(job: id, fence: holder.fence, until: holder.until))
  }
}

extension LaneState {
  /// Whether a lease of a job is the present one.
  package func isHeld(by lease: JobLease) -> Bool { owner != nil && fence == lease.fence }
}
