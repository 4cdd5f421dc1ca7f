package import GatewayCore

extension ColumnReading {
  /// The columns of a job: number, id, organisation, app, order, time, size, wish; then its course:
  /// state, three times, ending, reason.
  package mutating func job() throws(StorageFault) -> StoredJob {
    let (sequence, id, organisation, app) = (try integer(), try id(), try text(), try text())
    let (order, createdAt, size) = (try bytes(), try time(), Int(try integer()))
    let wish = try optionalName(JobWish.self)
    let course = JobCourse(
      state: try name(), startedAt: try optionalTime(), revertingSince: try optionalTime(),
      endedAt: try optionalTime(), ending: try optionalName(JobState.self),
      reason: try optionalText())
    return StoredJob(
      id: id, sequence: sequence, organisation: organisation, app: app, order: order,
      createdAt: createdAt, size: size, wish: wish, course: course)
  }

  /// The columns of a job's holder: owner, fence, time.
  package mutating func holder() throws(StorageFault) -> LaneState {
    LaneState(owner: try optionalID(), fence: try integer(), until: try time())
  }

  /// The columns of a job's heat pump: place, organisation, user, id; then operation and refusal of
  /// the change, the values before it, operation and refusal of putting back.
  package mutating func jobMember() throws(StorageFault) -> JobMemberRow {
    JobMemberRow(
      place: Int(try integer()), heatPump: try heatPump(), operation: try optionalID(),
      refusal: try optionalText(), before: try optionalBytes(), undo: try optionalID(),
      undoRefusal: try optionalText())
  }

  /// The columns of a tally: for both phases the operation's state and whether there is a refusal;
  /// then the count.
  package mutating func jobStanding() throws(StorageFault) -> (JobStanding, count: Int) {
    let apply = try jobStep()
    let revert = try jobStep()
    return (JobStanding(apply: apply, revert: revert), Int(try integer()))
  }

  private mutating func jobStep() throws(StorageFault) -> JobStanding.Step {
    let state = try optionalName(OperationState.self)
    if try flag() { return .skipped }
    return state.map { .operation($0) } ?? .waiting
  }

  private mutating func optionalName<Name: RawRepresentable>(
    _ type: Name.Type
  ) throws(StorageFault) -> Name? where Name.RawValue == String {
    guard let text = try optionalText() else { return nil }
    guard let name = Name(rawValue: text) else { throw damage() }
    return name
  }
}

/// A job's heat pump as it is stored, without its operations.
package struct JobMemberRow: Sendable {
  package let place: Int
  package let heatPump: HeatPumpReference
  package let operation: ResourceID?
  package let refusal: String?
  package let before: [UInt8]?
  package let undo: ResourceID?
  package let undoRefusal: String?

  /// The operations that belong to it.
  package var operations: [ResourceID] { [operation, undo].compactMap { $0 } }

  /// The record, with its operations put in.
  ///
  /// - Throws: ``StorageFault/damaged(_:)`` if one of them is not there.
  package func member(
    _ operations: [ResourceID: StoredOperation]
  ) throws(StorageFault) -> StoredJobMember {
    StoredJobMember(
      place: place, heatPump: heatPump, apply: try step(operation, refusal, operations),
      before: before, revert: try step(undo, undoRefusal, operations))
  }

  private func step(
    _ id: ResourceID?, _ refusal: String?, _ operations: [ResourceID: StoredOperation]
  ) throws(StorageFault) -> JobStepRecord {
    if let refusal { return .skipped(reason: refusal) }
    guard let id else { return .waiting }
    guard let operation = operations[id] else {
      throw .damaged("a job's operation \(id) is missing")
    }
    return .operation(operation)
  }
}

extension JobPhase {
  /// The columns of operation and refusal.
  package var columns: (operation: String, refusal: String) {
    switch self {
    case .apply: ("operation", "refusal")
    case .revert: ("undo", "undo_refusal")
    }
  }
}
