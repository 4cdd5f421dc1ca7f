internal import GatewayCore
internal import HeatPumps

/// What was written to each heat pump and has not been seen in a later observation of the device.
///
/// The upstream stores a setting at once but shows the device's own state only after the next
/// refresh; until then the written value is a wish.
struct PendingWrites: Sendable {
  private var values: [ResourceID: [PendingValue]] = [:]

  /// Notes what an accepted update wrote; of one field only the newest value is pending.
  mutating func add(
    _ patch: HeatPumpPatch, to id: ResourceID, at now: Timestamp, operationID: ResourceID
  ) {
    let added = patch.assignments.map { assignment in
      PendingValue(
        pointer: assignment.field.pointer, requested: assignment.value, since: now,
        operationID: operationID)
    }
    let pointers = Set(added.map(\.pointer))
    values[id, default: []].removeAll { pointers.contains($0.pointer) }
    values[id, default: []].append(contentsOf: added)
  }

  /// What is still pending once `document` has come in.
  ///
  /// A value is settled when the device was observed after the write and shows it, or when its
  /// window has passed.
  mutating func settle(
    _ id: ResourceID, with document: HeatPumpDocument, now: Timestamp, window: Duration
  ) -> [PendingValue] {
    guard let pending = values[id] else { return [] }
    let open = pending.filter { value in
      if now - value.since >= window { return false }
      guard let observedAt = document.observedAt, observedAt > value.since else { return true }
      guard let field = FieldTable.field(pointer: value.pointer) else { return false }
      return !field.isSame(value.requested, document.value(field))
    }
    values[id] = open.isEmpty ? nil : open
    return open
  }

  mutating func forget(_ id: ResourceID) {
    values[id] = nil
  }
}
