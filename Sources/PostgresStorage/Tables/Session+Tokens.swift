import GatewayCore
import Storage

extension Session {
  func token(
    of place: SharedTokenPlace, newerThan generation: Int64, for member: ResourceID,
    turnTime: Duration?
  ) async throws -> SharedTokenAnswer {
    if turnTime != nil { makePlace(place) }
    // Locked, so that of two that ask at once one has the turn.
    let known = try await first(
      Self.selectToken + (turnTime == nil ? "" : " FOR NO KEY UPDATE"), Self.key(place)
    ) { row in try Self.token(&row) }
    guard let known else {
      if turnTime == nil { return .wait }
      throw LostRace()
    }
    if let token = known.stored, token.generation > generation, token.age < token.token.life {
      return .token(token)
    }
    guard let turnTime, !known.isTaken else { return .wait }
    if let rest = known.rest, rest > .zero {
      return .paused(rest: rest, reason: known.reason ?? "")
    }
    let turn = SharedTokenTurn(place: place, fence: known.fence + 1)
    send(
      """
      UPDATE access_token SET holder = $3, fence = $4, used_at = clock_timestamp(),
        turn_ends_at = clock_timestamp() + $5 * interval '1 microsecond'
      WHERE organisation = $1 AND credentials = $2
      """,
      Self.key(place) + [
        .id(member), .integer(turn.fence), .integer(turnTime.wholeNanoseconds / 1000),
      ])
    return .turn(turn)
  }

  func keepToken(_ token: NewSharedToken, in turn: SharedTokenTurn) async throws -> Int64? {
    let generation = try await first(
      """
      UPDATE access_token SET generation = nextval('access_token_generation'), sealed = $4,
        slot = $5, life = $6, kept_at = clock_timestamp(), holder = NULL, paused_until = NULL,
        reason = NULL, used_at = clock_timestamp()
      WHERE organisation = $1 AND credentials = $2 AND fence = $3 AND holder IS NOT NULL
      RETURNING generation
      """,
      Self.key(turn.place) + [
        .integer(turn.fence), .bytes(token.sealed), .text(token.slot),
        .integer(token.life.wholeNanoseconds / 1000),
      ]
    ) { row in try row.integer() }
    guard let generation else { return nil }
    // Those of credentials that nobody has any more.
    send(
      "DELETE FROM access_token WHERE used_at < clock_timestamp() - interval '7 days'")
    tell(.token)
    return generation
  }

  func endTurn(_ turn: SharedTokenTurn, pause: Duration, reason: String) {
    send(
      """
      UPDATE access_token SET holder = NULL, reason = $5,
        paused_until = clock_timestamp() + $4 * interval '1 microsecond'
      WHERE organisation = $1 AND credentials = $2 AND fence = $3 AND holder IS NOT NULL
      """,
      Self.key(turn.place) + [
        .integer(turn.fence), .integer(pause.wholeNanoseconds / 1000), .text(reason),
      ])
    tell(.token)
  }

  private struct TokenRow: Sendable {
    var stored: StoredSharedToken?
    var fence: Int64
    var isTaken: Bool
    var rest: Duration?
    var reason: String?
  }

  private static func key(_ place: SharedTokenPlace) -> [PostgresValue] {
    [.text(place.organisation), .bytes(place.credentials)]
  }

  private func makePlace(_ place: SharedTokenPlace) {
    send(
      """
      INSERT INTO access_token (organisation, credentials, generation, fence, used_at)
      SELECT $1, $2, 0, 0, clock_timestamp()
      WHERE NOT EXISTS (
        SELECT 1 FROM access_token WHERE organisation = $1 AND credentials = $2)
      ON CONFLICT DO NOTHING
      """, Self.key(place))
  }

  // All times by the server's clock, as what is left or gone of them.
  private static let selectToken = """
    SELECT fence, coalesce(holder IS NOT NULL AND turn_ends_at > clock_timestamp(), false),
      (extract(epoch FROM paused_until - clock_timestamp()) * 1000000)::bigint, reason, sealed,
      slot, life, generation, (extract(epoch FROM clock_timestamp() - kept_at) * 1000000)::bigint
    FROM access_token WHERE organisation = $1 AND credentials = $2
    """

  private static func token(_ row: inout PostgresColumns) throws -> TokenRow {
    var found = TokenRow(
      fence: try row.integer(), isTaken: try row.flag(),
      rest: try row.optionalInteger().map { .microseconds($0) },
      reason: try row.optionalText())
    guard let sealed = try row.optionalBytes() else { return found }
    found.stored = StoredSharedToken(
      token: NewSharedToken(
        sealed: sealed, slot: try row.text(), life: .microseconds(try row.integer())),
      generation: try row.integer(), age: .microseconds(try row.integer()))
    return found
  }
}
