internal import GatewayCore
internal import PoderoClient
internal import Storage

/// How an operation ended, for those who wait for it.
enum OperationResult: Sendable {
  /// The upstream confirmed it.
  case confirmed(WriteResult)
  /// It was refused, given up or not settled.
  case failed(GatewayFault)
  /// Another gateway has brought it to its end.
  case elsewhere(StoredOperation)
}

/// Where callers of this process wait for their operations.
final class OperationBoard: Sendable {
  private struct Place: Sendable {
    let waiter: Waiter<OperationResult>
    let context: CallContext
  }

  private let places = Locked<[ResourceID: Place]>([:])

  /// Whether nobody waits.
  var isEmpty: Bool { places.withLock { $0.isEmpty } }

  /// Makes a place to wait; before the operation is stored, so that its end cannot be missed.
  func expect(_ operation: ResourceID, _ context: CallContext) -> Waiter<OperationResult> {
    let waiter = Waiter<OperationResult>()
    places.withLock { $0[operation] = Place(waiter: waiter, context: context) }
    return waiter
  }

  /// The context of the call that waits for an operation: its trace and request id.
  func context(of operation: ResourceID) -> CallContext? {
    places.withLock { $0[operation]?.context }
  }

  /// Whether somebody waits for an operation.
  func isExpected(_ operation: ResourceID) -> Bool {
    places.withLock { $0[operation] != nil }
  }

  /// Tells whoever waits.
  func post(_ operation: ResourceID, _ result: OperationResult) {
    let place = places.withLock { $0[operation] }
    place?.waiter.resume(result)
  }

  /// Removes the place.
  func leave(_ operation: ResourceID) {
    places.withLock { $0[operation] = nil }
  }
}

/// Wakes the worker of a lane that pauses, because there is something new in it.
final class LaneBells: Sendable {
  private let bells = Locked<[ResourceID: Waiter<Void>]>([:])

  /// Makes the bell of a lane.
  func hang(_ heatPump: ResourceID) -> Waiter<Void> {
    let bell = Waiter<Void>()
    bells.withLock { $0[heatPump] = bell }
    return bell
  }

  /// Takes the bell away.
  func remove(_ heatPump: ResourceID) {
    bells.withLock { $0[heatPump] = nil }
  }

  /// Whether somebody pauses there.
  func hasBell(_ heatPump: ResourceID) -> Bool {
    bells.withLock { $0[heatPump] != nil }
  }

  /// Rings all bells.
  func ringAll() {
    for bell in bells.withLock({ Array($0.values) }) { bell.resume(()) }
  }

  /// Rings it, if somebody pauses there.
  func ring(_ heatPump: ResourceID) {
    bells.withLock { $0[heatPump] }?.resume(())
  }
}

/// The lanes that this gateway works in.
final class OwnLanes: Sendable {
  private let workers = Locked<[ResourceID: Int]>([:])

  /// A worker has begun.
  func began(_ heatPump: ResourceID) {
    workers.withLock { $0[heatPump, default: 0] += 1 }
  }

  /// A worker has come to its end.
  func ended(_ heatPump: ResourceID) {
    workers.withLock { workers in
      let rest = (workers[heatPump] ?? 1) - 1
      workers[heatPump] = rest > 0 ? rest : nil
    }
  }

  /// Whether a worker of this gateway is in it.
  func contains(_ heatPump: ResourceID) -> Bool {
    workers.withLock { $0[heatPump] != nil }
  }
}
