import GatewayCore
import Storage

extension Session {
  typealias NumberedLane = (number: Int64, state: LaneState)

  /// Gives a heat pump its row if it has none. The answer need not be waited for.
  func makeRow(of heatPump: HeatPumpReference) {
    makeRows(of: [heatPump])
  }

  /// The same for several.
  func makeRows(of heatPumps: [HeatPumpReference]) {
    guard !heatPumps.isEmpty else { return }
    // In one order, whoever else makes some of them at the same time. The first look keeps the
    // numbers of rows from being used up.
    send(
      """
      INSERT INTO heat_pump (organisation, user_id, id, lane_fence, lane_until)
      SELECT DISTINCT new.organisation, new.user_id, new.id, $4::bigint, $5::bigint
      FROM unnest($1::text[], $2::uuid[], $3::uuid[]) AS new (organisation, user_id, id)
      WHERE NOT EXISTS (
        SELECT 1 FROM heat_pump AS old
        WHERE old.id = new.id AND old.organisation = new.organisation
          AND old.user_id = new.user_id)
      ORDER BY 3, 1, 2
      ON CONFLICT DO NOTHING
      """,
      [
        .texts(heatPumps.map(\.organisation)), .ids(heatPumps.map(\.user)),
        .ids(heatPumps.map(\.id)), .integer(LaneState.unused.fence),
        .time(LaneState.unused.until),
      ])
  }

  /// The numbers of heat pumps that have a row.
  func numbers(
    of heatPumps: [HeatPumpReference]
  ) async throws -> [HeatPumpReference: Int64] {
    guard !heatPumps.isEmpty else { return [:] }
    let rows = try await all(
      """
      SELECT organisation, user_id, id, number FROM heat_pump
      WHERE (id, organisation, user_id) IN (
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[]))
      """,
      [
        .ids(heatPumps.map(\.id)), .texts(heatPumps.map(\.organisation)),
        .ids(heatPumps.map(\.user)),
      ]
    ) { row in (try row.heatPump(), try row.integer()) }
    return Dictionary(rows) { first, _ in first }
  }

  /// Locks a heat pump's lane until the transaction ends.
  func lock(_ heatPump: HeatPumpReference) -> PostgresAnswer {
    send(
      """
      SELECT number, lane_owner, lane_fence, lane_until FROM heat_pump
      WHERE id = $1 AND organisation = $2 AND user_id = $3
      FOR NO KEY UPDATE
      """,
      [.id(heatPump.id), .text(heatPump.organisation), .id(heatPump.user)])
  }

  func lane(_ answer: PostgresAnswer) async throws -> NumberedLane? {
    try await answer.rows().first { row in
      let number = try row.integer()
      let state = LaneState(
        owner: try row.optionalID(), fence: try row.integer(), until: try row.time())
      return (number, state)
    }
  }

  /// Locks the lane of a heat pump that has been given its row.
  func madeLane(_ answer: PostgresAnswer) async throws -> NumberedLane {
    guard let lane = try await lane(answer) else { throw LostRace() }
    return lane
  }

  func claimLane(_ heatPump: HeatPumpReference, _ request: LaneRequest) async throws -> LaneLease? {
    makeRow(of: heatPump)
    return claim(try await madeLane(lock(heatPump)), heatPump, request)
  }

  /// Takes a locked lane if it is free.
  func claim(
    _ lane: NumberedLane, _ heatPump: HeatPumpReference, _ request: LaneRequest
  ) -> LaneLease? {
    var state = lane.state
    guard let lease = state.claim(heatPump, request) else { return nil }
    send(
      """
      UPDATE heat_pump SET lane_owner = $1, lane_fence = $2, lane_until = $3 WHERE number = $4
      """,
      [.id(request.owner), .integer(state.fence), .time(state.until), .integer(lane.number)])
    return lease
  }

  func renewLane(_ lease: LaneLease, until: Timestamp) async throws -> LaneLease {
    let number = try await checkLease(lease)
    send(
      "UPDATE heat_pump SET lane_until = $1 WHERE number = $2", [.time(until), .integer(number)])
    return LaneLease(heatPump: lease.heatPump, fence: lease.fence, until: until)
  }

  func releaseLane(_ lease: LaneLease) async throws -> Bool {
    let number = try await checkLease(lease)
    let needed = try await send(
      """
      SELECT 1::bigint FROM operation
      WHERE heat_pump = $1 AND state IN ('queued', 'sent') LIMIT 1
      """,
      [.integer(number)]
    ).rows()
    guard needed.rows.isEmpty else { return false }
    send("UPDATE heat_pump SET lane_owner = NULL WHERE number = $1", [.integer(number)])
    return true
  }

  /// Gives back a lane that this transaction has locked, unless an open operation waits in it, and
  /// commits.
  func releaseLockedLane(_ heatPump: HeatPumpReference) async throws -> Bool {
    let releasing = send(
      """
      UPDATE heat_pump SET lane_owner = NULL
      WHERE id = $1 AND organisation = $2 AND user_id = $3 AND NOT EXISTS (
        SELECT 1 FROM operation
        WHERE operation.heat_pump = heat_pump.number AND state IN ('queued', 'sent'))
      """,
      [.id(heatPump.id), .text(heatPump.organisation), .id(heatPump.user)])
    sendCommit()
    return try await releasing.rows().affected == 1
  }

  func releaseLanes(except owner: ResourceID) {
    send("UPDATE heat_pump SET lane_owner = NULL WHERE lane_owner <> $1", [.id(owner)])
  }

  func abandonedLanes(at now: Timestamp, limit: Int) async throws -> [HeatPumpReference] {
    try await all(
      """
      SELECT heat_pump.organisation, heat_pump.user_id, heat_pump.id
      FROM (
        SELECT heat_pump, min(sequence) AS first FROM operation
        WHERE state IN ('queued', 'sent') GROUP BY heat_pump
      ) AS waiting
      JOIN operation ON operation.sequence = waiting.first
      JOIN heat_pump ON heat_pump.number = waiting.heat_pump
      WHERE operation.not_before <= $1
        AND (heat_pump.lane_owner IS NULL OR heat_pump.lane_until <= $1)
      ORDER BY waiting.first LIMIT $2
      """,
      [.time(now), .count(limit)]
    ) { row in try row.heatPump() }
  }

  /// Locks a lane, and finds its number if the lease is the present one.
  @discardableResult
  func checkLease(_ lease: LaneLease) async throws -> Int64 {
    guard let (number, state) = try await lane(lock(lease.heatPump)), state.isHeld(by: lease) else {
      throw StorageFault.leaseLost
    }
    return number
  }
}
