internal import GatewayCore
internal import Storage

/// The lanes that this process gave back, which are empty then, each with its last right's number.
///
/// Whoever stores an operation takes a free lane with it. So where the next right comes with the
/// next number, nobody has stored anything in between, and the operation that it comes with is the
/// only one: its worker need not look for others.
final class EmptyLanes: Sendable {
  private let fences = Locked<[ResourceID: Int64]>([:])

  /// The lane was given back. Whoever says so late, after the holder behind it, is not heard.
  func note(_ lease: LaneLease) {
    fences.withLock { fences in
      fences[lease.heatPump.id] = max(fences[lease.heatPump.id] ?? 0, lease.fence)
    }
  }

  /// The number of the last right to a lane that is empty, as far as this process knows.
  func lastFence(of heatPump: ResourceID) -> Int64? {
    fences.withLock { $0[heatPump] }
  }

  /// Whether nothing was open in the lane when this right to it was given. The first right ever
  /// comes with the first operation.
  func leavesEmpty(before lease: LaneLease) -> Bool {
    lease.fence == 1
      || fences.withLock { $0.removeValue(forKey: lease.heatPump.id) } == lease.fence - 1
  }
}
