import GatewayCore

extension SimulatorState {
  /// Whether a connection is to be reset as soon as this request line is seen.
  mutating func takesEarlyReset(_ method: HTTPMethod, target: String) -> Bool {
    let route = Route(method: method, target: target)
    guard case .call(let call) = route.destination else { return false }
    guard faults.takeEarlyReset(call, route.heatPump) else { return false }
    let exchange = exchange(call, route)
    counters.begin(exchange)
    counters.end(exchange)
    return true
  }

  /// Carries out an upstream call, with the faults that meet it.
  mutating func decide(
    _ call: SimulatedCall, _ route: Route, _ request: HTTPRequest, at moment: Moment
  ) -> Decision {
    let exchange = exchange(call, route)
    counters.begin(exchange)
    let plan = FaultPlan(faults.take(call, route.heatPump), at: moment)
    if plan.revokesTokens { tokens.revokeAll() }
    let attempt = Attempt(
      call: call, route: route, request: request, plan: plan, moment: moment,
      now: clock.time(at: moment.monotonic))
    let real = call == .update && plan.withholdsUpdate ? nil : response(attempt)
    let outcome = Self.outcome(real, plan)
    if call == .update { record(attempt, real, outcome) }
    note(attempt, outcome)
    if case .answer(let response, _) = outcome { counters.count(status: response.status) }
    return Decision(outcome, delay: plan.latency, exchange: exchange)
  }

  private func exchange(_ call: SimulatedCall, _ route: Route) -> Exchange {
    Exchange(call: call, heatPump: route.heatPump.flatMap { estate.heatPumpNumber($0) })
  }

  private static func outcome(_ real: HTTPResponse?, _ plan: FaultPlan) -> Outcome {
    if plan.reset != nil { return .reset }
    var response = plan.replacement?.response ?? real
    if plan.hang != nil, plan.replacement == nil, real == nil { return .hang(nil) }
    if var edited = response {
      for edit in plan.edits { edit.apply(to: &edited) }
      response = edited
    }
    if plan.hang != nil { return .hang(response) }
    // Without an answer or anything in its place the plan was a reset or a hang, seen above.
    return response.map { .answer($0, transfer: plan.transfer) } ?? .reset
  }

  private mutating func record(_ attempt: Attempt, _ real: HTTPResponse?, _ outcome: Outcome) {
    guard let heatPump = attempt.route.heatPump else { return }
    var status: Int?
    if case .answer(let response, _) = outcome { status = response.status }
    journal.append { sequence in
      ReceivedUpdate(
        sequence: sequence, time: attempt.moment.wall, simulatedTime: attempt.now,
        heatPump: heatPump, body: attempt.request.body, applied: real?.status == 200,
        status: status)
    }
  }
}

/// One upstream call on its way to an answer.
struct Attempt: Sendable {
  let call: SimulatedCall
  let route: Route
  let request: HTTPRequest
  let plan: FaultPlan
  let moment: Moment
  /// The simulated time.
  let now: Timestamp
}
