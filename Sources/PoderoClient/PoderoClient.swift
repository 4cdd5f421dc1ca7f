public import Credentials
public import GatewayCore
public import Logging

/// Calls one organisation's partner API: breaker, budget, token, transport, and back as a body or
/// an ``UpstreamFault``.
///
/// Each part decides for itself (``CircuitBreaker``, ``BudgetState``, ``RetryPolicy``,
/// ``AnswerTranslator``); here is the order in which they are asked.
public final class PoderoClient: Sendable {
  private let settings: UpstreamSettings
  private let broker: TokenBroker
  private let transport: any UpstreamTransport
  private let clock: any GatewayClock
  private let random: any RandomSource
  private let logger: Logger
  private let observer: (any UpstreamObserver)?
  private let translator: AnswerTranslator
  private let budget: RequestBudget
  private let breaker: BreakerGate
  private let counts: Locked<UpstreamCounts>

  /// Creates a client; it sends nothing by itself.
  ///
  /// - Parameters:
  ///   - settings: the organisation, its limits and timeouts.
  ///   - broker: gives the tokens.
  ///   - transport: the way out.
  ///   - clock: all time comes from it.
  ///   - random: all jitter comes from it.
  ///   - logger: gets kinds and statuses; no secret, none of the upstream's text.
  ///   - observer: is told of every request.
  public init(
    settings: UpstreamSettings, broker: TokenBroker, transport: any UpstreamTransport,
    clock: any GatewayClock, random: any RandomSource, logger: Logger,
    observer: (any UpstreamObserver)? = nil
  ) {
    self.settings = settings
    self.broker = broker
    self.transport = transport
    self.clock = clock
    self.random = random
    self.logger = logger
    self.observer = observer
    translator = AnswerTranslator(settings: settings)
    budget = RequestBudget(settings: settings, clock: clock)
    breaker = BreakerGate(settings: settings, clock: clock, random: random, logger: logger)
    counts = Locked(UpstreamCounts())
  }

  /// The same client by other settings, for the same upstream: breaker, budget and counts are those
  /// of `former`. Calls that `former` has begun go on by its settings.
  public init(_ former: PoderoClient, settings: UpstreamSettings) {
    self.settings = settings
    broker = former.broker
    transport = former.transport
    clock = former.clock
    random = former.random
    logger = former.logger
    observer = former.observer
    translator = AnswerTranslator(settings: settings)
    budget = former.budget
    breaker = former.breaker
    counts = former.counts
  }

  /// Lets the budget, which all clients of the upstream share, go by this one's settings.
  public func adjustBudget() {
    budget.adjust(to: settings)
  }

  /// Divides the budget equally among so many gateways, from now on.
  public func shareBudget(among count: Int) {
    budget.share(among: count)
  }

  /// Makes a call and waits for its answer.
  ///
  /// - Returns: the JSON body of a 2xx answer, its grammar not yet checked.
  /// - Throws: ``UpstreamFault``; its `mayHaveBeenApplied` says whether an update may have taken
  ///   effect all the same.
  public func send(
    _ call: PoderoCall, _ context: CallContext
  ) async throws(UpstreamFault) -> [UInt8] {
    var policy = RetryPolicy(isUpdate: call.isUpdate, readRetries: settings.readRetries)
    while true {
      let failure: AttemptFailure
      do {
        return try await attempt(call, context, rejected: policy.rejectedGeneration)
      } catch {
        failure = error
      }
      let fault = failure.fault
      let decision = policy.decide(
        after: failure.cause, retryAfter: fault.retryAfter, chance: random.fraction())
      guard case .again(let pause) = decision, clock.monotonic + pause < context.end else {
        counts.withLock { $0.faults[fault.label, default: 0] += 1 }
        throw fault
      }
      if pause > .zero, (try? await clock.sleep(for: pause)) == nil {
        counts.withLock { $0.faults["cancelled", default: 0] += 1 }
        throw UpstreamFault(.cancelled, cause: "\(fault)")
      }
      counts.withLock { $0.retries += 1 }
    }
  }

  /// How well the upstream can be used, in one word; cheap enough for every answer.
  public var health: UpstreamHealthState {
    let breaker = breaker.status
    let token = broker.status
    if breaker.phase != .closed || (!token.isUsable && token.lastFailure != nil) { return .down }
    let isTroubled = breaker.failures > 0 || token.lastFailure != nil || budget.isClosed
    return isTroubled ? .degraded : .ok
  }

  /// The state for people and metrics.
  public var status: UpstreamStatus {
    UpstreamStatus(
      health: health, budget: budget.status, breaker: breaker.status,
      counts: counts.withLock { $0 })
  }

  // MARK: One request

  private struct AttemptFailure: Error {
    let fault: UpstreamFault
    let cause: RetryPolicy.Cause

    static func local(
      _ kind: UpstreamFault.Kind, retryAfter: Duration? = nil, _ cause: String
    ) -> AttemptFailure {
      AttemptFailure(
        fault: UpstreamFault(kind, retryAfter: retryAfter, cause: cause), cause: .local)
    }
  }

  private func attempt(
    _ call: PoderoCall, _ context: CallContext, rejected: UInt64?
  ) async throws(AttemptFailure) -> [UInt8] {
    try refuseIfLate(context)
    let isRead = !call.isUpdate
    // Asked here too, so that nobody queues for an upstream that is not called.
    try refuseIfOpen(isRead: isRead)
    try await acquirePermit(context)
    var isSent = false
    // Where there is no token, calls must not use up the rate of those to come.
    defer { budget.release(unused: !isSent) }
    let token = try await token(context, rejected: rejected)
    try refuseIfLate(context)
    let pass = try admit(isRead: isRead)
    let start = clock.monotonic
    let request = request(call, context, token, at: start)
    counts.withLock { $0.requests += 1 }
    isSent = true
    let outcome: Result<TransportResponse, TransportFault>
    do {
      outcome = .success(try await transport.send(request))
    } catch {
      outcome = .failure(error)
    }
    let patience = request.deadline - start
    breaker.conclude(
      pass, outcome, patience: patience, connectTimeout: settings.connectTimeout)
    let result = judge(outcome, call, token)
    observe(call, context, outcome, result, since: start)
    return try result.get()
  }

  private func refuseIfLate(_ context: CallContext) throws(AttemptFailure) {
    guard clock.monotonic < context.end else {
      throw .local(.timeout, "its time had passed before it was sent")
    }
  }

  private func acquirePermit(_ context: CallContext) async throws(AttemptFailure) {
    do {
      try await budget.acquire(context.priority, deadline: context.end)
    } catch {
      switch error {
      case .exhausted(let retryAfter):
        throw .local(.throttled, retryAfter: retryAfter, "the budget is used up")
      case .cancelled:
        throw .local(.cancelled, "cancelled while waiting for the budget")
      }
    }
  }

  private func token(
    _ context: CallContext, rejected: UInt64?
  ) async throws(AttemptFailure) -> AccessToken {
    let token: AccessToken
    do {
      token = try await broker.token(deadline: context.end)
    } catch {
      switch error {
      case .refused(let retryAfter):
        throw .local(.credentials, retryAfter: retryAfter, "no token: refused")
      case .unavailable(let retryAfter):
        throw .local(.unavailable, retryAfter: retryAfter, "no token at present")
      case .timedOut:
        throw .local(.timeout, "no token before the deadline")
      case .cancelled:
        throw .local(.cancelled, "cancelled while waiting for a token")
      }
    }
    // The broker keeps a token that works for other calls: sending it again would change nothing.
    guard token.generation != rejected else { throw .local(.credentials, "status 401") }
    return token
  }

  private func request(
    _ call: PoderoCall, _ context: CallContext, _ token: AccessToken, at now: MonotonicInstant
  ) -> TransportRequest {
    var headers = [HTTPResponse.Header("Accept", "application/json")]
    if call.body != nil { headers.append(.init("Content-Type", "application/json")) }
    if let trace = context.traceparent, isTraceparent(trace) {
      headers.append(.init("traceparent", trace))
    }
    return TransportRequest(
      method: call.method,
      url: call.url(base: settings.apiBase, organisation: settings.organisationID),
      headers: headers, authorization: token.value, body: call.body,
      connectTimeout: settings.connectTimeout,
      deadline: min(context.deadline, now + settings.totalTimeout),
      maximumBodyBytes: settings.maximumBodyBytes, caFile: settings.caFile)
  }

  private func judge(
    _ outcome: Result<TransportResponse, TransportFault>, _ call: PoderoCall, _ token: AccessToken
  ) -> Result<[UInt8], AttemptFailure> {
    switch outcome {
    case .failure(let fault):
      return .failure(
        AttemptFailure(
          fault: translator.fault(fault, for: call), cause: .transport(fault)))
    case .success(let response):
      // Asked of the system just where it is needed.
      let chance = response.status == 429 ? random.fraction() : 0
      let wall = clock.wall
      let body: Result<[UInt8], UpstreamFault> = Result { () throws(UpstreamFault) in
        try translator.body(of: response, for: call, now: wall, chance: chance)
      }
      switch response.status {
      case 401: broker.reject(token)
      case 200..<300, 404, 422: broker.confirm(token)
      default: break
      }
      if case .failure(let fault) = body, fault.kind == .throttled { slowDown(fault) }
      let cause: RetryPolicy.Cause =
        response.status == 401
        ? .tokenRejected(generation: token.generation) : .status(response.status)
      return body.mapError { AttemptFailure(fault: $0, cause: cause) }
    }
  }

  // The pause counts for the whole organisation, whichever call met it.
  private func slowDown(_ fault: UpstreamFault) {
    let pause = fault.retryAfter ?? settings.defaultRetryAfter
    budget.close(for: pause)
    logger.warning(
      "the upstream asks for fewer requests", metadata: ["pause": "\(pause.iso8601)"])
  }

  private func observe(
    _ call: PoderoCall, _ context: CallContext,
    _ outcome: Result<TransportResponse, TransportFault>,
    _ result: Result<[UInt8], AttemptFailure>, since start: MonotonicInstant
  ) {
    let duration = clock.monotonic - start
    var label = "ok"
    if case .failure(let failure) = result {
      label = failure.fault.label
      logger.info(
        "an upstream request failed",
        metadata: [
          "call": "\(call.label)", "outcome": "\(label)", "cause": "\(failure.fault.cause)",
          "priority": "\(context.priority.label)", "request_id": "\(context.requestID ?? "-")",
        ])
    }
    observer?.upstreamRequestEnded(
      UpstreamObservation(
        call: call.label, priority: context.priority, status: try? outcome.get().status,
        outcome: label, duration: duration))
  }
}

// MARK: The breaker

extension PoderoClient {
  private func refuseIfOpen(isRead: Bool) throws(AttemptFailure) {
    if let refusal = breaker.refusal(isRead: isRead) { throw refused(refusal) }
  }

  private func admit(isRead: Bool) throws(AttemptFailure) -> CircuitBreaker.Pass {
    do {
      return try breaker.admit(isRead: isRead).get()
    } catch {
      throw refused(error.refusal)
    }
  }

  private func refused(_ refusal: CircuitBreaker.Refusal) -> AttemptFailure {
    if refusal.wantsProbe { sendProbe() }
    return .local(.unavailable, retryAfter: refusal.retryAfter, "the breaker is open")
  }

  // Belongs to no caller: the write that asked for it has failed already.
  private func sendProbe() {
    Task {
      let context = CallContext(
        priority: .write, deadline: clock.monotonic + settings.totalTimeout)
      _ = try? await attempt(.users, context, rejected: nil)
      breaker.ownProbeEnded()
    }
  }
}
