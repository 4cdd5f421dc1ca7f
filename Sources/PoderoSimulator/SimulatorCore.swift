import GatewayCore

/// The state behind its lock, with the real clock and the requests that hang: what the HTTP
/// server, the control endpoint and the library's calls share.
final class SimulatorCore: Sendable {
  private struct Hanging: Sendable {
    var releases: [Int: @Sendable () -> Void] = [:]
    var nextID = 1
    /// How often faults were cleared.
    var generation = 0
  }

  private let clock: any GatewayClock
  private let state: Locked<SimulatorState>
  private let hanging = Locked(Hanging())
  private let waiters = Locked(RequestWaiters())

  init(_ settings: SimulatorSettings) {
    clock = settings.clock
    state = Locked(SimulatorState(settings, at: Self.moment(settings.clock)))
  }

  /// Runs `body` alone with the state and the present moment.
  func withState<Result>(_ body: (inout SimulatorState, Moment) -> Result) -> Result {
    let moment = Self.moment(clock)
    return state.withLock { body(&$0, moment) }
  }

  /// Decides on a whole request.
  func handle(_ request: HTTPRequest) -> Decision {
    let route = Route(method: request.method, target: request.target)
    switch route.destination {
    case .call(let call):
      let generation = hanging.withLock { $0.generation }
      var decision = withState { $0.decide(call, route, request, at: $1) }
      decision.generation = generation
      wakeWaiters()
      return decision
    case .control(let path):
      return Decision(ControlEndpoint(core: self).answer(path, route.query, request))
    case .wrongMethod(let allowed):
      let headers: [HTTPResponse.Header] = [
        .init("Allow", allowed), .init("Content-Type", "text/plain"),
      ]
      let text = Array("Method not allowed".utf8)
      return Decision(HTTPResponse(status: 405, headers: headers, body: text))
    case .nowhere:
      return Decision(StatusText.page(404))
    }
  }

  /// Whether request lines need to be looked at early at all.
  var hasEarlyReset: Bool { state.withLock { $0.faults.hasEarlyReset } }

  /// Whether a connection is to be reset as soon as this request line is seen.
  func takesEarlyReset(_ method: HTTPMethod, target: String) -> Bool {
    let takes = state.withLock { $0.takesEarlyReset(method, target: target) }
    if takes { wakeWaiters() }
    return takes
  }

  /// Waits until so many requests of a kind have come.
  func wait(for call: SimulatedCall, count: Int) async {
    await withCheckedContinuation { continuation in
      // Looked at and entered under one lock, or the last request could slip in between.
      let isReached = state.withLock { state in
        guard state.counters.count(of: call) < count else { return true }
        waiters.withLock { $0.add(call, count) { continuation.resume() } }
        return false
      }
      if isReached { continuation.resume() }
    }
  }

  private func wakeWaiters() {
    guard !waiters.withLock({ $0.isEmpty }) else { return }
    let counters = state.withLock { $0.counters }
    for resume in waiters.withLock({ $0.take(counters) }) { resume() }
  }

  /// Tells that a request's answer is out, or never will be.
  func end(_ exchange: Exchange) {
    state.withLock { $0.counters.end(exchange) }
  }

  func countConnection() {
    state.withLock { $0.counters.connections += 1 }
  }

  /// Keeps a hanging request until the faults are cleared; if they were since it was decided on, it
  /// is released at once.
  ///
  /// - Returns: a number by which to forget it, if its client leaves first.
  func hang(_ generation: Int, _ release: @escaping @Sendable () -> Void) -> Int? {
    let id = hanging.withLock { hanging -> Int? in
      guard hanging.generation == generation else { return nil }
      defer { hanging.nextID += 1 }
      hanging.releases[hanging.nextID] = release
      return hanging.nextID
    }
    if id == nil { release() }
    return id
  }

  func forgetHanging(_ id: Int) {
    hanging.withLock { _ = $0.releases.removeValue(forKey: id) }
  }

  /// Clears all faults and lets hanging requests go on.
  func clearFaults() {
    state.withLock { $0.faults.removeAll() }
    release()
  }

  /// Starts again from the first settings.
  func reset() {
    withState { $0.reset(at: $1) }
    release()
  }

  private func release() {
    let releases = hanging.withLock { hanging in
      hanging.generation += 1
      defer { hanging.releases.removeAll() }
      return Array(hanging.releases.values)
    }
    for release in releases { release() }
  }

  private static func moment(_ clock: any GatewayClock) -> Moment {
    Moment(monotonic: clock.monotonic, wall: clock.wall)
  }
}
