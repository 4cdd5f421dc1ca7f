internal import GatewayCore
internal import HeatPumps
internal import Storage

/// How an accepted operation's wait for verification ended.
struct Verification: Sendable, Equatable {
  let operationID: ResourceID
  /// `verified`, `unverified` or `superseded`.
  let state: OperationState
  let supersededFields: [String: ResourceID]
}

extension Conclusion {
  /// The end of an operation's wait, to be stored.
  init(_ verification: Verification) {
    self.init(
      operationID: verification.operationID, state: verification.state,
      supersededFields: verification.supersededFields)
  }
}

/// What was written to each heat pump and has not been seen in a later observation of the device.
///
/// The upstream stores a setting at once but shows the device's own state only after the next
/// refresh; until then the written value is a wish.
struct PendingWrites: Sendable {
  private struct Progress: Sendable {
    var open: Set<String>
    var isShort = false
    var overtaken: [String: ResourceID] = [:]
    var wasSeen = false

    /// The end of the wait, once no field is open.
    func ending(_ id: ResourceID) -> Verification? {
      guard open.isEmpty else { return nil }
      let state: OperationState = isShort ? .unverified : wasSeen ? .verified : .superseded
      return Verification(operationID: id, state: state, supersededFields: overtaken)
    }
  }

  private var values: [ResourceID: [PendingValue]] = [:]
  private var operations: [ResourceID: Progress] = [:]

  /// The heat pumps with something pending.
  var heatPumps: [ResourceID] { Array(values.keys) }

  /// What is pending on a heat pump.
  func values(of heatPump: ResourceID) -> [PendingValue] { values[heatPump] ?? [] }

  /// Notes what an accepted update wrote; of one field only the newest value is pending.
  ///
  /// - Parameters:
  ///   - fields: the operation's fields that were not overtaken before they were sent.
  ///   - overtaken: those that were.
  /// - Returns: older operations whose last open field was overtaken by this one.
  mutating func add(
    _ fields: [HeatPumpPatch.Assignment], overtaken: [String: ResourceID] = [:],
    to heatPump: ResourceID, at now: Timestamp, operationID: ResourceID
  ) -> [Verification] {
    let pointers = Set(fields.map(\.field.pointer))
    operations[operationID] = Progress(open: pointers, overtaken: overtaken)
    var older: Set<ResourceID> = []
    // Its own come again when the record of its outcome could not be stored at the first try.
    for value in values[heatPump] ?? []
    where pointers.contains(value.pointer) && value.operationID != operationID {
      operations[value.operationID]?.open.remove(value.pointer)
      operations[value.operationID]?.overtaken[value.pointer] = operationID
      older.insert(value.operationID)
    }
    values[heatPump, default: []].removeAll { pointers.contains($0.pointer) }
    values[heatPump, default: []].append(
      contentsOf: fields.map { assignment in
        PendingValue(
          pointer: assignment.field.pointer, requested: assignment.value, since: now,
          operationID: operationID)
      })
    return end(older)
  }

  /// What is still pending once `document` has come in.
  ///
  /// A value is settled when the device was observed after the write and shows it, or when its
  /// window has passed.
  mutating func settle(
    _ heatPump: ResourceID, with document: HeatPumpDocument, now: Timestamp, window: Duration
  ) -> (open: [PendingValue], ended: [Verification]) {
    guard let pending = values[heatPump] else { return ([], []) }
    var open: [PendingValue] = []
    var touched: Set<ResourceID> = []
    for value in pending {
      if let observedAt = document.observedAt, observedAt > value.since,
        let field = FieldTable.field(pointer: value.pointer),
        field.isSame(value.requested, document.value(field) ?? .null)
      {
        operations[value.operationID]?.open.remove(value.pointer)
        operations[value.operationID]?.wasSeen = true
        touched.insert(value.operationID)
      } else if now - value.since >= window {
        giveUp(value)
        touched.insert(value.operationID)
      } else {
        open.append(value)
      }
    }
    values[heatPump] = open.isEmpty ? nil : open
    return (open, end(touched))
  }

  /// Ends the wait of all values whose window has passed, whether or not anything came in.
  ///
  /// - Returns: the heat pumps with fewer pending values now, and the operations that have ended.
  mutating func expire(
    now: Timestamp, window: Duration
  ) -> (changed: [ResourceID], ended: [Verification]) {
    var changed: [ResourceID] = []
    var touched: Set<ResourceID> = []
    for (heatPump, pending) in values {
      let over = pending.filter { now - $0.since >= window }
      guard !over.isEmpty else { continue }
      for value in over {
        giveUp(value)
        touched.insert(value.operationID)
      }
      let open = pending.filter { now - $0.since < window }
      values[heatPump] = open.isEmpty ? nil : open
      changed.append(heatPump)
    }
    return (changed, end(touched))
  }

  /// Forgets a heat pump that is gone; what was written to it stays unverified.
  mutating func forget(_ heatPump: ResourceID) -> [Verification] {
    var touched: Set<ResourceID> = []
    for value in values.removeValue(forKey: heatPump) ?? [] {
      giveUp(value)
      touched.insert(value.operationID)
    }
    return end(touched)
  }

  /// Ends the wait for a value that was not seen.
  private mutating func giveUp(_ value: PendingValue) {
    operations[value.operationID]?.open.remove(value.pointer)
    operations[value.operationID]?.isShort = true
  }

  private mutating func end(_ touched: Set<ResourceID>) -> [Verification] {
    touched.sorted().compactMap { id in
      guard let ending = operations[id]?.ending(id) else { return nil }
      operations[id] = nil
      return ending
    }
  }
}
