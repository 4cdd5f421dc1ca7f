import GatewayCore
import Storage

extension Tables {
  /// A heat pump's number and lane.
  func lane(of heatPump: HeatPumpReference) throws -> (number: Int64, state: LaneState)? {
    try first(
      """
      SELECT number, lane_owner, lane_fence, lane_until FROM heat_pump
      WHERE id = ? AND organisation = ? AND user = ?
      """,
      [heatPump.id, heatPump.organisation, heatPump.user]
    ) { row in
      let number = try row.integer()
      let state = LaneState(
        owner: try row.optionalID(), fence: try row.integer(), until: try row.time())
      return (number, state)
    }
  }

  /// The same; the heat pump gets its row if it has none.
  func madeLane(of heatPump: HeatPumpReference) throws -> (number: Int64, state: LaneState) {
    if let known = try lane(of: heatPump) { return known }
    let state = LaneState.unused
    try run(
      """
      INSERT INTO heat_pump (organisation, user, id, lane_fence, lane_until)
      VALUES (?, ?, ?, ?, ?)
      """,
      [
        heatPump.organisation, heatPump.user, heatPump.id, state.fence,
        state.until.microseconds,
      ])
    return (lastNumber, state)
  }

  func claimLane(_ heatPump: HeatPumpReference, _ request: LaneRequest) throws -> LaneLease? {
    let (number, state) = try madeLane(of: heatPump)
    return try claimLane(number, state, heatPump, request)
  }

  func claimLane(
    _ number: Int64, _ state: LaneState, _ heatPump: HeatPumpReference, _ request: LaneRequest
  ) throws -> LaneLease? {
    var state = state
    guard let lease = state.claim(heatPump, request) else { return nil }
    try run(
      "UPDATE heat_pump SET lane_owner = ?, lane_fence = ?, lane_until = ? WHERE number = ?",
      [request.owner, state.fence, state.until.microseconds, number])
    return lease
  }

  func renewLane(_ lease: LaneLease, until: Timestamp) throws -> LaneLease {
    let number = try checkLease(lease)
    try run(
      "UPDATE heat_pump SET lane_until = ? WHERE number = ?", [until.microseconds, number])
    return LaneLease(heatPump: lease.heatPump, fence: lease.fence, until: until)
  }

  func releaseLane(_ lease: LaneLease) throws -> Bool {
    try checkLease(lease)
    return try releaseLane(of: lease.heatPump)
  }

  /// Gives back a lane of which it is known that the lease is the present one.
  func releaseLane(of heatPump: HeatPumpReference) throws -> Bool {
    try run(
      """
      UPDATE heat_pump SET lane_owner = NULL
      WHERE id = ? AND organisation = ? AND user = ? AND NOT EXISTS (
        SELECT 1 FROM operation
        WHERE operation.heat_pump = heat_pump.number AND state IN ('queued', 'sent'))
      """,
      [heatPump.id, heatPump.organisation, heatPump.user]) == 1
  }

  func releaseLanes(except owner: ResourceID) throws {
    try run(
      "UPDATE heat_pump SET lane_owner = NULL WHERE lane_owner <> ?", [owner])
  }

  func abandonedLanes(at now: Timestamp, limit: Int) throws -> [HeatPumpReference] {
    try all(
      """
      SELECT heat_pump.organisation, heat_pump.user, heat_pump.id
      FROM (
        SELECT heat_pump, min(sequence) AS first FROM operation
        WHERE state IN ('queued', 'sent') GROUP BY heat_pump
      ) AS waiting
      JOIN operation ON operation.sequence = waiting.first
      JOIN heat_pump ON heat_pump.number = waiting.heat_pump
      WHERE operation.not_before <= ?
        AND (heat_pump.lane_owner IS NULL OR heat_pump.lane_until <= ?)
      ORDER BY waiting.first LIMIT ?
      """,
      [now.microseconds, now.microseconds, max(0, limit)]
    ) { row in try row.heatPump() }
  }

  /// The heat pump's number, if the lease is the present one.
  @discardableResult
  func checkLease(_ lease: LaneLease) throws -> Int64 {
    guard let (number, state) = try lane(of: lease.heatPump), state.isHeld(by: lease) else {
      throw StorageFault.leaseLost
    }
    return number
  }
}
