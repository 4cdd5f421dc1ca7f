internal import GatewayCore

/// One lane per heat pump: whoever comes first writes first, and one at a time.
final class WriteLanes: Sendable {
  private struct Lane: Sendable {
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  /// How many writes may wait for one heat pump.
  static let longestQueue = 256

  private let lanes = Locked<[ResourceID: Lane]>([:])

  /// How many heat pumps are being written to.
  var busy: Int { lanes.withLock { $0.count } }

  /// Waits for the lane.
  ///
  /// - Returns: `false` if the queue is full; the lane is not taken then.
  func enter(_ id: ResourceID) async -> Bool {
    enum Admission { case free, queued, full }
    var admission = Admission.queued
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      admission = lanes.withLock { lanes in
        guard let lane = lanes[id] else {
          lanes[id] = Lane()
          return .free
        }
        guard lane.waiters.count < Self.longestQueue else { return .full }
        lanes[id]?.waiters.append(continuation)
        return .queued
      }
      if admission != .queued { continuation.resume() }
    }
    return admission != .full
  }

  /// Hands the lane to the next one.
  func leave(_ id: ResourceID) {
    let next = lanes.withLock { lanes -> CheckedContinuation<Void, Never>? in
      guard let lane = lanes[id], !lane.waiters.isEmpty else {
        lanes[id] = nil
        return nil
      }
      return lanes[id]?.waiters.removeFirst()
    }
    next?.resume()
  }
}
