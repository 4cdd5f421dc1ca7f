internal import GatewayCore

/// Sorts one answer's changes into findings.
struct ChangeGrouping {
  private struct Group {
    let kind: HeatPumpEventType
    let cause: ChangeCause
    var changes: [FieldChange]
    // Of the one request that all of them come from; `nil` if there are several, or it has none.
    var traceparent: String?
  }

  // Nearly always one, if any.
  private var groups: [Group] = []
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
    } else if let kind = Self.kind(field.eventClass) {
      guard let place = Self.place(kind, cause, in: groups) else {
        return groups.append(
          Group(kind: kind, cause: cause, changes: [change], traceparent: traceparent))
      }
      groups[place].changes.append(change)
      if groups[place].traceparent != traceparent { groups[place].traceparent = nil }
    }
  }

  /// At most one finding per kind and cause, in the order of their declaration.
  var findings: [DetectedChange] {
    var groups = groups
    if let flag {
      groups.append(
        Group(
          kind: flag.change.to == .bool(true) ? .actionNeeded : .actionResolved,
          cause: flag.cause, changes: [flag.change] + (actions.map { [$0] } ?? [])))
    } else if let actions {
      let kind: HeatPumpEventType = Self.hasNewAction(actions) ? .actionNeeded : .statusChanged
      if let place = Self.place(kind, .outside, in: groups) {
        groups[place].changes.append(actions)
      } else {
        groups.append(Group(kind: kind, cause: .outside, changes: [actions]))
      }
    }
    return groups.sorted(by: Self.isDeclaredBefore).map { group in
      DetectedChange(
        kind: group.kind, cause: group.cause, changes: group.changes,
        traceparent: group.traceparent)
    }
  }

  private static let flagPointer = "/status/action_needed"

  private static func kind(_ eventClass: EventClass) -> HeatPumpEventType? {
    switch eventClass {
    case .settings: .settingsChanged
    case .state: .stateChanged
    case .status: .statusChanged
    case .none: nil
    }
  }

  private static func place(
    _ kind: HeatPumpEventType, _ cause: ChangeCause, in groups: [Group]
  ) -> Int? {
    groups.firstIndex { $0.kind == kind && $0.cause == cause }
  }

  private static func isDeclaredBefore(_ left: Group, _ right: Group) -> Bool {
    func rank(_ group: Group) -> (Int?, Int?) {
      (
        HeatPumpEventType.allCases.firstIndex(of: group.kind),
        ChangeCause.allCases.firstIndex(of: group.cause)
      )
    }
    let (left, right) = (rank(left), rank(right))
    return (left.0 ?? 0, left.1 ?? 0) < (right.0 ?? 0, right.1 ?? 0)
  }

  // One of several actions done is a change of status: others are still needed.
  private static func hasNewAction(_ change: FieldChange) -> Bool {
    let known = Set((change.from.array ?? []).compactMap { $0["code"]?.string })
    return (change.to.array ?? []).contains { action in
      action["code"]?.string.map { !known.contains($0) } ?? false
    }
  }
}
