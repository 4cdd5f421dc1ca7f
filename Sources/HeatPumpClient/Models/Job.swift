public import Foundation

/// A fleet job: one change of many heat pumps.
public struct Job: Sendable, Hashable, Codable, Identifiable {
  /// Its id, a UUID.
  public var id: String
  /// The app that owns it.
  public var app: String
  /// How far it has come.
  public var state: JobState
  /// Why it was stopped, if it was.
  public var reason: String?
  /// Whether somebody wants it to stop.
  public var cancelRequested: Bool
  /// When it was made.
  public var createdAt: Date
  /// When it began.
  public var startedAt: Date?
  /// When it puts back, if it does.
  public var revertsAt: Date?
  /// Since when it puts back.
  public var revertingSince: Date?
  /// When it ended.
  public var endedAt: Date?
  /// Which heat pumps, as the request said.
  public var selection: AnyJSON
  /// The change.
  public var patch: AnyJSON
  /// How many are begun in a second at most.
  public var ratePerSecond: Decimal?
  /// For how long the rate grows.
  public var ramp: ISODuration?
  /// It stops when more of a hundred fail.
  public var abortAbovePercent: Int?
  /// None is begun after this.
  public var deadline: Date?
  /// How long after its start it puts back.
  public var revertAfter: ISODuration?
  /// How many heat pumps it is about.
  public var heatPumps: Int
  /// Heat pumps by what became of the change.
  public var counts: Counts
  /// The same for putting back.
  public var revertCounts: Counts

  /// Heat pumps by outcome.
  public struct Counts: Sendable, Hashable, Codable {
    /// Nothing was done, or not yet.
    public var notBegun: Int
    /// The update is queued or on its way.
    public var inProgress: Int
    /// The upstream has taken it.
    public var applied: Int
    /// Newer writes took its place.
    public var superseded: Int
    /// Nothing was done, for a reason that the result names.
    public var skipped: Int
    /// It was withdrawn before it was sent.
    public var cancelled: Int
    /// It was refused, came too late, or what became of it is not known.
    public var failed: Int
  }
}

/// How far a job has come.
public struct JobState: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// It waits.
  public static let queued = JobState(rawValue: "queued")
  /// It changes heat pumps.
  public static let running = JobState(rawValue: "running")
  /// It puts back.
  public static let reverting = JobState(rawValue: "reverting")
  /// It is through.
  public static let finished = JobState(rawValue: "finished")
  /// It stopped by itself.
  public static let aborted = JobState(rawValue: "aborted")
  /// Somebody stopped it.
  public static let cancelled = JobState(rawValue: "cancelled")
  /// The words that this client knows.
  public static let known = [queued, running, reverting, finished, aborted, cancelled]
}

/// What a job would come to.
public struct JobPreview: Sendable, Hashable, Codable {
  /// Which heat pumps, as the request said.
  public var selection: AnyJSON
  /// The change.
  public var patch: AnyJSON
  /// How many would be begun in a second at most.
  public var ratePerSecond: Decimal?
  /// For how long the rate would grow.
  public var ramp: ISODuration?
  /// It would stop when more of a hundred fail.
  public var abortAbovePercent: Int?
  /// None would be begun after this.
  public var deadline: Date?
  /// How long after its start it would put back.
  public var revertAfter: ISODuration?
  /// How many heat pumps it would be about.
  public var heatPumps: Int
  /// Of these, those that the gateway has not read yet.
  public var unread: Int
  /// Those that show the values already.
  public var unchanged: Int
  /// Those that forbid the change.
  public var refused: Int
  /// The first of these, with the reasons.
  public var refusals: [Refusal]

  /// A heat pump that forbids the change.
  public struct Refusal: Sendable, Hashable, Codable {
    /// Its id.
    public var heatPumpId: String
    /// Its owner's id.
    public var userId: String
    /// Its name in the gateway's configuration.
    public var alias: String?
    /// Why.
    public var reason: String
  }
}

/// What became of one heat pump of a job.
public struct JobResult: Sendable, Hashable, Codable {
  /// Its id.
  public var heatPumpId: String
  /// Its owner's id.
  public var userId: String
  /// Its name in the gateway's configuration.
  public var alias: String?
  /// The change.
  public var change: Step
  /// Putting it back.
  public var revert: Step

  /// One of the two.
  public struct Step: Sendable, Hashable, Codable {
    /// What became of it.
    public var outcome: JobOutcome
    /// The state of its operation.
    public var state: OperationState?
    /// Its operation.
    public var operationId: String?
    /// When it ended.
    public var endedAt: Date?
    /// Why, if there is something to say.
    public var reason: String?
  }
}

/// What became of a heat pump in a job.
public struct JobOutcome: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// Nothing was done, or not yet.
  public static let notBegun = JobOutcome(rawValue: "not_begun")
  /// The update is queued or on its way.
  public static let inProgress = JobOutcome(rawValue: "in_progress")
  /// The upstream has taken it.
  public static let applied = JobOutcome(rawValue: "applied")
  /// Newer writes took its place.
  public static let superseded = JobOutcome(rawValue: "superseded")
  /// Nothing was done, and the reason is given.
  public static let skipped = JobOutcome(rawValue: "skipped")
  /// It was withdrawn before it was sent.
  public static let cancelled = JobOutcome(rawValue: "cancelled")
  /// It was refused, came too late, or what became of it is not known.
  public static let failed = JobOutcome(rawValue: "failed")
  /// The words that this client knows.
  public static let known = [
    notBegun, inProgress, applied, superseded, skipped, cancelled, failed,
  ]
}
