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
    let sequence: Int64
    // Another gateway sees it through, and tells of its end.
    let isForeign: Bool
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

  /// Those of them that are to be looked at until it has been seen.
  var awaited: [ResourceID] {
    values.keys.filter { isAwaited(at: $0) }
  }

  /// Whether something is waited for at a heat pump.
  func isAwaited(at heatPump: ResourceID) -> Bool {
    values(of: heatPump).contains { isAwaited($0.operationID) }
  }

  /// Whether something of an operation is pending.
  func knows(_ operation: ResourceID) -> Bool { operations[operation] != nil }

  /// Whether an operation is waited for, so that its end can be told.
  func isAwaited(_ operation: ResourceID) -> Bool { operations[operation]?.isForeign == false }

  /// What is pending on a heat pump.
  func values(of heatPump: ResourceID) -> [PendingValue] { values[heatPump] ?? [] }

  /// Notes what an accepted update wrote; of one field only the newest value is pending. The newest
  /// is the one that was accepted last, whatever the clocks of several gateways say.
  ///
  /// - Parameters:
  ///   - fields: the operation's fields that were not overtaken before they were sent.
  ///   - overtaken: those that were.
  ///   - sequence: the operation's place in the order of acceptance.
  ///   - note: on whose behalf.
  ///   - isForeign: whether another gateway waits for it.
  /// - Returns: older operations whose last open field was overtaken by this one; it, too, if
  ///   nothing of it is left to wait for.
  mutating func add(
    _ fields: [HeatPumpPatch.Assignment], overtaken: [String: ResourceID] = [:],
    to heatPump: ResourceID, at now: Timestamp, operationID: ResourceID, sequence: Int64,
    note: WriteNote? = nil, isForeign: Bool = false
  ) -> [Verification] {
    var overtaken = overtaken
    var present = values.removeValue(forKey: heatPump) ?? []
    for value in present
    where operations[value.operationID].map({ $0.sequence > sequence }) ?? false
      && fields.contains(where: { $0.field.pointer == value.pointer })
    {
      overtaken[value.pointer] = value.operationID
    }
    let fields = fields.filter { overtaken[$0.field.pointer] == nil }
    let pointers = Set(fields.map(\.field.pointer))
    operations[operationID] = Progress(
      sequence: sequence, isForeign: isForeign, open: pointers, overtaken: overtaken, note: note)
    var older: Set<ResourceID> = []
    // Its own come again when the record of its outcome could not be stored at the first try.
    for value in present
    where pointers.contains(value.pointer) && value.operationID != operationID {
      if let place = operations.index(forKey: value.operationID) {
        operations.values[place].open.remove(value.pointer)
        operations.values[place].overtaken[value.pointer] = operationID
      }
      older.insert(value.operationID)
    }
    present.removeAll { pointers.contains($0.pointer) }
    for assignment in fields {
      present.append(
        PendingValue(
          pointer: assignment.field.pointer, requested: assignment.value, since: now,
          operationID: operationID))
    }
    values[heatPump] = present
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
      guard let progress = operations[id], let ending = progress.ending(id) else { return nil }
      operations[id] = nil
      return progress.isForeign ? nil : ending
    }
  }
}
