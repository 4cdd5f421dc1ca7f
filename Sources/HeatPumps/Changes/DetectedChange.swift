public import GatewayCore

/// One field's way from the value that was last told to the present one.
public struct FieldChange: Sendable, Equatable {
  /// JSON Pointer (RFC 6901) in the simplified resource.
  public let pointer: String
  /// The simplified value that listeners know.
  public let from: JSONValue
  /// The simplified value that the upstream shows now.
  public let to: JSONValue

  /// Creates a change.
  public init(pointer: String, from: JSONValue, to: JSONValue) {
    self.pointer = pointer
    self.from = from
    self.to = to
  }

  /// Whether it may be shown only with `personal-data:read`. A pointer that the table lacks, as one
  /// of an older release may be, counts as personal.
  public var isPersonal: Bool {
    FieldTable.field(pointer: pointer)?.isPersonal ?? true
  }

  /// The change as it may be shown without `personal-data:read`; `nil` if not at all.
  public var withoutPersonalData: FieldChange? {
    guard let field = FieldTable.field(pointer: pointer), !field.isPersonal else { return nil }
    guard field.kind == .actions else { return self }
    return FieldChange(
      pointer: pointer, from: FieldTable.removingLinks(fromActions: from),
      to: FieldTable.removingLinks(fromActions: to))
  }
}

/// What one answer of the upstream's gives cause to tell: the material of one event.
public struct DetectedChange: Sendable, Equatable {
  /// Which event it becomes.
  public let kind: HeatPumpEventType
  /// Where it came from.
  public let cause: ChangeCause
  /// What changed, in the order of the field table; never empty.
  public let changes: [FieldChange]
  /// The trace context of the one request that brought all of it about; `nil` for several.
  public let traceparent: String?

  /// Creates the finding.
  public init(
    kind: HeatPumpEventType, cause: ChangeCause, changes: [FieldChange],
    traceparent: String? = nil
  ) {
    self.kind = kind
    self.cause = cause
    self.changes = changes
    self.traceparent = traceparent
  }

  /// Whether all of it may be shown only with `personal-data:read`.
  public var isPersonal: Bool { changes.allSatisfy(\.isPersonal) }
}

/// A value that the gateway wrote to a heat pump.
public struct WrittenValue: Sendable, Equatable {
  /// The field's pointer.
  public let pointer: String
  /// What was asked for, in its simplified form.
  public let requested: JSONValue
  /// Who asked.
  public let cause: ChangeCause
  /// Whether it waited for verification when the answer came in: other values are then neither a
  /// change nor a revert. A write that ended since the last observation is named with `false`, so
  /// that what it changed is not taken for the doing of others.
  public let isPending: Bool
  /// The trace context of the request that asked for it.
  public let traceparent: String?

  /// Creates the entry.
  public init(
    pointer: String, requested: JSONValue, cause: ChangeCause, isPending: Bool,
    traceparent: String? = nil
  ) {
    self.pointer = pointer
    self.requested = requested
    self.cause = cause
    self.isPending = isPending
    self.traceparent = traceparent
  }
}

/// Which call an answer comes from.
public enum AnswerSource: Sendable {
  /// The detail call: what it lacks, the heat pump lacks.
  case detail
  /// The list or the update call: they lack the actions, or have them empty, whatever is the case.
  case partial
}
