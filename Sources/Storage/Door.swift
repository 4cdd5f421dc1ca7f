internal import GatewayCore

/// Counts the calls that are under way, so that the files are closed behind the last of them.
package final class Door: Sendable {
  private struct State: Sendable {
    var isClosed = false
    var inside = 0
    var waiting: [CheckedContinuation<Void, Never>] = []

    mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
      guard isClosed, inside == 0 else { return [] }
      defer { waiting = [] }
      return waiting
    }
  }

  private let state = Locked(State())

  /// An open door.
  package init() {}

  /// Whether nobody is let in any more.
  package var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Lets a call in; ``leave()`` belongs to it.
  ///
  /// - Throws: `unavailable` once it is closed.
  package func enter() throws(StorageFault) {
    try state.withLock { state throws(StorageFault) in
      guard !state.isClosed else { throw .unavailable("closed") }
      state.inside += 1
    }
  }

  /// Lets a call out.
  package func leave() {
    let waiting = state.withLock { state in
      state.inside -= 1
      return state.takeWaiting()
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Lets nobody in any more, and waits until all are out.
  ///
  /// - Returns: whether it was open before.
  package func close() async -> Bool {
    let wasOpen = state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    await withCheckedContinuation { continuation in
      let waiting = state.withLock { state in
        state.waiting.append(continuation)
        return state.takeWaiting()
      }
      for continuation in waiting { continuation.resume() }
    }
    return wasOpen
  }
}
