import GatewayCore
import Storage

extension Tables {
  /// A heat pump's number and lane.
  func lane(of heatPump: HeatPumpReference) throws -> (number: Int64, state: LaneState)? {
    guard let number = try number(of: heatPump) else { return nil }
    return try first(Self.selectLane, [number]) { row in
      let state = LaneState(
        owner: try row.optionalID(), fence: try row.integer(), until: try row.time())
      return (number, state)
    }
  }

  private static let selectLane = KeptStatement(
    "SELECT lane_owner, lane_fence, lane_until FROM heat_pump WHERE number = ?")

  /// The same; the heat pump gets its row if it has none.
  func madeLane(of heatPump: HeatPumpReference) throws -> (number: Int64, state: LaneState) {
    if let known = try lane(of: heatPump) { return known }
    return (try insert(heatPump), .unused)
  }

  /// The number of a heat pump's row, which is made if there is none.
  func madeNumber(of heatPump: HeatPumpReference) throws -> Int64 {
    try number(of: heatPump) ?? insert(heatPump)
  }

  private func insert(_ heatPump: HeatPumpReference) throws -> Int64 {
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
    return lastNumber
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
    try run(Self.setLane, [request.owner, state.fence, state.until.microseconds, number])
    return lease
  }

  private static let setLane = KeptStatement(
    "UPDATE heat_pump SET lane_owner = ?, lane_fence = ?, lane_until = ? WHERE number = ?")

  func renewLane(_ lease: LaneLease, until: Timestamp) throws -> LaneLease {
    let number = try checkLease(lease)
    try run(
      "UPDATE heat_pump SET lane_until = ? WHERE number = ?", [until.microseconds, number])
    return LaneLease(heatPump: lease.heatPump, fence: lease.fence, until: until)
  }

  func releaseLane(_ lease: LaneLease) throws -> Bool {
    try releaseLane(of: try checkLease(lease))
  }

  /// Gives back a lane of which it is known that the lease is the present one.
  func releaseLane(of heatPump: Int64) throws -> Bool {
    try run(Self.freeLane, [heatPump]) == 1
  }

  private static let freeLane = KeptStatement(
    """
    UPDATE heat_pump SET lane_owner = NULL
    WHERE number = ?1 AND NOT EXISTS (
      SELECT 1 FROM operation
      WHERE operation.heat_pump = ?1 AND state IN ('queued', 'sent'))
    """)

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
