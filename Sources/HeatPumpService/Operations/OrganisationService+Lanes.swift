internal import GatewayCore
internal import HeatPumps
internal import Storage

extension OrganisationService {
  /// Starts the worker of a lane that is ours now.
  ///
  /// - Parameters:
  ///   - operation: what the lane came with, if it came with something.
  ///   - patch: its changes, where they are at hand.
  func work(
    in lease: LaneLease, on operation: StoredOperation? = nil, _ patch: HeatPumpPatch? = nil
  ) {
    let only = emptyLanes.leavesEmpty(before: lease) ? operation : nil
    errands.start(on: executor) { [self] in
      var worker = LaneWorker(
        service: self, lease: lease, copiesFrom: copiesFrom(lease), only: only,
        known: operation.flatMap { operation in patch.map { (operation.request.id, $0) } })
      lanes.began(lease.heatPump.id)
      await worker.run()
      lanes.ended(lease.heatPump.id)
    }
  }
}
