import GatewayCore
import Storage

extension Session {
  func accept(_ event: NewHookEvent, lane request: LaneRequest) async throws -> HookEventAcceptance
  {
    let heatPump = event.decision.heatPump
    if let heatPump { makeRow(of: heatPump) }
    // Whoever comes with the same key waits here until it is known what becomes of this one.
    let inserting = insert(StoredHookEvent(accepting: event, sequence: 0), event.decision)
    let locking = event.decision.newOperation.map { lock($0.heatPump) }
    let number = try await inserting.rows().first { row in try row.integer() }
    guard let number else { return .repeated(eventID: try await eventID(of: event)) }
    var stored = StoredHookEvent(accepting: event, sequence: number)
    if let body = event.body {
      send("INSERT INTO hook_event_body VALUES ($1, $2)", [.integer(number), .bytes(body)])
    }
    let lease = try await queue(event.decision, of: &stored, locking, request)
    return .accepted(stored, lease: lease)
  }

  func redecide(
    _ id: ResourceID, _ decision: HookEventDecision, at now: Timestamp, lane request: LaneRequest
  ) async throws -> HookEventRedecision? {
    let finding = send(
      Self.selectEvents(.events(where: "hook_event.id = $1 FOR NO KEY UPDATE OF hook_event")),
      [.id(id)])
    if let heatPump = decision.heatPump { makeRow(of: heatPump) }
    guard var event = try await finding.rows().first({ row in try row.hookEvent() }) else {
      return nil
    }
    try event.redecide(decision, at: now)
    let locking = decision.newOperation.map { lock($0.heatPump) }
    send(
      """
      UPDATE hook_event SET decided_at = $1, rule = $2, refusal = $3, operation = $4, replays = $5,
        heat_pump = (
          SELECT number FROM heat_pump WHERE id = $6 AND organisation = $7 AND user_id = $8)
      WHERE sequence = $9
      """,
      [
        .time(event.decidedAt), .text(event.rule), .text(event.refusal),
        .id(decision.newOperation?.id), .integer(Int64(event.replays)),
        .id(decision.heatPump?.id), .text(decision.heatPump?.organisation),
        .id(decision.heatPump?.user), .integer(event.sequence),
      ])
    let lease = try await queue(decision, of: &event, locking, request)
    return HookEventRedecision(event: event, lease: lease)
  }

  func hookEvent(_ id: ResourceID) async throws -> StoredHookEvent? {
    try await first(Self.selectEvents(.events(where: "hook_event.id = $1")), [.id(id)]) { row in
      try row.hookEvent()
    }
  }

  func hookEvents(
    _ filter: HookEventFilter, before: Int64?, limit: Int
  ) async throws -> [StoredHookEvent] {
    let values: [PostgresValue] = [
      .text(filter.organisation), .integer(before ?? .max), .text(filter.hook),
      .integer(filter.receivedAfter?.microseconds ?? .min),
      .integer(filter.receivedBefore?.microseconds ?? .max), .id(filter.heatPump?.id),
      .text(filter.heatPump?.organisation), .id(filter.heatPump?.user), .count(limit),
    ]
    let answers = HookEventSource.all(of: filter.state).map { source in
      send(
        Self.selectEvents(source)
          + """
           AND hook_event.organisation = $1 AND \(source.order) < $2
            AND hook_event.hook = coalesce($3, hook_event.hook)
            AND received_at >= $4 AND received_at < $5
            AND ($6::uuid IS NULL
              OR (heat_pump.id = $6 AND heat_pump.organisation = $7 AND heat_pump.user_id = $8))
          ORDER BY \(source.order) DESC LIMIT $9
          """, values)
    }
    var events: [StoredHookEvent] = []
    for answer in answers { events += try await answer.rows().all { row in try row.hookEvent() } }
    return Array(events.sorted { $0.sequence > $1.sequence }.prefix(max(0, limit)))
  }

  // Gives no row if the key is taken. The first look keeps the numbers of events from being used
  // up.
  private func insert(_ event: StoredHookEvent, _ decision: HookEventDecision) -> PostgresAnswer {
    send(
      """
      INSERT INTO hook_event (
        id, organisation, hook, key, received_at, decided_at, rule, refusal, operation, replays,
        heat_pump
      ) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (
        SELECT number FROM heat_pump WHERE id = $11 AND organisation = $12 AND user_id = $13)
      WHERE NOT EXISTS (SELECT 1 FROM hook_event WHERE key = $4 AND hook = $3)
      ON CONFLICT (key, hook) DO NOTHING
      RETURNING sequence
      """,
      [
        .id(event.id), .text(event.organisation), .text(event.hook), .bytes(event.key),
        .time(event.receivedAt), .time(event.decidedAt), .text(event.rule), .text(event.refusal),
        .id(decision.newOperation?.id), .integer(Int64(event.replays)),
        .id(decision.heatPump?.id), .text(decision.heatPump?.organisation),
        .id(decision.heatPump?.user),
      ])
  }

  private func eventID(of event: NewHookEvent) async throws -> ResourceID {
    let id = try await first(
      "SELECT id FROM hook_event WHERE key = $1 AND hook = $2",
      [.bytes(event.key), .text(event.hook)]
    ) { row in try row.id() }
    guard let id else { throw LostRace() }
    return id
  }

  private func queue(
    _ decision: HookEventDecision, of event: inout StoredHookEvent, _ locking: PostgresAnswer?,
    _ request: LaneRequest
  ) async throws -> LaneLease? {
    guard let operation = decision.newOperation, let locking else { return nil }
    let lane = try await madeLane(locking)
    let inserting = insert(
      operation, key: nil, heatPump: lane.number, hookEvent: event.sequence)
    let lease = claim(lane, operation.heatPump, request)
    if lease == nil { tell(.queued(operation.heatPump.id)) }
    sendCommit()
    event.operation = StoredOperation(
      accepting: operation, sequence: try await sequence(inserting))
    return lease
  }

  private static func selectEvents(_ source: HookEventSource) -> String {
    selectHookEvent + source.clause(joins: bodyAndHeatPump)
  }

  // The order is the one in which `ColumnReading.hookEvent()` reads.
  private static let selectHookEvent = """
    SELECT hook_event.sequence, hook_event.id, hook_event.organisation, hook, key, received_at,
      decided_at, body, rule, refusal, replays, hook_event.operation, hook_event.heat_pump,
      heat_pump.organisation, heat_pump.user_id, heat_pump.id, \(operationColumns)\u{20}
    """

  private static let bodyAndHeatPump = """
    LEFT JOIN hook_event_body ON hook_event_body.event = hook_event.sequence
    LEFT JOIN heat_pump ON heat_pump.number = hook_event.heat_pump
    """
}
