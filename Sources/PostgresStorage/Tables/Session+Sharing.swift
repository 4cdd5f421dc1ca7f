import GatewayCore
import Storage

extension Session {
  /// Says that a gateway lives, and frees what those had that do not.
  ///
  /// - Parameter now: the gateway's own time, by which deliveries are due.
  /// - Returns: all that live, and the server's time.
  func meet(
    _ member: ResourceID, silentAfter: Duration, deadAfter: Duration, at now: Timestamp
  ) async throws -> (members: [ResourceID], time: Timestamp) {
    let mayJudge = try await first(
      "SELECT seen_at > clock_timestamp() - interval '5 seconds' FROM gateway WHERE id = $1",
      [.id(member)]
    ) { row in try row.flag() }
    if mayJudge == nil { tell(.members) }
    send(
      """
      INSERT INTO gateway (id, seen_at) VALUES ($1, clock_timestamp())
      ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, is_silent = false
      """,
      [.id(member)])
    if mayJudge == true {
      try await judge(besides: member, silentAfter: silentAfter, deadAfter: deadAfter, at: now)
    }
    let members = send("SELECT id FROM gateway WHERE NOT is_silent ORDER BY id")
    let time = try await first(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    ) { row in try row.time() }
    guard let time else { throw LostRace() }
    return (try await members.rows().all { row in try row.id() }, time)
  }

  // A row that somebody has locked is of one that says just now that it lives, or is being judged.
  private func judge(
    besides member: ResourceID, silentAfter: Duration, deadAfter: Duration, at now: Timestamp
  ) async throws {
    func values(_ time: Duration) -> [PostgresValue] {
      [.id(member), .integer(time.wholeNanoseconds / 1000)]
    }
    let finding = send(
      """
      UPDATE gateway SET is_silent = true WHERE id IN (\(Self.unheard) AND NOT is_silent
        FOR UPDATE SKIP LOCKED)
      RETURNING id
      """, values(silentAfter))
    let burying = send(
      "DELETE FROM gateway WHERE id IN (\(Self.unheard) FOR UPDATE SKIP LOCKED) RETURNING id",
      values(deadAfter))
    let silent = try await finding.rows().all { row in try row.id() }
    let dead = try await burying.rows().all { row in try row.id() }
    if !silent.isEmpty {
      send(
        """
        UPDATE delivery SET owner = NULL, due_at = $1 WHERE state = 'pending' AND owner = ANY ($2)
        """,
        [.time(now), .ids(silent)])
      send("UPDATE job SET owner = NULL WHERE owner = ANY ($1)", [.ids(silent)])
      send("UPDATE access_token SET holder = NULL WHERE holder = ANY ($1)", [.ids(silent)])
      tell(.token)
    }
    if !dead.isEmpty {
      send("UPDATE heat_pump SET lane_owner = NULL WHERE lane_owner = ANY ($1)", [.ids(dead)])
    }
    if !silent.isEmpty || !dead.isEmpty { tell(.members) }
  }

  private static let unheard = """
    SELECT id FROM gateway
    WHERE id <> $1 AND seen_at < clock_timestamp() - $2 * interval '1 microsecond'
    """

  func leave(_ member: ResourceID) {
    send("DELETE FROM gateway WHERE id = $1", [.id(member)])
    tell(.members)
  }

  func keyProof(orKeep sealed: [UInt8]) async throws -> [UInt8] {
    send(
      "INSERT INTO key_proof (number, sealed) VALUES (1, $1) ON CONFLICT DO NOTHING",
      [.bytes(sealed)])
    let kept = try await first("SELECT sealed FROM key_proof WHERE number = 1") { row in
      try row.bytes()
    }
    guard let kept else { throw LostRace() }
    return kept
  }

  func setListening(
    _ users: Set<ResourceID>, to organisation: String, at member: ResourceID
  ) async throws {
    // A gateway that has been taken for dead comes back with its next word.
    let changed = try await run(
      """
      INSERT INTO listening (gateway, organisation, users)
      SELECT id, $2, $3 FROM gateway WHERE id = $1
      ON CONFLICT (gateway, organisation) DO UPDATE SET users = excluded.users
      WHERE listening.users <> excluded.users
      """,
      [.id(member), .text(organisation), .bytes(Octets.of(users.sorted()))])
    if changed > 0 { tell(.listening) }
  }

  func listening(
    to organisation: String, besides member: ResourceID
  ) async throws -> Set<ResourceID> {
    let lists = try await all(
      """
      SELECT users FROM listening JOIN gateway ON gateway.id = listening.gateway
      WHERE organisation = $1 AND gateway <> $2 AND NOT is_silent
      """,
      [.text(organisation), .id(member)]
    ) { row in
      guard let users = Octets.ids(try row.bytes()) else { throw row.damage() }
      return users
    }
    return Set(lists.joined())
  }
}
