public import GatewayCore

/// The durable state that several gateways may share.
///
/// Every call is one transaction: when it returns, what it did is durable; when it throws, nothing
/// has happened. Nothing here assumes that there is one process: lanes are leased and fenced, and
/// whatever a crashed gateway left behind can be found and taken over.
public protocol Storage: OperationStorage, AnswerStorage, AuditStorage, HookEventStorage,
  EventLogStorage, SubscriptionStorage, DeliveryStorage, JobStorage
{
  /// Whether it can write at present.
  ///
  /// - Throws: ``StorageFault`` if it cannot.
  func check() async throws(StorageFault)

  /// Forgets what is kept no longer.
  ///
  /// - Parameters:
  ///   - operations: operations that are not open and have not changed since go, except those of
  ///     events that are kept.
  ///   - keys: idempotency keys made before this go.
  ///   - settings: settings last seen before this go.
  /// - Returns: how many rows went.
  /// - Throws: ``StorageFault``.
  @discardableResult
  func prune(
    operations: Timestamp, keys: Timestamp, settings: Timestamp
  ) async throws(StorageFault) -> Int

  /// Ends all work and closes the files.
  func close() async
}

/// Operations, lanes and idempotency keys.
public protocol OperationStorage: Sendable {
  /// Stores an operation as `queued`, with its key, and takes its lane if it is free: all or
  /// nothing, and once per key, also when the same key comes twice at the same moment.
  ///
  /// - Parameter departing: if the operation takes its lane with the right behind
  ///   ``Departure/lastFence``, it is stored as `sent`, as by ``markSent(_:_:lease:)``. A storage
  ///   that cannot make one step of the two leaves it `queued`: the answer tells.
  /// - Throws: ``StorageFault``.
  func accept(
    _ operation: NewOperation, key: IdempotencyKey?, lane: LaneRequest, departing: Departure?
  ) async throws(StorageFault) -> Acceptance

  /// Takes a lane that nobody holds, or whose lease has run out by `request.now`.
  ///
  /// - Returns: `nil` if somebody holds it, be it the asker: of two tasks just one may write.
  /// - Throws: ``StorageFault``.
  func claimLane(
    _ heatPump: HeatPumpReference, _ request: LaneRequest
  ) async throws(StorageFault) -> LaneLease?

  /// Prolongs a lease.
  ///
  /// A lease that has run out can be renewed as long as nobody has taken the lane.
  ///
  /// - Throws: ``StorageFault``; `leaseLost` if somebody else has taken the lane, or it was given
  ///   back.
  func renewLane(_ lease: LaneLease, until: Timestamp) async throws(StorageFault) -> LaneLease

  /// Gives a lane back, unless an open operation waits in it: then the holder has to go on.
  ///
  /// - Returns: whether it was given back.
  /// - Throws: ``StorageFault``; `leaseLost` if somebody else has taken the lane, or it was given
  ///   back.
  func releaseLane(_ lease: LaneLease) async throws(StorageFault) -> Bool

  /// Takes all lanes from whoever holds them, except one gateway: for a gateway that knows that it
  /// is alone, so that nobody waits for leases of dead ones. A holder that lives all the same is
  /// told `leaseLost`.
  ///
  /// - Throws: ``StorageFault``.
  func releaseLanes(except owner: ResourceID) async throws(StorageFault)

  /// The open operations of a heat pump, in the order of their acceptance.
  ///
  /// - Throws: ``StorageFault``.
  func openOperations(
    of heatPump: HeatPumpReference
  ) async throws(StorageFault) -> [StoredOperation]

  /// Marks operations as `sent`, each with one more attempt, before the request goes out.
  ///
  /// - Throws: ``StorageFault``; `leaseLost` if the lane is not the asker's any more: nothing may
  ///   be sent then; `outdated` if one of them is not open any more (somebody withdrew it), or is
  ///   not of this lane: nothing may be sent before ``openOperations(of:)`` was asked again.
  func markSent(
    _ operations: [ResourceID], _ attempt: SendAttempt, lease: LaneLease
  ) async throws(StorageFault)

  /// Stores what became of operations, the audit entries about it, and the events that tell others
  /// of it, each with its deliveries as ``EventLogStorage/append(_:)`` queues them: all or nothing.
  ///
  /// It applies to operations that are open, or `accepted` and not verified yet. The outcome
  /// replaces the one before; superseded fields are added to those before.
  ///
  /// - Parameters:
  ///   - lease: the lane in which it happened; `nil` for what needs none (verification).
  /// - Throws: ``StorageFault``; `leaseLost` if the lane is not the asker's any more; `outdated` if
  ///   one of the operations has ended already, or is not of this lane; `unavailable` if an event's
  ///   id is taken.
  func conclude(
    _ conclusions: [Conclusion], at: Timestamp, lease: LaneLease?, audit: [AuditEntry],
    events: [NewEvent]
  ) async throws(StorageFault)

  /// ``conclude(_:at:lease:audit:events:)``, and ``releaseLane(_:)`` right behind it: what an
  /// ordinary write comes to its end with. A storage that can makes one step of the two.
  ///
  /// - Returns: whether the lane was given back. It was not if an open operation waits in it, or if
  ///   only the second of two steps failed.
  /// - Throws: ``StorageFault``, as the first does.
  func concludeAndRelease(
    _ conclusions: [Conclusion], at: Timestamp, lease: LaneLease, audit: [AuditEntry],
    events: [NewEvent]
  ) async throws(StorageFault) -> Bool

  /// Keeps the answer that an operation's idempotency key gets from now on. Without a key it does
  /// nothing.
  ///
  /// - Throws: ``StorageFault``.
  func keepAnswer(
    _ answer: StoredAnswer, of operation: ResourceID
  ) async throws(StorageFault)

  /// Withdraws an operation that is still queued; its key, if it has one, is released.
  ///
  /// - Parameters:
  ///   - audit: stored if it was withdrawn.
  /// - Throws: ``StorageFault``.
  func cancel(
    _ operation: ResourceID, at: Timestamp, audit: AuditEntry
  ) async throws(StorageFault) -> Cancellation

  /// One operation.
  ///
  /// - Throws: ``StorageFault``.
  func operation(_ id: ResourceID) async throws(StorageFault) -> StoredOperation?

  /// A heat pump's operations, the newest first.
  ///
  /// - Parameters:
  ///   - before: only those with a smaller sequence number; `nil` for the newest.
  /// - Throws: ``StorageFault``.
  func operations(
    of heatPump: HeatPumpReference, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredOperation]

  /// Heat pumps whose lane nobody holds at `now` and whose first open operation is due: work that a
  /// crash left, or that waited to be tried again.
  ///
  /// - Throws: ``StorageFault``.
  func abandonedLanes(
    at now: Timestamp, limit: Int
  ) async throws(StorageFault) -> [HeatPumpReference]

  /// The operations of an organisation that are `accepted` and not verified yet.
  ///
  /// - Throws: ``StorageFault``.
  func acceptedOperations(
    of organisation: String
  ) async throws(StorageFault) -> [StoredOperation]

  /// Those of one heat pump, the oldest first.
  ///
  /// - Throws: ``StorageFault``.
  func acceptedOperations(
    of heatPump: HeatPumpReference
  ) async throws(StorageFault) -> [StoredOperation]
}

extension OperationStorage {
  /// ``accept(_:key:lane:departing:)`` of an operation that does not leave at once.
  public func accept(
    _ operation: NewOperation, key: IdempotencyKey?, lane: LaneRequest
  ) async throws(StorageFault) -> Acceptance {
    try await accept(operation, key: key, lane: lane, departing: nil)
  }

  /// ``conclude(_:at:lease:audit:events:)`` of which nobody is told.
  public func conclude(
    _ conclusions: [Conclusion], at now: Timestamp, lease: LaneLease?, audit: [AuditEntry]
  ) async throws(StorageFault) {
    try await conclude(conclusions, at: now, lease: lease, audit: audit, events: [])
  }

  /// ``concludeAndRelease(_:at:lease:audit:events:)`` in two steps.
  public func concludeAndRelease(
    _ conclusions: [Conclusion], at now: Timestamp, lease: LaneLease, audit: [AuditEntry],
    events: [NewEvent]
  ) async throws(StorageFault) -> Bool {
    try await conclude(conclusions, at: now, lease: lease, audit: audit, events: events)
    return (try? await releaseLane(lease)) ?? false
  }
}

/// The last answer about a heat pump, kept for the next start.
public struct StoredHeatPump: Sendable, Equatable {
  /// The heat pump.
  public var heatPump: HeatPumpReference
  /// The upstream's own JSON.
  public var upstream: [UInt8]
  /// When it had come in.
  public var fetchedAt: Timestamp

  /// Creates a record.
  public init(heatPump: HeatPumpReference, upstream: [UInt8], fetchedAt: Timestamp) {
    self.heatPump = heatPump
    self.upstream = upstream
    self.fetchedAt = fetchedAt
  }
}

/// The settings that a tag stood for.
public struct StoredSettings: Sendable, Equatable {
  /// The heat pump.
  public var heatPump: HeatPumpReference
  /// The settings part of the entity tag.
  public var tag: UInt64
  /// The writable fields by short names, as a JSON object. Of more than some 1,000 bytes, SQLite
  /// would put most in a page of its own, which costs as much as the rest of the row.
  public var values: [UInt8]
  /// When they were last in force, as far as is known; for those that still are, an hour ahead.
  public var seenAt: Timestamp

  /// Creates a record.
  public init(heatPump: HeatPumpReference, tag: UInt64, values: [UInt8], seenAt: Timestamp) {
    self.heatPump = heatPump
    self.tag = tag
    self.values = values
    self.seenAt = seenAt
  }
}

/// Last answers and past settings. They are written behind, so losing the last moments of them
/// costs a read upstream and nothing else.
public protocol AnswerStorage: Sendable {
  /// Keeps answers and settings; of one heat pump or tag the newest counts.
  ///
  /// - Parameters:
  ///   - gone: heat pumps whose answers are forgotten.
  /// - Throws: ``StorageFault``.
  func keep(
    answers: [StoredHeatPump], settings: [StoredSettings], gone: [HeatPumpReference]
  ) async throws(StorageFault)

  /// The newest answers of an organisation.
  ///
  /// - Parameters:
  ///   - bytes: how many bytes of upstream JSON they may have together.
  /// - Throws: ``StorageFault``.
  func answers(
    of organisation: String, bytes: Int
  ) async throws(StorageFault) -> [StoredHeatPump]

  /// The settings that a tag stood for.
  ///
  /// - Throws: ``StorageFault``.
  func settings(
    of heatPump: HeatPumpReference, tag: UInt64
  ) async throws(StorageFault) -> StoredSettings?
}

/// The audit trail: append-only; entries come in with
/// ``OperationStorage/conclude(_:at:lease:audit:events:)``.
public protocol AuditStorage: Sendable {
  /// Records in their order.
  ///
  /// - Parameters:
  ///   - after: only those with a larger sequence number.
  /// - Throws: ``StorageFault``.
  func auditTrail(
    after: Int64, limit: Int
  ) async throws(StorageFault) -> [AuditRecord]

  /// Records from the newest to the oldest.
  ///
  /// - Parameters:
  ///   - before: only those with a smaller sequence number; `nil` for the newest.
  ///   - heatPump: only those about it; `nil` for all.
  ///   - since: only those from then on; `nil` for all.
  /// - Throws: ``StorageFault``.
  func auditTrail(
    before: Int64?, of heatPump: ResourceID?, since: Timestamp?, limit: Int
  ) async throws(StorageFault) -> [AuditRecord]
}
