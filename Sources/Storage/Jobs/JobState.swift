public import GatewayCore

/// Where a fleet job stands.
public enum JobState: String, Sendable, CaseIterable {
  /// Durable; nothing has been begun.
  case queued
  /// Heat pumps are being changed, or the changes last until they are put back.
  case running
  /// What was changed is being put back.
  case reverting
  /// It came to its end.
  case finished
  /// It was stopped: too many heat pumps failed, or its app lost the right to it.
  case aborted
  /// Its app stopped it.
  case cancelled

  /// Whether there is something left to do.
  public var isOpen: Bool {
    switch self {
    case .queued, .running, .reverting: true
    case .finished, .aborted, .cancelled: false
    }
  }
}

/// How far a job has come, and what it comes to.
public struct JobCourse: Sendable, Equatable {
  /// Where it stands.
  public var state: JobState
  /// When the first heat pump was begun.
  public var startedAt: Timestamp?
  /// When putting back began.
  public var revertingSince: Timestamp?
  /// When it ended.
  public var endedAt: Timestamp?
  /// What it is to end as, once that is decided; nothing more is begun from then on, but for what
  /// has to be put back.
  public var ending: JobState?
  /// Why it ends before its time, for people.
  public var reason: String?

  /// Creates a course; without arguments that of a new job.
  public init(
    state: JobState = .queued, startedAt: Timestamp? = nil, revertingSince: Timestamp? = nil,
    endedAt: Timestamp? = nil, ending: JobState? = nil, reason: String? = nil
  ) {
    self.state = state
    self.startedAt = startedAt
    self.revertingSince = revertingSince
    self.endedAt = endedAt
    self.ending = ending
    self.reason = reason
  }
}

/// What the app of a job wants of it after all.
public enum JobWish: String, Sendable, CaseIterable {
  /// To stop, leaving as it is what was changed.
  case stop
  /// To stop and to put back what was changed.
  case revert
}
