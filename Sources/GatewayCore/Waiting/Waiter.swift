/// Why a wait ended without its value.
package enum WaitFault: Error, Sendable, Equatable {
  /// The waiter's own deadline passed.
  case timedOut
  /// The waiter's task was cancelled.
  case cancelled
}

/// A place where one task waits for one value, no longer than its deadline and its task allow.
///
/// Exactly one of value, deadline and cancellation wins, whatever their order, also before the wait
/// has begun. Whoever hands over a value learns from ``resume(_:)`` whether it was taken, so that
/// a permit given to someone who has left just then is not lost.
package final class Waiter<Value: Sendable>: Sendable {
  private enum State: Sendable {
    case idle
    case waiting(CheckedContinuation<Result<Value, WaitFault>, Never>)
    case ended(Result<Value, WaitFault>)
  }

  private let state = Locked(State.idle)

  /// Creates a place to wait.
  package init() {}

  /// Hands over the value.
  ///
  /// - Returns: `false` if the wait had ended already; the value is then not taken.
  @discardableResult
  package func resume(_ value: Value) -> Bool {
    end(.success(value))
  }

  /// Waits for the value. Call it once.
  ///
  /// - Throws: ``WaitFault`` when `deadline` passes or the task is cancelled first.
  package func value(
    until deadline: MonotonicInstant, clock: any GatewayClock
  ) async throws(WaitFault) -> Value {
    // The timer ends with this scope, whichever way it is left.
    async let _: Void = expire(at: deadline, clock)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let early = state.withLock { state -> Result<Value, WaitFault>? in
          if case .ended(let result) = state { return result }
          state = .waiting(continuation)
          return nil
        }
        if let early { continuation.resume(returning: early) }
      }
    } onCancel: {
      end(.failure(.cancelled))
    }
    return try result.get()
  }

  private func expire(at deadline: MonotonicInstant, _ clock: any GatewayClock) async {
    guard deadline != .distantFuture else { return }
    do {
      try await clock.sleep(until: deadline)
      end(.failure(.timedOut))
    } catch {
      // Cancelled with its scope: the wait is over.
    }
  }

  @discardableResult
  private func end(_ result: Result<Value, WaitFault>) -> Bool {
    let (isFirst, continuation) = state.withLock {
      state -> (Bool, CheckedContinuation<Result<Value, WaitFault>, Never>?) in
      switch state {
      case .ended:
        return (false, nil)
      case .idle:
        state = .ended(result)
        return (true, nil)
      case .waiting(let continuation):
        state = .ended(result)
        return (true, continuation)
      }
    }
    continuation?.resume(returning: result)
    return isFirst
  }
}
