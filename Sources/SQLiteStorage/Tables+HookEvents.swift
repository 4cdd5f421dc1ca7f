import GRDB
import GatewayCore
import Storage

extension Tables {
  // Statements of an event that becomes an operation: its lane, itself, its body, the operation,
  // and the lane's holder if it was free.
  func accept(_ event: NewHookEvent, lane request: LaneRequest) throws -> HookEventAcceptance {
    let lane = try event.decision.heatPump.map { try madeLane(of: $0) }
    var stored = StoredHookEvent(accepting: event, sequence: 0)
    guard try insert(stored, heatPump: lane?.number, operation: event.decision.newOperation) else {
      return .repeated(eventID: try eventID(key: event.key, hook: event.hook))
    }
    stored.sequence = lastNumber
    if let body = event.body {
      try run(Self.insertBody, [stored.sequence, body])
    }
    let lease = try queue(event.decision, of: &stored, lane, request)
    return .accepted(stored, lease: lease)
  }

  func redecide(
    _ id: ResourceID, _ decision: HookEventDecision, at now: Timestamp, lane request: LaneRequest
  ) throws -> HookEventRedecision? {
    guard var event = try hookEvent(id) else { return nil }
    try event.redecide(decision, at: now)
    let lane = try decision.heatPump.map { try madeLane(of: $0) }
    try run(
      """
      UPDATE hook_event SET decided_at = ?, rule = ?, heat_pump = ?, refusal = ?, operation = ?,
        replays = ?
      WHERE sequence = ?
      """,
      [
        event.decidedAt.microseconds, event.rule, lane?.number, event.refusal,
        decision.newOperation?.id, event.replays, event.sequence,
      ])
    let lease = try queue(decision, of: &event, lane, request)
    return HookEventRedecision(event: event, lease: lease)
  }

  func hookEvent(_ id: ResourceID) throws -> StoredHookEvent? {
    try first(
      Self.select
        + """
        FROM hook_event \(Self.bodyAndHeatPump)
        LEFT JOIN operation ON operation.id = hook_event.operation WHERE hook_event.id = ?
        """,
      [id]
    ) { row in try row.hookEvent() }
  }

  func hookEvents(
    _ filter: HookEventFilter, before: Int64?, limit: Int
  ) throws -> [StoredHookEvent] {
    let heatPump = try filter.heatPump.map { try lane(of: $0)?.number }
    // Asked for, but never named: nothing is about it.
    if case .some(nil) = heatPump { return [] }
    let events = try HookEventSource.all(of: filter.state).flatMap { source in
      try all(
        Self.select + Self.clause(source)
          + """
            AND hook_event.organisation = ? AND \(source.order) < ?
            AND hook_event.hook = coalesce(?, hook_event.hook)
            AND received_at >= ? AND received_at < ?
            AND (?6 IS NULL OR hook_event.heat_pump = ?6)
          ORDER BY \(source.order) DESC LIMIT ?
          """,
        [
          filter.organisation, before ?? .max, filter.hook,
          filter.receivedAfter?.microseconds ?? .min, filter.receivedBefore?.microseconds ?? .max,
          heatPump ?? nil, max(0, limit),
        ]
      ) { row in try row.hookEvent() }
    }
    return Array(events.sorted { $0.sequence > $1.sequence }.prefix(max(0, limit)))
  }

  /// Joins and conditions of a source. The cross join keeps SQLite from beginning with the events.
  static func clause(_ source: HookEventSource) -> String {
    source.clause(joins: bodyAndHeatPump, join: "CROSS JOIN")
  }

  /// Inserts an event, unless its key is there already.
  ///
  /// - Returns: whether it was inserted.
  private func insert(
    _ event: StoredHookEvent, heatPump number: Int64?, operation: NewOperation?
  ) throws -> Bool {
    try run(
      Self.insertEvent,
      [
        event.id, event.organisation, event.hook, event.key,
        event.receivedAt.microseconds, event.decidedAt.microseconds, event.rule, number,
        event.refusal, operation?.id, event.replays,
      ]) > 0
  }

  private static let insertEvent = KeptStatement(
    """
    INSERT INTO hook_event (
      id, organisation, hook, key, received_at, decided_at, rule, heat_pump, refusal, operation,
      replays
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (key, hook) DO NOTHING
    """)

  private static let insertBody = KeptStatement("INSERT INTO hook_event_body VALUES (?, ?)")

  private func eventID(key: [UInt8], hook: String) throws -> ResourceID {
    let id = try first(
      "SELECT id FROM hook_event WHERE key = ? AND hook = ?", [key, hook]
    ) { row in try row.id() }
    guard let id else { throw StorageFault.damaged("an event's key has lost its event") }
    return id
  }

  /// Queues the operation of an event that is stored already.
  private func queue(
    _ decision: HookEventDecision, of event: inout StoredHookEvent,
    _ lane: (number: Int64, state: LaneState)?, _ request: LaneRequest
  ) throws -> LaneLease? {
    guard let operation = decision.newOperation, let (number, state) = lane else { return nil }
    var stored = StoredOperation(accepting: operation, sequence: 0)
    try insert(&stored, key: nil, heatPump: number, hookEvent: event.sequence)
    event.operation = stored
    return try claimLane(number, state, operation.heatPump, request)
  }

  // The order is the one in which `ColumnReading.hookEvent()` reads.
  private static let select = """
    SELECT hook_event.sequence, hook_event.id, hook_event.organisation, hook, key, received_at,
      decided_at, body, rule, refusal, replays, hook_event.operation, hook_event.heat_pump,
      heat_pump.organisation, heat_pump.user, heat_pump.id, \(operationColumns)\u{20}
    """

  private static let bodyAndHeatPump = """
    LEFT JOIN hook_event_body ON hook_event_body.event = hook_event.sequence
    LEFT JOIN heat_pump ON heat_pump.number = hook_event.heat_pump
    """
}
