internal import GatewayCore
internal import HeatPumps
internal import ResponseCache
internal import Storage

extension NewEvent {
  /// The event as the log keeps it.
  init(_ event: HeatPumpEvent) {
    self.init(
      id: event.id, organisation: event.organisation,
      heatPump: event.heatPump.map {
        HeatPumpReference(organisation: event.organisation, user: $0.userID, id: $0.id)
      }, type: event.type.rawValue, at: event.timestamp, isPersonal: event.isPersonal,
      body: event.stored)
  }
}

extension EventHeatPump {
  /// The heat pump as an answer shows it.
  init(_ entry: CachedHeatPump, health: UpstreamHealth, at now: Timestamp) {
    self.init(
      entry.document,
      RepresentationContext(
        organisation: entry.identity.organisation, alias: entry.identity.alias,
        userID: entry.identity.userID,
        freshness: Freshness.judge(
          observedAt: entry.document.observedAt, now: now, upstream: health),
        pending: entry.pending))
  }
}

extension ChangeCause {
  /// The cause of what an operation changes.
  init(_ kind: OperationOrigin.Kind) {
    self =
      switch kind {
      case .app: .app
      case .hook: .hook
      case .job: .job
      }
  }
}

/// On whose behalf something was written, and in place of what.
struct WriteNote: Sendable, Equatable {
  /// Where it was written.
  let heatPump: HeatPumpReference
  /// Who asked.
  let cause: ChangeCause
  /// When that was.
  let acceptedAt: Timestamp
  /// The trace context of the request.
  let traceparent: String?
  /// The values before it, by pointer, as far as they are known.
  var before: [String: JSONValue] = [:]

  init(_ request: NewOperation) {
    heatPump = request.heatPump
    cause = ChangeCause(request.origin.kind)
    acceptedAt = request.acceptedAt
    traceparent = request.traceparent
  }

  /// With what the heat pump showed before the write.
  init(_ request: NewOperation, _ fields: [HeatPumpPatch.Assignment], _ before: HeatPumpDocument?) {
    self.init(request)
    for assignment in fields {
      self.before[assignment.field.pointer] = before?.value(assignment.field)
    }
  }

  /// A written field: from what was there before, `null` if that is not known, to what was asked
  /// for.
  func change(_ pointer: String, to requested: JSONValue) -> FieldChange {
    FieldChange(pointer: pointer, from: before[pointer] ?? .null, to: requested)
  }
}

extension OperationState {
  /// The event that tells of an operation's having come to this state; `nil` if none does: it goes
  /// on, or its app withdrew it, or a newer write of all its fields took its place.
  var eventType: HeatPumpEventType? {
    switch self {
    case .verified: .writeVerified
    case .rejected, .failed, .unknown, .expired, .unverified: .writeFailed
    case .queued, .sent, .accepted, .superseded, .cancelled: nil
    }
  }
}
