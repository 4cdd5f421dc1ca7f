/// Where the events of home automation that are in one state are looked for: each state has its
/// indices, whose conditions these are, in every database; without one, the table itself is in the
/// right order.
package enum HookEventSource: Sendable {
  /// Among all events, those that meet a condition.
  case events(where: String)
  /// Among the operations in a state. An operation that a replay has replaced does not count.
  case operations(OperationState)

  /// All places of one state; `nil` for events in any.
  package static func all(of state: HookEventState?) -> [HookEventSource] {
    guard let state else { return [.events(where: "TRUE")] }
    let operations = state.operationStates.map(HookEventSource.operations)
    return switch state {
    case .ignored: [.events(where: "hook_event.operation IS NULL AND refusal IS NULL")]
    case .dead: operations + [.events(where: "refusal IS NOT NULL")]
    case .accepted, .applied, .merged, .expired: operations
    }
  }

  /// The column by which it is in the order of the events' numbers.
  package var order: String {
    switch self {
    case .events: "hook_event.sequence"
    case .operations: "operation.hook_event"
    }
  }

  /// Joins and conditions.
  ///
  /// - Parameters:
  ///   - joins: the tables of bodies and heat pumps.
  ///   - join: the word that joins events to operations.
  package func clause(joins: String, join: String = "JOIN") -> String {
    switch self {
    case .events(let condition):
      return """
        FROM hook_event \(joins)
        LEFT JOIN operation ON operation.id = hook_event.operation WHERE \(condition)\u{20}
        """
    case .operations(let state):
      let open = state.isOpen ? "IN" : "NOT IN"
      return """
        FROM operation \(join) hook_event
          ON hook_event.sequence = operation.hook_event AND hook_event.operation = operation.id
        \(joins)
        WHERE operation.state = '\(state.rawValue)' AND operation.hook_event IS NOT NULL
          AND operation.state \(open) ('queued', 'sent')\u{20}
        """
    }
  }
}
