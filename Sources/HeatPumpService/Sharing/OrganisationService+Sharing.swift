internal import GatewayCore
internal import PoderoClient
internal import Storage

/// What is different while other gateways write, too.
extension OrganisationService {
  private static let firstLook = Duration.milliseconds(50)
  private static let longestPause = Duration.milliseconds(500)

  /// From when on copies can be trusted in a lane that has just become ours: always, if nobody else
  /// has had it since it was ours last.
  func copiesFrom(_ lease: LaneLease) -> MonotonicInstant? {
    let last = state.withLock { state in
      defer { state.fences[lease.heatPump.id] = lease.fence }
      return state.fences[lease.heatPump.id]
    }
    return !isShared || lease.fence == (last ?? 0) + 1 ? nil : clock.monotonic
  }

  /// Looks for the end of an operation that waits in a lane which another gateway may hold: whoever
  /// carries it out there cannot tell a caller here. Ends when the caller has gone.
  func followElsewhere(_ operation: StoredOperation) {
    guard isShared else { return }
    let id = operation.request.id
    errands.start(on: executor) { [self] in
      var pause = Self.firstLook
      while board.isExpected(id) {
        let bell = elsewhere.hang(id)
        try? await bell.value(until: clock.monotonic + pause, clock: clock)
        elsewhere.remove(id)
        if Task.isCancelled { return }
        pause = min(pause * 2, Self.longestPause)
        // A worker here tells the caller more than can be read.
        guard !lanes.contains(operation.request.heatPump.id),
          let present = try? await storage.operation(id), !present.state.isOpen
        else { continue }
        return await tellFromElsewhere(present)
      }
    }
  }

  private func tellFromElsewhere(_ operation: StoredOperation) async {
    let id = operation.request.id
    guard let context = board.context(of: id) else { return }
    // What did not go as it was wanted is told by the operation itself.
    guard operation.outcome.isEmpty, operation.supersededFields.isEmpty,
      operation.state == .accepted || operation.state == .verified,
      let entry = try? await currentState(
        operation.request.heatPump, maximumAge: .zero, context)
    else { return board.post(id, .elsewhere(operation)) }
    board.post(
      id,
      .confirmed(
        WriteResult(
          operationID: id, entry: entry, unapplied: [], superseded: [:], reset: nil)))
  }
}
