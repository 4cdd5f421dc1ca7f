public import GatewayCore
public import HeatPumps
internal import Logging
public import Storage

/// A home-automation event that has been verified and judged by its hook's rules.
public struct EventRequest: Sendable {
  /// What it leads to.
  public enum Decision: Sendable {
    /// No rule applies.
    case ignored
    /// It can never be applied, for that reason.
    case dead(rule: String?, heatPump: HeatPumpAddress?, reason: String)
    /// A change, not to be begun later than `validFor` after the event's acceptance.
    case write(HeatPumpPatch, of: HeatPumpAddress, rule: String, validFor: Duration)
  }

  /// The hook's name.
  public var hook: String
  /// What tells it from all other events of the hook; 32 bytes.
  public var key: [UInt8]
  /// What is kept of its body; `nil` for nothing.
  public var body: [UInt8]?
  /// When it was accepted.
  public var receivedAt: Timestamp
  /// What it leads to.
  public var decision: Decision
  /// The trace context that it came with (W3C Trace Context).
  public var traceparent: String?

  /// Creates a request.
  public init(
    hook: String, key: [UInt8], body: [UInt8]?, receivedAt: Timestamp, decision: Decision,
    traceparent: String? = nil
  ) {
    self.hook = hook
    self.key = key
    self.body = body
    self.receivedAt = receivedAt
    self.decision = decision
    self.traceparent = traceparent
  }
}

extension EventRequest.Decision {
  /// How long an event waits for others that may become one update with it.
  private static let gatheringTime = Duration.seconds(2)

  /// The decision as it is stored.
  ///
  /// - Parameters:
  ///   - event: the event's id.
  ///   - now: when it was decided; the time of a change counts from here.
  ///   - operationID: the id of the operation, should there be one.
  ///   - traceparent: the trace context of the request that brought it.
  public func stored(
    organisation: String, hook: String, event: ResourceID, at now: Timestamp,
    operationID: ResourceID, traceparent: String? = nil
  ) -> HookEventDecision {
    func reference(_ address: HeatPumpAddress) -> HeatPumpReference {
      HeatPumpReference(organisation: organisation, user: address.user, id: address.id)
    }
    switch self {
    case .ignored:
      return .ignored
    case .dead(let rule, let heatPump, let reason):
      return .dead(rule: rule, heatPump: heatPump.map(reference), reason: reason)
    case .write(let patch, let address, let rule, let validFor):
      let operation = NewOperation(
        id: operationID, heatPump: reference(address),
        origin: OperationOrigin(kind: .hook, name: hook, occasion: event.description),
        patch: patch.bodyText, acceptedAt: now, expiresAt: now + validFor, retries: true,
        notBefore: now + min(Self.gatheringTime, validFor / 2), traceparent: traceparent)
      return .operation(operation, rule: rule)
    }
  }
}

/// What the sender of an event gets.
public struct EventReceipt: Sendable, Equatable {
  /// The event's id; of a repeat, that of the first.
  public let id: ResourceID
  /// Whether the event had been accepted before.
  public let isRepeat: Bool
}

extension OrganisationService {
  /// Stores an event with the change that it leads to, in one step: from here on it is not lost,
  /// and it is applied once, however often it is sent.
  ///
  /// - Throws: ``GatewayFault``: `storage-unavailable`; nothing has happened then.
  public func accept(_ event: EventRequest) async throws(GatewayFault) -> EventReceipt {
    let id = random.timeOrderedID(at: event.receivedAt)
    let new = NewHookEvent(
      id: id, organisation: settings.name, hook: event.hook, key: event.key,
      receivedAt: event.receivedAt, body: event.body,
      decision: stored(
        event.decision, hook: event.hook, event: id, at: event.receivedAt, event.traceparent))
    do {
      switch try await storage.accept(new, lane: laneRequest) {
      case .accepted(let stored, let lease):
        if let lease { work(in: lease, on: stored.operation) }
        log(stored)
        return EventReceipt(id: stored.id, isRepeat: false)
      case .repeated(let first):
        return EventReceipt(id: first, isRepeat: true)
      }
    } catch {
      throw Self.storageFault(error)
    }
  }

  /// Judges an event again: it is carried out as if it had just come in.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `event-not-replayable` while it is being carried out,
  ///   `storage-unavailable`.
  public func replay(
    _ event: StoredHookEvent, _ decision: EventRequest.Decision
  ) async throws(GatewayFault) -> StoredHookEvent {
    let now = clock.wall
    let replay: HookEventRedecision?
    do {
      replay = try await storage.redecide(
        event.id, stored(decision, hook: event.hook, event: event.id, at: now, nil), at: now,
        lane: laneRequest)
    } catch .outdated {
      throw GatewayFault(
        .eventNotReplayable, "The event is being carried out; wait for its end.")
    } catch {
      throw Self.storageFault(error)
    }
    guard let replay else { throw Self.noSuchEvent }
    if let lease = replay.lease { work(in: lease) }
    log(replay.event)
    return replay.event
  }

  /// An event of this organisation.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func hookEvent(_ id: ResourceID) async throws(GatewayFault) -> StoredHookEvent {
    let event: StoredHookEvent?
    do {
      event = try await storage.hookEvent(id)
    } catch {
      throw Self.storageFault(error)
    }
    guard let event, event.organisation == settings.name else { throw Self.noSuchEvent }
    return event
  }

  /// Events of this organisation, the newest first.
  ///
  /// - Parameters:
  ///   - filter: its organisation is this one's, whatever it says.
  ///   - before: only those with a smaller sequence number; `nil` for the newest.
  /// - Throws: ``GatewayFault``: `storage-unavailable`.
  public func hookEvents(
    _ filter: HookEventFilter, before: Int64?, limit: Int
  ) async throws(GatewayFault) -> [StoredHookEvent] {
    var filter = filter
    filter.organisation = settings.name
    do {
      return try await storage.hookEvents(filter, before: before, limit: limit)
    } catch {
      throw Self.storageFault(error)
    }
  }

  /// The answer for an event that is not there, or may not be seen.
  public static let noSuchEvent = GatewayFault(.notFound, "There is no such event.")

  private func stored(
    _ decision: EventRequest.Decision, hook: String, event: ResourceID, at now: Timestamp,
    _ traceparent: String?
  ) -> HookEventDecision {
    decision.stored(
      organisation: settings.name, hook: hook, event: event, at: now,
      operationID: random.timeOrderedID(at: now), traceparent: traceparent)
  }

  private func log(_ event: StoredHookEvent) {
    logger.info(
      "event accepted",
      metadata: [
        "event_id": .string(event.id.description), "hook": .string(event.hook),
        "state": .string(event.state.rawValue), "rule": .string(event.rule ?? "none"),
        "replays": .string(String(event.replays)),
      ])
  }
}
