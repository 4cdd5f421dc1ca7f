internal import GatewayCore
internal import HeatPumps
internal import Storage

extension OrganisationService {
  /// Starts the worker of a lane that is ours now.
  ///
  /// - Parameters:
  ///   - operation: what the lane came with, if it came with something.
  ///   - patch: its changes, where they are at hand.
  ///   - update: what is to go out, if it was stored as sent.
  func work(
    in lease: LaneLease, on operation: StoredOperation? = nil, _ patch: HeatPumpPatch? = nil,
    _ update: OutgoingUpdate? = nil
  ) {
    // What was stored as sent was so since nothing else was open.
    let isAlone = emptyLanes.leavesEmpty(before: lease) || update != nil
    errands.start(on: executor) { [self] in
      var worker = LaneWorker(
        service: self, lease: lease, copiesFrom: copiesFrom(lease),
        only: isAlone ? operation : nil,
        known: operation.flatMap { operation in patch.map { (operation.request.id, $0) } },
        outgoing: update)
      lanes.began(lease.heatPump.id)
      await worker.run()
      lanes.ended(lease.heatPump.id)
    }
  }
}
