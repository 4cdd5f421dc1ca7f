public import GatewayCore

extension StorageState {
  /// ``OperationStorage/claimLane(_:_:)``.
  public mutating func claimLane(
    _ heatPump: HeatPumpReference, _ request: LaneRequest
  ) -> LaneLease? {
    lanes[heatPump, default: .unused].claim(heatPump, request)
  }

  /// ``OperationStorage/renewLane(_:until:)``.
  ///
  /// - Throws: ``StorageFault/leaseLost``.
  public mutating func renewLane(
    _ lease: LaneLease, until: Timestamp
  ) throws(StorageFault) -> LaneLease {
    try checkLease(lease)
    lanes[lease.heatPump]?.until = until
    return LaneLease(heatPump: lease.heatPump, fence: lease.fence, until: until)
  }

  /// ``OperationStorage/releaseLane(_:)``.
  ///
  /// - Throws: ``StorageFault/leaseLost``.
  public mutating func releaseLane(_ lease: LaneLease) throws(StorageFault) -> Bool {
    try checkLease(lease)
    guard open[lease.heatPump] == nil else { return false }
    lanes[lease.heatPump]?.owner = nil
    return true
  }

  /// ``OperationStorage/releaseLanes(except:)``.
  public mutating func releaseLanes(except owner: ResourceID) {
    for (heatPump, lane) in lanes where lane.owner != owner { lanes[heatPump]?.owner = nil }
  }

  /// ``OperationStorage/abandonedLanes(at:limit:)``; the lane of the oldest operation comes first.
  public func abandonedLanes(at now: Timestamp, limit: Int) -> [HeatPumpReference] {
    let due = open.compactMap { heatPump, ids -> (sequence: Int64, heatPump: HeatPumpReference)? in
      guard let first = ids.first.flatMap({ operations[$0] }), first.request.notBefore <= now,
        lanes[heatPump, default: .unused].isFree(at: now)
      else { return nil }
      return (first.sequence, heatPump)
    }
    return due.sorted { $0.sequence < $1.sequence }.prefix(max(0, limit)).map(\.heatPump)
  }

  func checkLease(_ lease: LaneLease) throws(StorageFault) {
    guard lanes[lease.heatPump, default: .unused].isHeld(by: lease) else { throw .leaseLost }
  }
}
