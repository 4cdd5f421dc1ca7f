internal import GatewayCore

/// Sorts one answer's changes into findings.
struct ChangeGrouping {
  private struct Key: Hashable {
    let kind: HeatPumpEventType
    let cause: ChangeCause
  }

  private var groups: [Key: [FieldChange]] = [:]
  // What must be done is told together, once it is known whether the flag or the list moved.
  private var flag: (change: FieldChange, cause: ChangeCause)?
  private var actions: FieldChange?

  mutating func add(_ field: Field, _ change: FieldChange, cause: ChangeCause) {
    if field.pointer == Self.flagPointer {
      flag = (change, cause)
    } else if field.kind == .actions {
      actions = change
    } else if let kind = Self.kinds[field.eventClass] {
      groups[Key(kind: kind, cause: cause), default: []].append(change)
    }
  }

  /// At most one finding per kind and cause, in the order of their declaration.
  var findings: [DetectedChange] {
    if groups.isEmpty, flag == nil, actions == nil { return [] }
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
    return HeatPumpEventType.allCases.flatMap { kind in
      ChangeCause.allCases.compactMap { cause in
        groups[Key(kind: kind, cause: cause)].map {
          DetectedChange(kind: kind, cause: cause, changes: $0)
        }
      }
    }
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
