internal import GatewayCore

/// One lane per heat pump: whoever comes first writes first, and one at a time.
final class WriteLanes: Sendable {
  /// What became of the wait for a lane.
  enum Admission: Sendable {
    /// The lane is taken; it has to be left again.
    case entered
    /// Too many wait already.
    case full
    /// The deadline passed first.
    case expired
  }

  private struct Place: Sendable {
    let id: UInt64
    let continuation: CheckedContinuation<Admission, Never>
  }

  private struct State: Sendable {
    var lanes: [ResourceID: [Place]] = [:]
    var lastID: UInt64 = 0
    // Deadlines that passed before their place was taken.
    var expired: Set<UInt64> = []
  }

  /// How many writes may wait for one heat pump.
  static let longestQueue = 256

  private let state = Locked(State())
  private let clock: any GatewayClock

  init(clock: any GatewayClock) {
    self.clock = clock
  }

  /// How many heat pumps are being written to.
  var busy: Int { state.withLock { $0.lanes.count } }

  /// How many writes wait for a heat pump.
  func waiting(_ id: ResourceID) -> Int { state.withLock { $0.lanes[id]?.count ?? 0 } }

  /// Waits for the lane, no longer than until `deadline`.
  func enter(_ id: ResourceID, until deadline: MonotonicInstant) async -> Admission {
    let place = state.withLock { state -> UInt64? in
      guard state.lanes[id] != nil else {
        state.lanes[id] = []
        return nil
      }
      state.lastID += 1
      return state.lastID
    }
    guard let place else { return .entered }
    let admission = await wait(place, in: id, until: deadline)
    _ = state.withLock { $0.expired.remove(place) }
    return admission
  }

  private func wait(
    _ place: UInt64, in id: ResourceID, until deadline: MonotonicInstant
  ) async -> Admission {
    // The timer ends with this scope, whichever way it is left.
    async let _: Void = expire(place, in: id, at: deadline)
    return await withCheckedContinuation { continuation in
      let early = state.withLock { state -> Admission? in
        if state.expired.contains(place) { return .expired }
        guard let lane = state.lanes[id] else {
          state.lanes[id] = []
          return .entered
        }
        guard lane.count < Self.longestQueue else { return .full }
        state.lanes[id]?.append(Place(id: place, continuation: continuation))
        return nil
      }
      if let early { continuation.resume(returning: early) }
    }
  }

  private func expire(
    _ place: UInt64, in id: ResourceID, at deadline: MonotonicInstant
  ) async {
    guard (try? await clock.sleep(until: deadline)) != nil else { return }
    let found = state.withLock { state -> Place? in
      guard let index = state.lanes[id]?.firstIndex(where: { $0.id == place }) else {
        state.expired.insert(place)
        return nil
      }
      return state.lanes[id]?.remove(at: index)
    }
    found?.continuation.resume(returning: .expired)
  }

  /// Hands the lane to the next one.
  func leave(_ id: ResourceID) {
    let next = state.withLock { state -> Place? in
      guard state.lanes[id]?.isEmpty == false else {
        state.lanes[id] = nil
        return nil
      }
      return state.lanes[id]?.removeFirst()
    }
    next?.continuation.resume(returning: .entered)
  }
}
