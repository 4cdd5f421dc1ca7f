import GatewayCore
import Storage

extension Tables {
  func keep(
    answers: [StoredHeatPump], settings: [StoredSettings], gone: [HeatPumpReference]
  ) throws {
    for answer in answers {
      try run(
        Self.keepAnswer,
        [
          try madeNumber(of: answer.heatPump), answer.fetchedAt.microseconds,
          answer.upstream,
        ])
    }
    for setting in settings {
      try run(
        Self.keepSettings,
        [
          try madeNumber(of: setting.heatPump), Int64(bitPattern: setting.tag),
          setting.seenAt.microseconds, setting.values,
        ])
    }
    for heatPump in gone {
      guard let number = try number(of: heatPump) else { continue }
      try run("DELETE FROM answer WHERE heat_pump = ?", [number])
    }
  }

  func answers(of organisation: String, bytes: Int) throws -> [StoredHeatPump] {
    var rest = bytes
    return try all(
      """
      SELECT organisation, user, id, upstream, fetched_at
      FROM answer JOIN heat_pump ON heat_pump.number = answer.heat_pump
      WHERE organisation = ? ORDER BY fetched_at DESC
      """,
      [organisation]
    ) { row in
      let answer = StoredHeatPump(
        heatPump: try row.heatPump(), upstream: try row.bytes(), fetchedAt: try row.time())
      rest -= answer.upstream.count
      return rest >= 0 ? answer : nil
    }
  }

  func settings(of heatPump: HeatPumpReference, tag: UInt64) throws -> StoredSettings? {
    guard let number = try number(of: heatPump) else { return nil }
    return try first(
      "SELECT fields, seen_at FROM settings WHERE heat_pump = ? AND tag = ?",
      [number, Int64(bitPattern: tag)]
    ) { row in
      StoredSettings(
        heatPump: heatPump, tag: tag, values: try row.bytes(), seenAt: try row.time())
    }
  }

  private static let keepAnswer = KeptStatement(
    """
    INSERT INTO answer (heat_pump, fetched_at, upstream) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET fetched_at = excluded.fetched_at, upstream = excluded.upstream
    WHERE excluded.fetched_at >= fetched_at
    """)

  private static let keepSettings = KeptStatement(
    """
    INSERT INTO settings (heat_pump, tag, seen_at, fields) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at, fields = excluded.fields
    WHERE excluded.seen_at >= seen_at
    """)
}
