internal import GatewayCore

/// Sorts one answer's changes into findings.
struct ChangeGrouping {
  private struct Key: Hashable {
    let kind: HeatPumpEventType
    let cause: ChangeCause
  }

  private var groups: [Key: [FieldChange]] = [:]
  // Of each group, the requests that its fields come from; `nil` stands for one without a trace.
  private var traces: [Key: Set<String?>] = [:]
  // What must be done is told together, once it is known whether the flag or the list moved.
  private var flag: (change: FieldChange, cause: ChangeCause)?
  private var actions: FieldChange?

  mutating func add(
    _ field: Field, _ change: FieldChange, cause: ChangeCause, traceparent: String? = nil
  ) {
    if field.pointer == Self.flagPointer {
      flag = (change, cause)
    } else if field.kind == .actions {
      actions = change
    } else if let kind = Self.kinds[field.eventClass] {
      let key = Key(kind: kind, cause: cause)
      groups[key, default: []].append(change)
      traces[key, default: []].insert(traceparent)
    }
  }

  /// At most one finding per kind and cause, in the order of their declaration.
  var findings: [DetectedChange] {
    if flag == nil, actions == nil, groups.count < 2 {
      // Nearly always one kind of change with one cause, if any.
      return groups.map { finding($0, $1) }
    }
    var groups = groups
    if let flag {
      let kind: HeatPumpEventType =
        flag.change.to == .bool(true) ? .actionNeeded : .actionResolved
      groups[Key(kind: kind, cause: flag.cause)] =
        [flag.change] + (actions.map { [$0] } ?? [])
    } else if let actions {
      let kind: HeatPumpEventType = Self.hasNewAction(actions) ? .actionNeeded : .statusChanged
      groups[Key(kind: kind, cause: .outside), default: []].append(actions)
    }
    let kinds = Set(groups.keys.map(\.kind))
    return HeatPumpEventType.allCases.filter(kinds.contains).flatMap { kind in
      ChangeCause.allCases.compactMap { cause in
        let key = Key(kind: kind, cause: cause)
        return groups[key].map { finding(key, $0) }
      }
    }
  }

  private func finding(_ key: Key, _ changes: [FieldChange]) -> DetectedChange {
    let traces = traces[key] ?? []
    return DetectedChange(
      kind: key.kind, cause: key.cause, changes: changes,
      traceparent: traces.count == 1 ? traces.first ?? nil : nil)
  }

  private static let flagPointer = "/status/action_needed"

  private static let kinds: [EventClass: HeatPumpEventType] = [
    .settings: .settingsChanged, .state: .stateChanged, .status: .statusChanged,
  ]

  // One of several actions done is a change of status: others are still needed.
  private static func hasNewAction(_ change: FieldChange) -> Bool {
    let known = Set((change.from.array ?? []).compactMap { $0["code"]?.string })
    return (change.to.array ?? []).contains { action in
      action["code"]?.string.map { !known.contains($0) } ?? false
    }
  }
}
