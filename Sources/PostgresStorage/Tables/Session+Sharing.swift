import GatewayCore
import Storage

extension Session {
  /// Says that a gateway lives, and takes the lanes of those that do not.
  ///
  /// - Returns: all that live, and the server's time.
  func meet(
    _ member: ResourceID, deadAfter: Duration
  ) async throws -> (members: [ResourceID], time: Timestamp) {
    send(
      """
      INSERT INTO gateway (id, seen_at) VALUES ($1, clock_timestamp())
      ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
      """,
      [.id(member)])
    let dead = try await all(
      """
      DELETE FROM gateway
      WHERE id <> $1 AND seen_at < clock_timestamp() - $2 * interval '1 microsecond'
      RETURNING id
      """,
      [.id(member), .integer(Int64(deadAfter.wholeNanoseconds / 1000))]
    ) { row in try row.id() }
    if !dead.isEmpty {
      send("UPDATE heat_pump SET lane_owner = NULL WHERE lane_owner = ANY ($1)", [.ids(dead)])
    }
    let members = send("SELECT id FROM gateway ORDER BY id")
    let time = try await first(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    ) { row in try row.time() }
    guard let time else { throw LostRace() }
    return (try await members.rows().all { row in try row.id() }, time)
  }

  func leave(_ member: ResourceID) {
    send("DELETE FROM gateway WHERE id = $1", [.id(member)])
  }
}
