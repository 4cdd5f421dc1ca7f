import GatewayCore
import Storage

extension Session {
  typealias NumberedSelection = (number: Int64, selection: EventSelection)

  @discardableResult
  func append(_ batch: EventBatch) async throws -> [StoredEvent] {
    let named = batch.detectors.map(\.heatPump) + batch.events.compactMap(\.heatPump)
    makeRows(of: named)
    let names = Array(Set(batch.events.map(\.organisation))).sorted()
    makeOrganisations(names)
    let heatPumps = try await numbers(of: named)
    try await store(batch.detectors, heatPumps)
    guard !batch.events.isEmpty else { return [] }
    let organisations = try await numberedOrganisations(names)
    let selections = try await activeSelections(of: Array(organisations.values))
    return try await log(batch.events, heatPumps, organisations, selections)
  }

  func detector(of heatPump: HeatPumpReference) async throws -> DetectorState? {
    try await first(
      """
      SELECT state, version FROM detector JOIN heat_pump ON heat_pump.number = detector.heat_pump
      WHERE id = $1 AND organisation = $2 AND user_id = $3
      """,
      [.id(heatPump.id), .text(heatPump.organisation), .id(heatPump.user)]
    ) { row in
      DetectorState(heatPump: heatPump, state: try row.bytes(), version: try row.integer())
    }
  }

  func detectors(
    of organisation: String, after: HeatPumpReference?, limit: Int
  ) async throws -> [DetectorState] {
    try await all(
      """
      SELECT organisation, user_id, id, state, version
      FROM heat_pump JOIN detector ON detector.heat_pump = heat_pump.number
      WHERE organisation = $1 AND ($2::uuid IS NULL OR (id, user_id) > ($2, $3))
      ORDER BY id, user_id LIMIT $4
      """,
      [.text(organisation), .id(after?.id), .id(after?.user), .count(limit)]
    ) { row in
      DetectorState(
        heatPump: try row.heatPump(), state: try row.bytes(), version: try row.integer())
    }
  }

  func loggedEvents(_ ids: [ResourceID]) async throws -> [StoredEvent] {
    let events = try await all(Self.selectEvent + "WHERE event.id = ANY ($1)", [.ids(ids)]) { row in
      try row.loggedEvent()
    }
    let known = Dictionary(events.map { ($0.event.id, $0) }) { first, _ in first }
    return ids.compactMap { known[$0] }
  }

  func loggedEvents(
    of organisation: String, after: Int64, _ selection: EventSelection, limit: Int
  ) async throws -> [StoredEvent] {
    try await all(
      Self.selectEvent + Self.feed + "ORDER BY event.sequence LIMIT $5",
      [
        .text(organisation), .integer(after), .texts(selection.types), .ids(selection.heatPumps),
        .count(limit),
      ]
    ) { row in try row.loggedEvent() }
  }

  func newestSequence(of organisation: String) async throws -> Int64 {
    try await first(
      """
      SELECT greatest(pruned, coalesce((
        SELECT max(sequence) FROM event WHERE event.organisation = event_organisation.number), 0))
      FROM event_organisation WHERE name = $1
      """,
      [.text(organisation)]
    ) { row in try row.integer() } ?? 0
  }

  func oldestSequence(of organisation: String) async throws -> Int64 {
    let pruned = try await first(
      "SELECT pruned FROM event_organisation WHERE name = $1", [.text(organisation)]
    ) { row in try row.integer() }
    return (pruned ?? 0) + 1
  }

  /// Gives organisations their rows if they have none. The answer need not be waited for.
  func makeOrganisations(_ names: [String]) {
    guard !names.isEmpty else { return }
    send(
      """
      INSERT INTO event_organisation (name, pruned)
      SELECT name, 0 FROM unnest($1::text[]) AS new (name)
      WHERE NOT EXISTS (SELECT 1 FROM event_organisation AS old WHERE old.name = new.name)
      ORDER BY name ON CONFLICT DO NOTHING
      """,
      [.texts(names)])
  }

  private func numberedOrganisations(_ names: [String]) async throws -> [String: Int64] {
    let rows = try await all(
      "SELECT name, number FROM event_organisation WHERE name = ANY ($1)", [.texts(names)]
    ) { row in (try row.text(), try row.integer()) }
    guard rows.count == names.count else { throw LostRace() }
    return Dictionary(rows) { first, _ in first }
  }

  private func activeSelections(
    of organisations: [Int64]
  ) async throws -> [Int64: [NumberedSelection]] {
    let rows = try await all(
      """
      SELECT organisation, number, types, heat_pumps FROM subscription
      WHERE organisation = ANY ($1) AND state = 'active'
      """,
      [.integers(organisations)]
    ) { row in (try row.integer(), (number: try row.integer(), selection: try row.selection())) }
    return Dictionary(grouping: rows) { $0.0 }.mapValues { $0.map(\.1) }
  }

  // The order is the one in which `ColumnReading.loggedEvent()` reads.
  static let selectEvent = """
    SELECT event.sequence, event.id, event_organisation.name, event.type, event.at,
      event.is_personal, event.body, event.heat_pump, heat_pump.organisation, heat_pump.user_id,
      heat_pump.id
    FROM event JOIN event_organisation ON event_organisation.number = event.organisation
    LEFT JOIN heat_pump ON heat_pump.number = event.heat_pump\u{20}
    """

  // `EventSelection.admits(_:)` in SQL; organisation, last number and lists are the first four
  // arguments. What is pruned is looked at by the same statement, so that no hole goes unnoticed.
  static let feed = """
    WHERE event_organisation.name = $1 AND event.sequence > greatest($2, pruned)
      AND ($3 IS NULL OR event.type = ANY ($3))
      AND ($4 IS NULL OR event.heat_pump IS NULL OR heat_pump.id = ANY ($4))\u{20}
    """

  // Numbers are given out last, since nobody else gets any until the transaction ends.
  private func log(
    _ events: [NewEvent], _ heatPumps: [HeatPumpReference: Int64],
    _ organisations: [String: Int64], _ selections: [Int64: [NumberedSelection]]
  ) async throws -> [StoredEvent] {
    let last = try await first(
      "UPDATE counter SET value = value + $1 WHERE name = 'event' RETURNING value",
      [.count(events.count)]
    ) { row in try row.integer() }
    guard let last else { throw StorageFault.damaged("the counter of events is missing") }
    let stored = events.enumerated().map { index, event in
      StoredEvent(sequence: last - Int64(events.count - 1 - index), event: event)
    }
    insert(stored, heatPumps, organisations)
    tell(.events)
    var (numbers, queued): ([Int64], [StoredEvent]) = ([], [])
    for event in stored {
      let active = organisations[event.event.organisation].flatMap { selections[$0] } ?? []
      for subscription in active where subscription.selection.admits(event.event) {
        numbers.append(subscription.number)
        queued.append(event)
      }
    }
    if !queued.isEmpty {
      queue(queued.map(\.sequence), for: numbers, at: queued.map(\.event.at))
    }
    return stored
  }

  private func insert(
    _ stored: [StoredEvent], _ heatPumps: [HeatPumpReference: Int64],
    _ organisations: [String: Int64]
  ) {
    let events = stored.map(\.event)
    send(
      """
      INSERT INTO event (
        sequence, id, organisation, heat_pump, type, at, is_personal, size, body)
      SELECT sequence, id, organisation, heat_pump, type, at, is_personal, length(body), body
      FROM unnest(
        $1::bigint[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[],
        $7::boolean[], $8::bytea[]
      ) AS new (sequence, id, organisation, heat_pump, type, at, is_personal, body)
      """,
      [
        .integers(stored.map(\.sequence)), .ids(events.map(\.id)),
        .integers(events.map { organisations[$0.organisation] }),
        .integers(events.map { event in event.heatPump.flatMap { heatPumps[$0] } }),
        .texts(events.map(\.type)), .times(events.map(\.at)), .flags(events.map(\.isPersonal)),
        .byteStrings(events.map(\.body)),
      ])
  }

  private func store(
    _ changes: [DetectorChange], _ heatPumps: [HeatPumpReference: Int64]
  ) async throws {
    guard !changes.isEmpty else { return }
    // The heat pumps' rows are locked, and not those of the detectors, which may be missing.
    send(
      "SELECT number FROM heat_pump WHERE number = ANY ($1) ORDER BY number FOR NO KEY UPDATE",
      [.integers(changes.map { heatPumps[$0.heatPump] })])
    let rows = try await all(
      "SELECT heat_pump, version FROM detector WHERE heat_pump = ANY ($1)",
      [.integers(changes.map { heatPumps[$0.heatPump] })]
    ) { row in (try row.integer(), try row.integer()) }
    var versions = Dictionary(rows) { first, _ in first }
    for change in changes {
      guard let number = heatPumps[change.heatPump] else { throw LostRace() }
      let version = versions[number] ?? 0
      guard change.replaces ?? version == version else { throw StorageFault.outdated }
      versions[number] = change.state == nil ? 0 : version + 1
      put(change.state, version: version + 1, of: number)
    }
  }

  private func put(_ state: [UInt8]?, version: Int64, of heatPump: Int64) {
    guard let state else {
      send("DELETE FROM detector WHERE heat_pump = $1", [.integer(heatPump)])
      return
    }
    send(
      """
      INSERT INTO detector (heat_pump, version, state) VALUES ($1, $2, $3)
      ON CONFLICT (heat_pump) DO UPDATE SET version = excluded.version, state = excluded.state
      """,
      [.integer(heatPump), .integer(version), .bytes(state)])
  }
}
