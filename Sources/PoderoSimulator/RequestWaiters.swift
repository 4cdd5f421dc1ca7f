import GatewayCore

/// Those who wait until a number of requests of one kind has come.
struct RequestWaiters: Sendable {
  private struct Waiter: Sendable {
    let call: SimulatedCall
    let count: Int
    let resume: @Sendable () -> Void
  }

  private var waiters: [Waiter] = []

  var isEmpty: Bool { waiters.isEmpty }

  mutating func add(_ call: SimulatedCall, _ count: Int, _ resume: @escaping @Sendable () -> Void) {
    waiters.append(Waiter(call: call, count: count, resume: resume))
  }

  /// Takes those whose number has been reached.
  mutating func take(_ counters: Counters) -> [@Sendable () -> Void] {
    let ready = waiters.filter { counters.count(of: $0.call) >= $0.count }
    waiters.removeAll { counters.count(of: $0.call) >= $0.count }
    return ready.map(\.resume)
  }
}
