internal import GatewayCore
internal import HeatPumps
internal import Logging
internal import PoderoClient
internal import ResponseCache
internal import Storage

/// Decides from reads whether an update was carried out: pure, fed with what is read.
///
/// The upstream gives updates no id, so only its state tells. Showing the requested values proves
/// the update. Not showing them proves nothing while the upstream may still be working on it: only
/// after its time-out and a margin do two equal reads count.
struct Settlement: Sendable {
  /// What is known.
  enum Verdict: Sendable, Equatable {
    case applied
    case notApplied
    case undecided
  }

  private let patch: HeatPumpPatch
  private let decisiveAfter: Timestamp
  private var last: [JSONValue?]?

  init(patch: HeatPumpPatch, sentAt: Timestamp, upstreamTimeout: Duration) {
    self.patch = patch
    decisiveAfter = sentAt + upstreamTimeout + Self.margin
  }

  /// How long after the upstream's time-out a late effect is still waited for.
  static let margin = Duration.seconds(5)

  /// How long to wait before the next read.
  func pause(at now: Timestamp) -> Duration {
    now < decisiveAfter ? decisiveAfter - now : .seconds(1)
  }

  /// Takes a read into account.
  mutating func verdict(_ document: HeatPumpDocument, at now: Timestamp) -> Verdict {
    if patch.unapplied(in: document).isEmpty { return .applied }
    guard now >= decisiveAfter else { return .undecided }
    // Of the written fields only: others, such as the time of the last monitoring, change all the
    // time.
    let shown = patch.assignments.map { document.value($0.field) }
    defer { last = shown }
    return last == shown ? .notApplied : .undecided
  }
}

extension LaneWorker {
  /// Finds out what became of operations that were sent and not answered; the lane waits meanwhile.
  ///
  /// - Returns: whether the lane was given back.
  mutating func settle(
    _ batch: LaneBatch, before: HeatPumpDocument?
  ) async throws(StorageFault) -> Bool {
    let sentAt = batch.sentAt ?? clock.wall
    var settlement = Settlement(
      patch: batch.patch, sentAt: sentAt, upstreamTimeout: service.settings.callTimeout)
    let giveUpAt = max(sentAt, clock.wall) + Self.longestSettlement
    var failures = 0
    while clock.wall < giveUpAt, !service.isStopping {
      try await renew()
      if let document = await service.readForSettling(heatPump, context(batch.operations)) {
        failures = 0
        switch settlement.verdict(document, at: clock.wall) {
        case .applied:
          return try await confirm(batch, before, document, sentAt: sentAt, as: .detail)
        case .notApplied:
          return try await notApplied(batch, document)
        case .undecided:
          break
        }
      } else {
        failures += 1
      }
      // It cannot be decided before the callers' own time is over, so they are told at once.
      for operation in batch.operations {
        service.board.post(operation.request.id, .failed(Self.undecided(operation)))
      }
      let retry = Self.readBackoff.pause(after: failures, chance: service.random.fraction())
      let pause = failures > 0 ? retry : settlement.pause(at: clock.wall)
      await rest(for: min(pause, service.settings.callTimeout))
    }
    if service.isStopping { return false }
    try await conclude(
      batch.operations, .unknown,
      GatewayFault(
        .outcomeUnknown, "The update was sent, and reading could not settle its outcome."))
    return false
  }

  private static func undecided(_ operation: StoredOperation) -> GatewayFault {
    GatewayFault(
      .outcomeUnknown,
      "The update was sent, but no answer came, and the heat pump does not show the values yet.",
      operationID: operation.request.id)
  }

  private static let longestSettlement = Duration.seconds(600)
  private static let readBackoff = Backoff(first: .seconds(1), most: .seconds(30))

  /// Sends once more what is still in time, and only once; the same body, while the lane waits,
  /// does no harm should the first one come late after all. Events are tried on, as after any other
  /// failure, until their time is over.
  private mutating func notApplied(
    _ batch: LaneBatch, _ document: HeatPumpDocument
  ) async throws(StorageFault) -> Bool {
    let now = clock.wall
    let inTime = batch.operations.filter { $0.request.expiresAt > now }
    let late = batch.operations.filter { $0.request.expiresAt <= now }
    let tooLate = GatewayFault(
      .upstreamTimeout, "The update was sent, but not carried out, and its time is over.")
    service.logger.warning(
      "an update did not arrive",
      metadata: ["heat_pump_id": "\(heatPump.id)", "again": "\(inTime.count)"])
    for operation in late {
      try await conclude([operation], operation.isEvent ? .expired : .failed, tooLate)
    }
    guard batch.attempts < 2 else {
      let inVain = GatewayFault(
        .upstreamTimeout, "The update was sent again and again, but not carried out.")
      try await giveUp(inTime.filter(\.isEvent), inVain)
      let others = inTime.filter { !$0.isEvent }
      if !others.isEmpty { try await conclude(others, .failed, inVain) }
      return false
    }
    guard !inTime.isEmpty else { return false }
    let entry = service.absorb(
      document, user: heatPump.user, startedAt: clock.monotonic, as: .detail)
    return try await send(LaneBatch(sent: inTime), entry)
  }
}

extension StoredOperation {
  fileprivate var isEvent: Bool { request.origin.kind == .hook }
}

extension LaneBatch {
  var operations: [StoredOperation] { members.map(\.operation) }
}
