import GatewayCore
import Storage

/// What is to be done next about a job: pure decisions, no I/O.
struct JobPlan: Sendable {
  let job: StoredJob
  let order: JobOrder
  let tally: JobTally
  let now: Timestamp

  /// The next thing to do.
  enum Step: Equatable {
    /// Begin more heat pumps.
    case begin(JobPhase)
    /// Withdraw operations that wait, and look again.
    case withdraw
    /// Nothing before something ends, or before that time.
    case wait(until: Timestamp?)
    /// Store another course.
    case turn(JobCourse)
  }

  /// Heat pumps of which fewer have come to an end say nothing about how many fail.
  static let fewest = 10

  var next: Step {
    let course = job.course
    switch course.state {
    case .queued:
      if job.wish != nil { return end(.cancelled, "Cancelled before it began.") }
      return turn {
        $0.state = .running; $0.startedAt = now
      }
    case .running: return running
    case .reverting: return reverting
    case .finished, .aborted, .cancelled: return .wait(until: nil)
    }
  }

  private var running: Step {
    if job.course.ending == nil {
      if job.wish != nil { return decide(.cancelled, "Cancelled by its app.") }
      if let reason = failure { return decide(.aborted, reason) }
      if tally.waiting(.apply) > 0, !isOver { return .begin(.apply) }
    } else if tally.queued(.apply) > 0 {
      return .withdraw
    }
    if tally.open(.apply) > 0 { return .wait(until: nil) }
    guard reverts else { return end(job.course.ending ?? .finished, job.course.reason) }
    if job.course.ending == nil, let revertsAt, now < revertsAt { return .wait(until: revertsAt) }
    return turn {
      $0.state = .reverting; $0.revertingSince = now
    }
  }

  private var reverting: Step {
    if job.wish == .stop, job.course.ending == nil {
      return decide(.cancelled, "Cancelled by its app while it put back.")
    }
    let stops = job.wish == .stop
    if !stops, tally.revertible > 0 { return .begin(.revert) }
    if stops, tally.queued(.revert) > 0 { return .withdraw }
    if tally.open(.revert) > 0 { return .wait(until: nil) }
    return end(job.course.ending ?? .finished, job.course.reason)
  }

  /// When what was changed is put back, if it is.
  var revertsAt: Timestamp? {
    guard let start = job.course.startedAt, let duration = order.revertAfter else { return nil }
    return start + duration
  }

  // Whether no more heat pumps are begun, though none has decided so.
  private var isOver: Bool { now >= order.deadline || revertsAt.map { now >= $0 } ?? false }

  private var reverts: Bool {
    switch job.course.ending {
    case .cancelled: job.wish == .revert
    case .aborted: order.revertAfter != nil
    default: order.revertAfter != nil
    }
  }

  private var failure: String? {
    guard let percent = order.abortAbovePercent else { return nil }
    let (failed, ended) = (tally.failed, tally.ended)
    guard ended >= min(Self.fewest, job.size), failed * 100 > percent * ended else { return nil }
    return "\(failed) of the first \(ended) heat pumps failed, more than \(percent) %."
  }

  private func decide(_ ending: JobState, _ reason: String) -> Step {
    turn {
      $0.ending = ending; $0.reason = reason
    }
  }

  private func end(_ state: JobState, _ reason: String?) -> Step {
    turn {
      $0.state = state; $0.endedAt = now; $0.ending = state; $0.reason = reason
    }
  }

  private func turn(_ change: (inout JobCourse) -> Void) -> Step {
    var course = job.course
    change(&course)
    return .turn(course)
  }
}

extension JobTally {
  /// How many heat pumps nothing was begun about in a phase.
  func waiting(_ phase: JobPhase) -> Int { count { $0[phase] == .waiting } }

  /// How many operations of a phase are under way.
  func open(_ phase: JobPhase) -> Int { count { $0[phase].operation?.isOpen ?? false } }

  /// How many operations of a phase have not been sent.
  func queued(_ phase: JobPhase) -> Int { count { $0[phase] == .operation(.queued) } }

  /// How many heat pumps have come to an end of the change.
  var ended: Int { count { $0.apply.isEnded } }

  /// How many of these did not get it.
  var failed: Int { count { $0.apply.isFailure } }

  /// How many heat pumps may show the change, and are not being put back.
  var revertible: Int { count { $0.isRevertible } }
}

extension JobStanding {
  subscript(phase: JobPhase) -> Step {
    switch phase {
    case .apply: apply
    case .revert: revert
    }
  }

  /// Whether the heat pump may show the change, and nothing was begun to put it back. What newer
  /// writes have overtaken is theirs.
  var isRevertible: Bool {
    guard revert == .waiting else { return false }
    switch apply.operation {
    case .accepted, .verified, .unverified, .unknown: return true
    default: return false
    }
  }
}

extension JobStanding.Step {
  var operation: OperationState? {
    guard case .operation(let state) = self else { return nil }
    return state
  }

  var isEnded: Bool {
    switch self {
    case .waiting: false
    case .skipped: true
    case .operation(let state): !state.isOpen
    }
  }

  /// Whether the heat pump did not get what it should have got. What newer writes have overtaken,
  /// or was withdrawn, has not failed.
  var isFailure: Bool {
    switch self {
    case .waiting: false
    case .skipped: true
    case .operation(let state):
      switch state {
      case .rejected, .failed, .unknown, .expired: true
      case .queued, .sent, .accepted, .verified, .unverified, .superseded, .cancelled: false
      }
    }
  }
}
