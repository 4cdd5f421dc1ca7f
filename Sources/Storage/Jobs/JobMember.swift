package import GatewayCore

/// The two halves of a job.
public enum JobPhase: String, Sendable, CaseIterable {
  /// The change itself.
  case apply
  /// Putting back what the change has changed.
  case revert
}

/// What a job does about one heat pump in one phase.
public enum JobStepAction: Sendable, Equatable {
  /// A write, queued like any other.
  case operation(NewOperation)
  /// Nothing, for that reason, which is for people.
  case skip(reason: String)
}

/// A step that is about to be stored.
public struct JobStep: Sendable, Equatable {
  /// The heat pump's place in the job, from 0.
  public var place: Int
  /// What is done.
  public var action: JobStepAction

  /// Creates a step.
  public init(place: Int, action: JobStepAction) {
    self.place = place
    self.action = action
  }
}

/// What has become of a step. What became of a write is what became of its operation.
public enum JobStepRecord: Sendable, Equatable {
  /// Nothing has been begun.
  case waiting
  /// Nothing was done, for that reason.
  case skipped(reason: String)
  /// The operation, as it stands.
  case operation(StoredOperation)

  /// The operation, if there is one.
  public var operation: StoredOperation? {
    guard case .operation(let operation) = self else { return nil }
    return operation
  }

  /// Where it stands.
  public var standing: JobStanding.Step {
    switch self {
    case .waiting: .waiting
    case .skipped: .skipped
    case .operation(let operation): .operation(operation.state)
    }
  }
}

/// A heat pump of a job.
public struct StoredJobMember: Sendable, Equatable {
  /// Its place in the job, from 0.
  public var place: Int
  /// The heat pump.
  public var heatPump: HeatPumpReference
  /// The change.
  public var apply: JobStepRecord
  /// What the changed fields held before, as a JSON object by pointer; `nil` while nothing was
  /// sent.
  public var before: [UInt8]?
  /// Putting it back.
  public var revert: JobStepRecord

  /// Creates a record.
  public init(
    place: Int, heatPump: HeatPumpReference, apply: JobStepRecord = .waiting,
    before: [UInt8]? = nil, revert: JobStepRecord = .waiting
  ) {
    self.place = place
    self.heatPump = heatPump
    self.apply = apply
    self.before = before
    self.revert = revert
  }

  /// The record of a phase.
  public subscript(phase: JobPhase) -> JobStepRecord {
    switch phase {
    case .apply: apply
    case .revert: revert
    }
  }

  /// Where both phases stand.
  public var standing: JobStanding {
    JobStanding(apply: apply.standing, revert: revert.standing)
  }
}

/// Where a heat pump of a job stands.
public struct JobStanding: Sendable, Hashable {
  /// Where one phase stands.
  public enum Step: Sendable, Hashable {
    /// Nothing has been begun.
    case waiting
    /// Nothing was done, for a reason.
    case skipped
    /// There is an operation, and it stands there.
    case operation(OperationState)
  }

  /// The change.
  public var apply: Step
  /// Putting it back.
  public var revert: Step

  /// Creates a standing.
  public init(apply: Step, revert: Step) {
    self.apply = apply
    self.revert = revert
  }
}

/// How many heat pumps of a job stand where.
public struct JobTally: Sendable, Equatable {
  /// The counts; what is not named has none.
  public var counts: [JobStanding: Int]

  /// Creates a tally.
  public init(counts: [JobStanding: Int] = [:]) {
    self.counts = counts
  }

  /// How many stand somewhere.
  public func count(where isCounted: (JobStanding) -> Bool) -> Int {
    counts.reduce(0) { isCounted($1.key) ? $0 + $1.value : $0 }
  }
}

extension JobStep {
  /// The operation that it brings, if any.
  package var operationID: ResourceID? {
    guard case .operation(let operation) = action else { return nil }
    return operation.id
  }

  /// Why nothing is done, if nothing is.
  package var reason: String? {
    guard case .skip(let reason) = action else { return nil }
    return reason
  }
}
