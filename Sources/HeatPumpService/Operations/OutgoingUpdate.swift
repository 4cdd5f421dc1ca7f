internal import GatewayCore
internal import HeatPumps
internal import ResponseCache
internal import Storage

/// An update that is ready to go out when its operation is stored.
///
/// What it was made from is still in force then: it leaves only if nobody else had the lane since.
struct OutgoingUpdate: Sendable {
  /// The heat pump's state that it was made against.
  let before: CachedHeatPump
  /// The upstream's request body.
  let body: [UInt8]
  /// How the storage is to note it.
  let departure: Departure
}

extension OrganisationService {
  /// The update of an operation that need not wait for anything: its heat pump's lane is empty, its
  /// present state is known, and no condition is to be weighed against it. `nil` for any other; the
  /// lane's worker makes its update, or says why not, once it has the lane.
  func outgoingUpdate(
    of operation: NewOperation, _ patch: HeatPumpPatch
  ) -> OutgoingUpdate? {
    guard !isShared, operation.precondition == nil, operation.origin.kind == .app,
      operation.notBefore <= operation.acceptedAt,
      let lastFence = emptyLanes.lastFence(of: operation.heatPump.id),
      let before = knownState(operation.heatPump, maximumAge: settings.cache.fresh),
      (try? patch.check(against: before.document)) != nil
    else { return nil }
    let body = updateBody(of: patch, current: before.document)
    return OutgoingUpdate(
      before: before, body: body,
      departure: Departure(
        attempt: SendAttempt(at: operation.acceptedAt, of: body), lastFence: lastFence))
  }
}

extension SendAttempt {
  /// An attempt with that request body.
  init(at instant: Timestamp, of body: [UInt8]) {
    self.init(at: instant, body: stableHash(body))
  }
}
