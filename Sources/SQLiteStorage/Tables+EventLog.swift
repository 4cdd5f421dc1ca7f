import GRDB
import GatewayCore
import Storage

extension Tables {
  func append(_ batch: EventBatch) throws -> [StoredEvent] {
    for change in batch.detectors { try store(change) }
    var organisations:
      [String: (number: Int64, selections: [(number: Int64, selection: PreparedSelection)])] = [:]
    var heatPumps: [HeatPumpReference: Int64] = [:]
    return try batch.events.map { event in
      let organisation =
        try organisations[event.organisation]
        ?? {
          let number = try madeOrganisation(event.organisation)
          let selections = try activeSelections(of: number)
          return (number, selections.map { ($0.number, PreparedSelection($0.selection)) })
        }()
      organisations[event.organisation] = organisation
      if let heatPump = event.heatPump, heatPumps[heatPump] == nil {
        heatPumps[heatPump] = try madeNumber(of: heatPump)
      }
      let stored = try insert(
        event, organisation: organisation.number, heatPump: event.heatPump.flatMap { heatPumps[$0] }
      )
      for (number, selection) in organisation.selections where selection.admits(event) {
        try queue(stored.sequence, for: number, at: event.at)
      }
      return stored
    }
  }

  func detector(of heatPump: HeatPumpReference) throws -> DetectorState? {
    guard let number = try number(of: heatPump) else { return nil }
    return try first("SELECT state, version FROM detector WHERE heat_pump = ?", [number]) { row in
      DetectorState(heatPump: heatPump, state: try row.bytes(), version: try row.integer())
    }
  }

  func detectors(
    of organisation: String, after: HeatPumpReference?, limit: Int
  ) throws -> [DetectorState] {
    let start = ResourceID(high: 0, low: 0)
    let user = after.map { Octets.of($0.user) } ?? []
    return try all(
      """
      SELECT organisation, user, id, state, version
      FROM heat_pump CROSS JOIN detector ON detector.heat_pump = heat_pump.number
      WHERE organisation = ?1 AND id >= ?2 AND (id > ?2 OR user > ?3) ORDER BY id, user LIMIT ?4
      """,
      [organisation, after?.id ?? start, user, max(0, limit)]
    ) { row in
      DetectorState(
        heatPump: try row.heatPump(), state: try row.bytes(), version: try row.integer())
    }
  }

  func loggedEvent(_ id: ResourceID) throws -> StoredEvent? {
    try first(Self.selectEvent + "WHERE event.id = ?", [id]) { row in
      try row.loggedEvent()
    }
  }

  func loggedEvent(_ sequence: Int64) throws -> StoredEvent? {
    try first(Self.selectEvent + "WHERE event.sequence = ?", [sequence]) { row in
      try row.loggedEvent()
    }
  }

  func loggedEvents(
    of organisation: String, after: Int64, _ selection: EventSelection, limit: Int
  ) throws -> [StoredEvent] {
    guard let (number, pruned) = try organisationRow(organisation) else { return [] }
    let (types, heatPumps) = Texts.lists(selection)
    return try all(
      Self.selectEvent + Self.feed + "ORDER BY event.sequence LIMIT ?5",
      [number, max(after, pruned), types, heatPumps, max(0, limit)]
    ) { row in try row.loggedEvent() }
  }

  func newestSequence(of organisation: String) throws -> Int64 {
    guard let (number, pruned) = try organisationRow(organisation) else { return 0 }
    return max(pruned, try newestEvent(of: number))
  }

  func oldestSequence(of organisation: String) throws -> Int64 {
    (try organisationRow(organisation)?.pruned ?? 0) + 1
  }

  /// The number of the newest event that is stored; zero if there is none.
  func newestEvent(of organisation: Int64) throws -> Int64 {
    try first(
      "SELECT coalesce(max(sequence), 0) FROM event WHERE organisation = ?", [organisation]
    ) { row in try row.integer() } ?? 0
  }

  /// An organisation's number, and the newest that has left its feed.
  func organisationRow(_ name: String) throws -> (number: Int64, pruned: Int64)? {
    try first(
      "SELECT number, pruned FROM event_organisation WHERE name = ?", [name]
    ) { row in (try row.integer(), try row.integer()) }
  }

  /// An organisation's number; it gets its row if it has none.
  func madeOrganisation(_ name: String) throws -> Int64 {
    if let known = try organisationRow(name) { return known.number }
    try run("INSERT INTO event_organisation (name, pruned) VALUES (?, 0)", [name])
    return lastNumber
  }

  // The order is the one in which `ColumnReading.loggedEvent()` reads.
  static let selectEvent = """
    SELECT event.sequence, event.id, event_organisation.name, event.type, event.at,
      event.is_personal, event.body, event.heat_pump, heat_pump.organisation, heat_pump.user,
      heat_pump.id
    FROM event JOIN event_organisation ON event_organisation.number = event.organisation
    LEFT JOIN heat_pump ON heat_pump.number = event.heat_pump\u{20}
    """

  // `EventSelection.admits(_:)` in SQL; organisation, last number and lists are the first four
  // arguments.
  static let feed = """
    WHERE event.organisation = ?1 AND event.sequence > ?2
      AND (?3 IS NULL OR event.type IN (SELECT value FROM json_each(?3)))
      AND (?4 IS NULL OR event.heat_pump IS NULL
        OR hex(heat_pump.id) IN (SELECT value FROM json_each(?4)))\u{20}
    """

  private func insert(
    _ event: NewEvent, organisation: Int64, heatPump: Int64?
  ) throws -> StoredEvent {
    try run(
      Self.insertEvent,
      [
        event.id, organisation, heatPump, event.type, event.at.microseconds,
        event.isPersonal, event.body.count, event.body,
      ])
    return StoredEvent(sequence: lastNumber, event: event)
  }

  private static let insertEvent = KeptStatement(
    """
    INSERT INTO event (id, organisation, heat_pump, type, at, is_personal, size, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    """)

  private func store(_ change: DetectorChange) throws {
    let number = try madeNumber(of: change.heatPump)
    // A row that is there and is what the change is against needs no look.
    if let version = change.replaces, version > 0, let state = change.state,
      try run(Self.replaceDetector, [state, number, version]) == 1
    {
      return
    }
    let version =
      try first("SELECT version FROM detector WHERE heat_pump = ?", [number]) { row in
        try row.integer()
      } ?? 0
    guard change.replaces ?? version == version else { throw StorageFault.outdated }
    if let state = change.state {
      try run(
        """
        INSERT INTO detector (heat_pump, version, state) VALUES (?, ?, ?)
        ON CONFLICT (heat_pump) DO UPDATE SET version = excluded.version, state = excluded.state
        """,
        [number, version + 1, state])
    } else {
      try run("DELETE FROM detector WHERE heat_pump = ?", [number])
    }
  }

  private static let replaceDetector = KeptStatement(
    """
    UPDATE detector SET version = version + 1, state = ? WHERE heat_pump = ? AND version = ?
    """)
}
