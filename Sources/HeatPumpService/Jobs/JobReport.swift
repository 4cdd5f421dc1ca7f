public import GatewayCore
internal import HeatPumps
public import Storage

extension StoredJob {
  /// The job as its app sees it, with what has become of its heat pumps.
  public func representation(_ tally: JobTally) -> JSONObject {
    let order = JobOrder(stored: order)
    var shown = JSONObject()
    shown["id"] = .string(id.description)
    shown["app"] = .string(app)
    shown["state"] = .string(course.state.rawValue)
    shown["reason"] = course.reason.map(JSONValue.string) ?? .null
    shown["cancel_requested"] = .bool(wish != nil)
    shown["created_at"] = .string(createdAt.description)
    shown["started_at"] = text(course.startedAt)
    shown["reverts_at"] = text(order.flatMap { revertsAt($0) })
    shown["reverting_since"] = text(course.revertingSince)
    shown["ended_at"] = text(course.endedAt)
    for (name, value) in order?.representation.members ?? [] { shown[name] = value }
    shown["heat_pumps"] = .number(ExactDecimal(size))
    shown["counts"] = .object(tally.changes)
    shown["revert_counts"] = .object(tally.reverts)
    return shown
  }

  private func revertsAt(_ order: JobOrder) -> Timestamp? {
    guard let start = course.startedAt, let duration = order.revertAfter else { return nil }
    return start + duration
  }

  private func text(_ time: Timestamp?) -> JSONValue {
    time.map { .string($0.description) } ?? .null
  }
}

/// What has become of a heat pump in one phase, as a job's counts and results name it.
public enum JobOutcome: String, Sendable, CaseIterable {
  /// Nothing was done about it, or not yet.
  case notBegun = "not_begun"
  /// Its update is queued or on its way.
  case inProgress = "in_progress"
  /// The upstream has taken the update.
  case applied
  /// Newer writes have overtaken the update.
  case superseded
  /// Nothing was done, for a reason.
  case skipped
  /// The update was withdrawn.
  case cancelled
  /// The update was refused, came too late, or what became of it is not known.
  case failed

  /// The outcome of a step that stands there.
  public init(_ step: JobStanding.Step) {
    switch step {
    case .waiting: self = .notBegun
    case .skipped: self = .skipped
    case .operation(let state):
      switch state {
      case .queued, .sent: self = .inProgress
      case .accepted, .verified, .unverified: self = .applied
      case .superseded: self = .superseded
      case .cancelled: self = .cancelled
      case .rejected, .failed, .unknown, .expired: self = .failed
      }
    }
  }
}

extension JobStanding {
  /// The outcome of the change. What the job itself has overtaken, by putting it back, was applied.
  fileprivate var change: JobOutcome {
    if apply == .operation(.superseded), revert.operation != nil { return .applied }
    return JobOutcome(apply)
  }
}

extension JobTally {
  fileprivate var changes: JSONObject {
    figures(JobOutcome.allCases) { $0.change }
  }

  // Only of heat pumps that there is, or was, something to put back of.
  fileprivate var reverts: JSONObject {
    figures(JobOutcome.allCases) { standing in
      standing.isRevertible || standing.revert != .waiting ? JobOutcome(standing.revert) : nil
    }
  }

  private func figures(
    _ outcomes: [JobOutcome], _ outcome: (JobStanding) -> JobOutcome?
  ) -> JSONObject {
    var figures = JSONObject()
    for name in outcomes {
      figures[name.rawValue] = .number(ExactDecimal(count { outcome($0) == name }))
    }
    return figures
  }
}

extension StoredJobMember {
  /// The heat pump's part of the job, as its app sees it.
  ///
  /// - Parameter alias: its configured name, if it has one.
  public func representation(alias: String?) -> JSONObject {
    var shown = JSONObject()
    shown["heat_pump_id"] = .string(heatPump.id.description)
    shown["user_id"] = .string(heatPump.user.description)
    shown["alias"] = alias.map(JSONValue.string) ?? .null
    shown["change"] = .object(apply.representation(standing.change))
    shown["revert"] = .object(revert.representation(JobOutcome(standing.revert)))
    return shown
  }
}

extension JobStepRecord {
  fileprivate func representation(_ outcome: JobOutcome) -> JSONObject {
    var shown = JSONObject()
    shown["outcome"] = .string(outcome.rawValue)
    shown["state"] = operation.map { .string($0.state.rawValue) } ?? .null
    shown["operation_id"] = operation.map { .string($0.request.id.description) } ?? .null
    shown["ended_at"] =
      operation.flatMap { $0.state.isOpen ? nil : .string($0.changedAt.description) } ?? .null
    shown["reason"] = reason.map(JSONValue.string) ?? .null
    return shown
  }

  private var reason: String? {
    switch self {
    case .waiting: nil
    case .skipped(let reason): reason
    case .operation(let operation): operation.problemDetail
    }
  }
}
