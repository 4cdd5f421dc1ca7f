internal import GatewayCore
internal import HeatPumps
internal import PoderoClient
internal import ResponseCache
internal import Storage

extension JobRunner {
  /// The steps that put heat pumps back. Those that show nothing of the job are left out, and those
  /// of which nothing can be found out at present are put off.
  func revert(
    _ members: [StoredJobMember], _ job: StoredJob, _ order: JobOrder
  ) async throws(StorageFault) -> (steps: [JobStep], putOff: [Int]) {
    let changed = members.filter(\.standing.isRevertible)
    let actions = await withTaskGroup(of: (place: Int, action: RevertAction).self) { group in
      var actions: [(place: Int, action: RevertAction)] = []
      for (index, member) in changed.enumerated() {
        if index >= Self.readsAtOnce, let action = await group.next() { actions.append(action) }
        group.addTask { (member.place, await action(member, job, order)) }
      }
      for await action in group { actions.append(action) }
      return actions
    }
    var (steps, putOff): ([JobStep], [Int]) = ([], [])
    for (place, action) in actions {
      switch action {
      case .take(let action): steps.append(JobStep(place: place, action: action))
      case .putOff: putOff.append(place)
      case .fail(let fault): throw fault
      }
    }
    return (steps, putOff)
  }

  private enum RevertAction: Sendable {
    case take(JobStepAction)
    case putOff
    case fail(StorageFault)
  }

  private static var readsAtOnce: Int { 8 }

  private func action(
    _ member: StoredJobMember, _ job: StoredJob, _ order: JobOrder
  ) async -> RevertAction {
    guard let applied = member.apply.operation,
      let before = member.before.flatMap({ try? JSONValue(parsing: $0) })?.object
    else { return .take(.skip(reason: "What was there before is not known.")) }
    let later: [StoredOperation]
    do throws(StorageFault) {
      later = try await storage.operations(
        of: member.heatPump, before: nil, limit: Self.historyLimit
      ).filter { $0.sequence > applied.sequence }
    } catch {
      return .fail(error)
    }
    let current: HeatPumpDocument
    do throws(GatewayFault) {
      current = try await service.currentState(
        member.heatPump, maximumAge: .zero, service.jobContext
      ).document
    } catch {
      let isLate = job.course.revertingSince.map { clock.wall - $0 > Self.revertPatience } ?? false
      guard isLate || error.type == .notFound else { return .putOff }
      return .take(.skip(reason: "It could not be read: \(error.detail)"))
    }
    switch JobRevert.decide(
      before: before, applied: applied, later: later, current: current, at: clock.wall)
    {
    case .keep(let reason): return .take(.skip(reason: reason))
    case .write(let patch):
      return .take(
        .operation(operation(patch, member, job, order, precondition: current.settingsTag)))
    }
  }

  /// For how long a heat pump that cannot be read is tried again.
  private static var revertPatience: Duration { .seconds(86400) }

  /// More operations than this, since the job's, are not looked through.
  private static var historyLimit: Int { 200 }
}
