public import GatewayCore

/// The way out, played by a script: each request gets the next step, and is recorded.
public final class FakeTransport: UpstreamTransport {
  /// What a request meets.
  public enum Step: Sendable {
    /// An answer.
    case respond(TransportResponse)
    /// No answer.
    case fail(TransportFault)
    /// Nothing until ``FakeTransport/release(_:)``; a cancelled request ends with `.cancelled`.
    case hold

    /// An answer with a JSON body.
    public static func json(
      _ value: JSONValue, status: Int = 200, headers: [HTTPResponse.Header] = []
    ) -> Step {
      .respond(
        TransportResponse(
          status: status, headers: [.init("Content-Type", "application/json")] + headers,
          body: value.encoded))
    }

    /// An answer without a body.
    public static func status(_ status: Int, headers: [HTTPResponse.Header] = []) -> Step {
      .respond(TransportResponse(status: status, headers: headers))
    }

    /// A token endpoint's good answer.
    public static func token(_ token: String, expiresIn: Int = 36000) -> Step {
      .json([
        "access_token": .string(token), "token_type": "Bearer", "scope": "read write",
        "expires_in": .number(ExactDecimal(expiresIn)),
      ])
    }
  }

  private typealias Held = CheckedContinuation<Step, Never>

  private struct State: Sendable {
    var script: [Step]
    var requests: [TransportRequest] = []
    var held: [(id: Int, continuation: Held)] = []
    var cancelled: Set<Int> = []
    var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    mutating func readyWatchers() -> [CheckedContinuation<Void, Never>] {
      let ready = watchers.filter { $0.count <= requests.count }.map(\.continuation)
      watchers.removeAll { $0.count <= requests.count }
      return ready
    }
  }

  private let state: Locked<State>
  private let fallback: @Sendable (TransportRequest) -> Step

  /// Creates a transport.
  ///
  /// - Parameters:
  ///   - script: the steps of the first requests, in their order.
  ///   - fallback: the step of every request after them.
  public init(
    _ script: [Step] = [], then fallback: @escaping @Sendable (TransportRequest) -> Step
  ) {
    state = Locked(State(script: script))
    self.fallback = fallback
  }

  /// Creates a transport that meets every request after the script with one step.
  public convenience init(_ script: [Step] = [], then step: Step = .status(500)) {
    self.init(script, then: { _ in step })
  }

  /// All requests so far, in the order of their arrival.
  public var requests: [TransportRequest] { state.withLock { $0.requests } }

  /// How many requests have arrived.
  public var requestCount: Int { state.withLock { $0.requests.count } }

  /// How many requests are held.
  public var heldCount: Int { state.withLock { $0.held.count } }

  /// Adds steps to the script.
  public func append(_ steps: Step...) {
    state.withLock { $0.script += steps }
  }

  /// Lets the request that is held longest go on with `step`; does nothing if none is held.
  public func release(_ step: Step) {
    let first = state.withLock { $0.held.isEmpty ? nil : $0.held.removeFirst() }
    first?.continuation.resume(returning: step)
  }

  /// Lets all held requests go on with `step`.
  public func releaseAll(_ step: Step) {
    let all = state.withLock { state in
      defer { state.held.removeAll() }
      return state.held
    }
    for held in all { held.continuation.resume(returning: step) }
  }

  /// Waits until at least `count` requests have arrived.
  public func waitForRequests(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if state.requests.count >= count { return true }
        state.watchers.append((count, continuation))
        return false
      }
      if isReady { continuation.resume() }
    }
  }

  /// Records the request and plays its step.
  public func send(_ request: TransportRequest) async throws(TransportFault) -> TransportResponse {
    let step = state.withLock { state in
      state.script.isEmpty ? nil : state.script.removeFirst()
    }
    let chosen = step ?? fallback(request)
    guard case .hold = chosen else {
      arrive(request)
      return try play(chosen)
    }
    return try play(await hold(request))
  }

  private func arrive(_ request: TransportRequest) {
    let ready = state.withLock { state in
      state.requests.append(request)
      return state.readyWatchers()
    }
    for watcher in ready { watcher.resume() }
  }

  // The request counts as arrived only once it is held, so that who waits for it can release it.
  private func hold(_ request: TransportRequest) async -> Step {
    let gone = Step.fail(TransportFault(.cancelled, mayHaveBeenSent: true))
    let id = state.withLock { state in
      state.requests.append(request)
      return state.requests.count
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (isCancelled, ready) = state.withLock {
          state -> (Bool, [CheckedContinuation<Void, Never>]) in
          let isCancelled = state.cancelled.contains(id)
          if !isCancelled { state.held.append((id, continuation)) }
          return (isCancelled, state.readyWatchers())
        }
        if isCancelled { continuation.resume(returning: gone) }
        for watcher in ready { watcher.resume() }
      }
    } onCancel: {
      let held = state.withLock { state -> Held? in
        guard let index = state.held.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.held.remove(at: index).continuation
      }
      held?.resume(returning: gone)
    }
  }

  private func play(_ step: Step) throws(TransportFault) -> TransportResponse {
    switch step {
    case .respond(let response): return response
    case .fail(let fault): throw fault
    case .hold: throw TransportFault(.other, mayHaveBeenSent: false, detail: "held twice")
    }
  }
}

extension Secret {
  /// The bytes as text, for a test to compare.
  public var revealedForTest: String {
    withBytes { bytes in
      var copy: [UInt8] = []
      for index in bytes.indices { copy.append(bytes[index]) }
      return String(decoding: copy, as: UTF8.self)
    }
  }
}
