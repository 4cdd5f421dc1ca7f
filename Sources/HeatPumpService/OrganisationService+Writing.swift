internal import GatewayCore
public import HeatPumps
internal import Logging
internal import PoderoClient
internal import ResponseCache
internal import Storage

// The steps of a write that the lane's worker puts together.
extension OrganisationService {
  /// The heat pump before a write, no older than `maximumAge`. Resets can only be told from other
  /// people's changes against a recent state; against what an earlier process kept, that process's
  /// own last writes would look like resets and be undone.
  func currentState(
    _ heatPump: HeatPumpReference, maximumAge: Duration, _ context: CallContext
  ) async throws(GatewayFault) -> CachedHeatPump {
    if let entry = knownState(heatPump, maximumAge: maximumAge) { return entry }
    return try await fetch(HeatPumpAddress(user: heatPump.user, id: heatPump.id), context).get()
  }

  /// The same, if it need not be asked for.
  func knownState(_ heatPump: HeatPumpReference, maximumAge: Duration) -> CachedHeatPump? {
    guard writeMode == .sparse, let entry = cache.heatPump(key(heatPump.id)),
      entry.identity.userID == heatPump.user, entry.fetchedAt >= startedAt,
      clock.monotonic - entry.fetchedAt < maximumAge, !isDoubtful(entry)
    else { return nil }
    return entry
  }

  /// Whether a conditional write must not be carried out (`If-Match`).
  ///
  /// The upstream has no entity tags, so ours stand for what the gateway has seen: the tag may be
  /// that of the present settings, or of earlier ones, as long as no field that is written has
  /// changed since.
  func preconditionFault(
    _ member: LaneBatch.Member, _ current: HeatPumpDocument
  ) async throws(StorageFault) -> GatewayFault? {
    guard let tags = member.operation.request.precondition, !tags.isEmpty,
      !tags.contains(current.settingsTag)
    else { return nil }
    var conflicts: [HeatPumpPatch.Assignment]?
    for tag in tags {
      guard let settings = try await knownSettings(member.operation.request.heatPump, tag) else {
        continue
      }
      let found = Self.conflicts(member.patch, settings, current)
      if found.isEmpty { return nil }
      conflicts = found
    }
    var fault = GatewayFault(
      .preconditionFailed,
      conflicts == nil
        ? "The settings that If-Match names are not known any more."
        : "A field of this write has changed since the settings that If-Match names.")
    if let conflicts {
      fault.extensions["conflicts"] = .array(
        conflicts.filter { !$0.field.isPersonal }.map { assignment in
          [
            "pointer": .string(assignment.field.pointer), "requested": assignment.value,
            "actual": current.value(assignment.field) ?? .null,
          ]
        })
    }
    return fault
  }

  private static func conflicts(
    _ patch: HeatPumpPatch, _ settings: JSONObject, _ current: HeatPumpDocument
  ) -> [HeatPumpPatch.Assignment] {
    patch.assignments.filter { assignment in
      let field = assignment.field
      // The release before kept them by pointer; for a day, there are some of both kinds.
      let former = settings[field.shortName] ?? settings[field.pointer]
      return !field.isSame(former, current.value(field))
    }
  }

  /// The body that a patch goes upstream with, as the organisation writes at present.
  ///
  /// - Parameter current: completes what the patch leaves out, where that is needed.
  public func updateBody(of patch: HeatPumpPatch, current: HeatPumpDocument) -> [UInt8] {
    switch writeMode {
    case .sparse: patch.updateBody(current: current)
    case .merge: patch.mergedBody(current: current)
    }
  }

  /// Sends an update.
  ///
  /// - Returns: the upstream's answer.
  /// - Throws: ``UpstreamFault``; an answer that cannot be read leaves the outcome open.
  func update(
    _ heatPump: HeatPumpReference, _ body: [UInt8], _ context: CallContext
  ) async throws(UpstreamFault) -> HeatPumpDocument {
    let answer = try await client.send(
      .update(user: heatPump.user, id: heatPump.id, body: body), context)
    guard let document = try? HeatPumpDocument(parsing: answer), document.id == heatPump.id else {
      throw UpstreamFault(.unreadable, mayHaveBeenApplied: true)
    }
    return document
  }

  /// Reads a heat pump past the cache, to settle what became of an update; a deleted one too, since
  /// deleting may have been the update.
  ///
  /// - Returns: `nil` if no answer is to be had at present.
  func readForSettling(
    _ heatPump: HeatPumpReference, _ context: CallContext
  ) async -> HeatPumpDocument? {
    let call = PoderoCall.heatPump(user: heatPump.user, id: heatPump.id, includeDeleted: true)
    guard let answer = try? await client.send(call, context),
      let document = try? HeatPumpDocument(parsing: answer), document.id == heatPump.id
    else { return nil }
    return document
  }

  /// Finds fields that the upstream reset by itself and puts them back.
  ///
  /// - Returns: what was found, and the entry in force after it.
  func undoReset(
    _ before: HeatPumpDocument, _ confirmed: CachedHeatPump, _ named: HeatPumpPatch,
    _ heatPump: HeatPumpReference
  ) async -> (finding: UpstreamReset?, entry: CachedHeatPump) {
    let fields = HeatPumpPatch.resets(before: before, after: confirmed.document, named: named)
    guard !fields.isEmpty else { return (nil, confirmed) }
    let pointers = fields.map(\.pointer)
    state.withLock { $0.figures.fieldsReset += fields.count }
    logger.error(
      "the upstream reset fields that nobody named",
      metadata: ["heat_pump_id": "\(heatPump.id)", "pointers": "\(pointers)"])
    guard settings.onReset == .restore else {
      return (UpstreamReset(pointers: pointers, restored: false), confirmed)
    }
    // Whatever the upstream does with absent fields, a whole body leaves it nothing to fill in.
    writeMode = .merge
    let restoring = HeatPumpPatch(restoring: fields, from: before)
    let context = CallContext(
      priority: .write, deadline: clock.monotonic + settings.callTimeout)
    do {
      let document = try await update(
        heatPump, restoring.mergedBody(current: confirmed.document), context)
      let entry = absorb(document, user: heatPump.user, startedAt: clock.monotonic, as: .partial)
      let isRestored = restoring.unapplied(in: document).isEmpty
      return (UpstreamReset(pointers: pointers, restored: isRestored), entry)
    } catch {
      logger.critical(
        "fields reset by the upstream could not be put back",
        metadata: ["heat_pump_id": "\(heatPump.id)", "fault": "\(error)"])
      return (UpstreamReset(pointers: pointers, restored: false), confirmed)
    }
  }
}
