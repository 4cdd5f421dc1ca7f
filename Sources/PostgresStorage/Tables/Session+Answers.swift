import GatewayCore
import Storage

extension Session {
  func keep(
    answers: [StoredHeatPump], settings: [StoredSettings], gone: [HeatPumpReference]
  ) async throws {
    let named = answers.map(\.heatPump) + settings.map(\.heatPump)
    makeRows(of: named)
    let numbers = try await numbers(of: named + gone)
    func number(_ heatPump: HeatPumpReference) throws -> PostgresValue {
      guard let number = numbers[heatPump] else { throw LostRace() }
      return .integer(number)
    }
    // In one order, whoever else keeps some of them.
    for answer in answers.sorted(by: { numbers[$0.heatPump] ?? 0 < numbers[$1.heatPump] ?? 0 }) {
      send(
        """
        INSERT INTO answer (heat_pump, fetched_at, upstream) VALUES ($1, $2, $3)
        ON CONFLICT (heat_pump) DO UPDATE
        SET fetched_at = excluded.fetched_at, upstream = excluded.upstream
        WHERE excluded.fetched_at >= answer.fetched_at
        """,
        [try number(answer.heatPump), .time(answer.fetchedAt), .bytes(answer.upstream)])
    }
    for setting in settings.sorted(by: { numbers[$0.heatPump] ?? 0 < numbers[$1.heatPump] ?? 0 }) {
      send(
        """
        INSERT INTO settings (heat_pump, tag, seen_at, fields) VALUES ($1, $2, $3, $4)
        ON CONFLICT (heat_pump, tag) DO UPDATE
        SET seen_at = excluded.seen_at, fields = excluded.fields
        WHERE excluded.seen_at >= settings.seen_at
        """,
        [
          try number(setting.heatPump), .integer(Int64(bitPattern: setting.tag)),
          .time(setting.seenAt), .bytes(setting.values),
        ])
    }
    let forgotten = gone.compactMap { numbers[$0] }
    if !forgotten.isEmpty {
      send("DELETE FROM answer WHERE heat_pump = ANY ($1)", [.integers(forgotten)])
    }
  }

  func answers(of organisation: String, bytes: Int) async throws -> [StoredHeatPump] {
    try await all(
      """
      SELECT organisation, user_id, id, upstream, fetched_at FROM (
        SELECT organisation, user_id, id, upstream, fetched_at, number,
          sum(length(upstream)) OVER (
            ORDER BY fetched_at DESC, number ROWS UNBOUNDED PRECEDING) AS total
        FROM answer JOIN heat_pump ON heat_pump.number = answer.heat_pump
        WHERE organisation = $1
      ) AS newest
      WHERE total <= $2 ORDER BY fetched_at DESC, number
      """,
      [.text(organisation), .count(bytes)]
    ) { row in
      StoredHeatPump(
        heatPump: try row.heatPump(), upstream: try row.bytes(), fetchedAt: try row.time())
    }
  }

  func settings(of heatPump: HeatPumpReference, tag: UInt64) async throws -> StoredSettings? {
    try await first(
      """
      SELECT fields, seen_at FROM settings
      JOIN heat_pump ON heat_pump.number = settings.heat_pump
      WHERE id = $1 AND organisation = $2 AND user_id = $3 AND tag = $4
      """,
      [
        .id(heatPump.id), .text(heatPump.organisation), .id(heatPump.user),
        .integer(Int64(bitPattern: tag)),
      ]
    ) { row in
      StoredSettings(
        heatPump: heatPump, tag: tag, values: try row.bytes(), seenAt: try row.time())
    }
  }
}
