internal import GatewayCore
internal import HeatPumps
internal import Storage

/// Makes audit entries: what a field was and what it is, and of personal fields only whether they
/// changed.
enum AuditTrail {
  static func entry(
    _ operation: StoredOperation, _ fields: [HeatPumpPatch.Assignment], state: OperationState,
    at now: Timestamp, before: HeatPumpDocument?, after: HeatPumpDocument?
  ) -> AuditEntry {
    let changes = fields.map { assignment in
      let field = assignment.field
      let (old, new) = (before?.value(field), after?.value(field))
      var change = JSONObjectText()
      change.append("pointer", field.pointer)
      if field.isPersonal {
        if before != nil, after != nil { change.append("changed", .bool(!field.isSame(old, new))) }
      } else {
        change.append("requested", assignment.value)
        if before != nil { change.append("before", old ?? .null) }
        if after != nil { change.append("after", new ?? .null) }
      }
      return change.closed()
    }
    var text: [UInt8] = []
    appendJSONList(changes, to: &text)
    return AuditEntry(
      at: now, heatPump: operation.request.heatPump, operationID: operation.request.id,
      origin: operation.request.origin, state: state, changes: text)
  }
}
