internal import GatewayCore
internal import HeatPumps
internal import Storage

/// How an accepted operation's wait for verification ended.
struct Verification: Sendable, Equatable {
  let operationID: ResourceID
  /// `verified`, `unverified` or `superseded`.
  let state: OperationState
  let supersededFields: [String: ResourceID]
  /// On whose behalf it was written.
  var note: WriteNote?
  /// What was seen, or for one that stays unverified, what was not.
  var changes: [FieldChange] = []
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
    var overtaken: [String: ResourceID] = [:]
    var note: WriteNote?
    var seen: [FieldChange] = []
    var missed: [FieldChange] = []

    /// The end of the wait, once no field is open.
    func ending(_ id: ResourceID) -> Verification? {
      guard open.isEmpty else { return nil }
      let state: OperationState =
        !missed.isEmpty ? .unverified : !seen.isEmpty ? .verified : .superseded
      return Verification(
        operationID: id, state: state, supersededFields: overtaken, note: note,
        changes: note == nil ? [] : state == .unverified ? missed : seen)
    }

    func change(_ value: PendingValue) -> FieldChange {
      note?.change(value.pointer, to: value.requested)
        ?? FieldChange(pointer: value.pointer, from: .null, to: value.requested)
    }
  }

  private var values: [ResourceID: [PendingValue]] = [:]
  private var operations: [ResourceID: Progress] = [:]
  // Values whose wait has ended since the change desk was last told of the heat pump.
  private var ended: [ResourceID: [WrittenValue]] = [:]

  /// The heat pumps with something pending.
  var heatPumps: [ResourceID] { Array(values.keys) }

  /// Whether an operation is waited for.
  func contains(_ operation: ResourceID) -> Bool { operations[operation] != nil }

  /// What is pending on a heat pump.
  func values(of heatPump: ResourceID) -> [PendingValue] { values[heatPump] ?? [] }

  /// Notes what an accepted update wrote; of one field only the newest value is pending.
  ///
  /// - Parameters:
  ///   - fields: the operation's fields that were not overtaken before they were sent.
  ///   - overtaken: those that were.
  ///   - note: on whose behalf.
  /// - Returns: older operations whose last open field was overtaken by this one.
  mutating func add(
    _ fields: [HeatPumpPatch.Assignment], overtaken: [String: ResourceID] = [:],
    to heatPump: ResourceID, at now: Timestamp, operationID: ResourceID, note: WriteNote? = nil
  ) -> [Verification] {
    let pointers = Set(fields.map(\.field.pointer))
    operations[operationID] = Progress(open: pointers, overtaken: overtaken, note: note)
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
    // One of which nothing is left to wait for has come to its end, too.
    return end(pointers.isEmpty ? older.union([operationID]) : older)
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
        end(value, of: heatPump, wasSeen: true)
        touched.insert(value.operationID)
      } else if now - value.since >= window {
        end(value, of: heatPump, wasSeen: false)
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
        end(value, of: heatPump, wasSeen: false)
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
      end(value, of: heatPump, wasSeen: false)
      touched.insert(value.operationID)
    }
    ended[heatPump] = nil
    return end(touched)
  }

  /// What the change desk must know to tell the gateway's own writes from the doing of others; what
  /// has ended is named once.
  mutating func takeWritten(to heatPump: ResourceID) -> [WrittenValue] {
    let pending = values[heatPump] ?? []
    guard !pending.isEmpty || !ended.isEmpty else { return [] }
    return (ended.removeValue(forKey: heatPump) ?? [])
      + pending.map { written($0, isPending: true) }
  }

  /// Takes back what the change desk was not told after all, for the next time.
  mutating func giveBack(_ writes: [WrittenValue], to heatPump: ResourceID) {
    // What is pending is named each time anyway.
    let over = writes.filter { !$0.isPending }
    guard !over.isEmpty else { return }
    ended[heatPump] = over + (ended[heatPump] ?? [])
  }

  private func written(_ value: PendingValue, isPending: Bool) -> WrittenValue {
    let note = operations[value.operationID]?.note
    return WrittenValue(
      pointer: value.pointer, requested: value.requested, cause: note?.cause ?? .app,
      isPending: isPending, traceparent: note?.traceparent)
  }

  /// Ends the wait for a value.
  private mutating func end(_ value: PendingValue, of heatPump: ResourceID, wasSeen: Bool) {
    ended[heatPump, default: []].append(written(value, isPending: false))
    guard var progress = operations[value.operationID] else { return }
    progress.open.remove(value.pointer)
    if wasSeen {
      progress.seen.append(progress.change(value))
    } else {
      progress.missed.append(progress.change(value))
    }
    operations[value.operationID] = progress
  }

  private mutating func end(_ touched: Set<ResourceID>) -> [Verification] {
    touched.sorted().compactMap { id in
      guard let ending = operations[id]?.ending(id) else { return nil }
      operations[id] = nil
      return ending
    }
  }
}
