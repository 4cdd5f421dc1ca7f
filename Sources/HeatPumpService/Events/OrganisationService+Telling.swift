internal import GatewayCore
internal import HeatPumps
internal import Logging
internal import ResponseCache
internal import Storage

/// How what happens here becomes events.
extension OrganisationService {
  /// Looks at answers for changes and stores the events about them. Ends when the task is
  /// cancelled, after a last try with all that waits.
  public func detectChanges() async { await desk.run() }

  /// Puts an answer that is in force on the change desk, if anybody may want to hear of it.
  ///
  /// - Parameters:
  ///   - writes: what was written and had not been seen before.
  ///   - awaitsActions: whether a detail answer is on its way that knows better what is to be done.
  ///   - sentAt: when the update went out whose answer it is.
  func put(
    _ entry: CachedHeatPump, _ kind: AnswerKind, _ writes: [WrittenValue], awaitsActions: Bool,
    sentAt: MonotonicInstant? = nil
  ) {
    let address = HeatPumpAddress(user: entry.identity.userID, id: entry.document.id)
    let isListenedTo = listeners.contains(address.user)
    guard isListenedTo || isNewMember(address) else { return }
    desk.add(
      .observe(
        Observation(
          entry: entry, source: kind == .detail ? .detail : .partial, writes: writes,
          at: clock.wall, awaitsActions: awaitsActions, sentAt: sentAt,
          isListenedTo: isListenedTo)),
      of: address)
  }

  /// Puts a heat pump's being gone on the change desk.
  func putRemoval(of address: HeatPumpAddress) {
    state.withLock { _ = $0.members.remove(address) }
    desk.add(.remove(at: clock.wall), of: address)
  }

  // Where all are listed now and then, each is looked at once after the start.
  private func isNewMember(_ address: HeatPumpAddress) -> Bool {
    guard settings.discoveryInterval != nil else { return false }
    return state.withLock { $0.members.insert(address).inserted }
  }

  /// Before a write goes upstream: from now on its user's heat pumps are looked at, beginning with
  /// what is there before the write, against which its own change will show.
  func expectChange(by entry: CachedHeatPump) {
    listeners.wrote(to: entry.identity.userID, at: clock.monotonic)
    let writes = state.withLock { $0.pending.takeWritten(to: entry.document.id) }
    put(entry, .partial, writes, awaitsActions: isAwaitingActions(entry.document.id))
  }

  // MARK: Writes

  /// Stores what became of operations together with the events that tell of it.
  ///
  /// - Throws: ``StorageFault``, as the storage does; nothing has happened then.
  func conclude(
    _ conclusions: [Conclusion], at now: Timestamp, lease: LaneLease?, audit: [AuditEntry],
    events: [NewEvent]
  ) async throws(StorageFault) {
    try await storage.conclude(
      conclusions, at: now, lease: lease, audit: audit, events: events)
    announce(events)
  }

  /// The same, and gives the lane back if nothing else waits in it.
  ///
  /// - Returns: whether it was given back.
  /// - Throws: ``StorageFault``, as the storage does; nothing has happened then.
  func concludeAndRelease(
    _ conclusions: [Conclusion], at now: Timestamp, lease: LaneLease, audit: [AuditEntry],
    events: [NewEvent]
  ) async throws(StorageFault) -> Bool {
    let isReleased = try await storage.concludeAndRelease(
      conclusions, at: now, lease: lease, audit: audit, events: events)
    announce(events)
    return isReleased
  }

  /// Tells of events that were stored together with something else.
  func announce(_ events: [NewEvent]) {
    guard !events.isEmpty else { return }
    desk.count(events.map(\.type))
    journal.announce(settings.name)
  }

  /// The events about writes whose wait has ended.
  func events(_ verifications: [Verification], at now: Timestamp) -> [NewEvent] {
    verifications.compactMap { event($0, at: now) }
  }

  /// The event about a write whose wait has ended.
  func event(_ ending: Verification, at now: Timestamp) -> NewEvent? {
    guard let note = ending.note else { return nil }
    return event(ending.state, ending.operationID, note, ending.changes, at: now)
  }

  /// The event about an operation that changed nothing, or of which that is not known.
  func event(
    _ operation: StoredOperation, _ state: OperationState, at now: Timestamp
  ) -> NewEvent? {
    let fields = operation.readPatch.assignments
    let entry = cache.heatPump(key(operation.request.heatPump.id))
    let note = WriteNote(operation.request, fields, entry?.document)
    let changes = fields.map { note.change($0.field.pointer, to: $0.value) }
    return event(state, operation.request.id, note, changes, at: now)
  }

  private func event(
    _ state: OperationState, _ operation: ResourceID, _ note: WriteNote, _ changes: [FieldChange],
    at now: Timestamp
  ) -> NewEvent? {
    guard let type = state.eventType else { return nil }
    let (user, id) = (note.heatPump.user, note.heatPump.id)
    var heatPump = EventHeatPump(userID: user, id: id, alias: directory.alias(of: id))
    if let entry = cache.heatPump(key(id)), entry.identity.userID == user {
      heatPump = EventHeatPump(entry, health: health, at: now)
    }
    return NewEvent(
      HeatPumpEvent(
        id: random.timeOrderedID(at: now), type: type, timestamp: now,
        organisation: settings.name, heatPump: heatPump, cause: note.cause, changes: changes,
        operationID: operation, traceparent: note.traceparent))
  }
}
