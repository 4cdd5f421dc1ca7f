internal import CMicrohttpdShims
import GatewayCore
import Reactor

/// Requests that are answered later.
///
/// The library forgets a suspended connection: it has no time limit and is not watched for the
/// client leaving. So the deadline is kept here, and every suspended exchange is settled exactly
/// once, by its work, its deadline, or the end of draining.
extension ServerCore {
  /// How long after its deadline the server answers in the place of the work, which normally sees
  /// to its deadline itself and has the better answer.
  static let graceAfterDeadline = Duration.milliseconds(250)

  /// Suspends a request, then starts its work.
  func suspend(
    _ exchange: Exchange, _ connection: Connection, _ deadline: MonotonicInstant,
    _ work: @escaping @Sendable () async -> HTTPResponse
  ) {
    // The work may be done before this returns on another thread's say; so suspend first.
    unsafe gw_mhd_suspend(connection.handle)
    exchange.stage = .suspended
    counters.suspended += 1
    enter(.suspended, connection)
    let end = deadline + ServerCore.graceAfterDeadline
    if end != .distantFuture {
      exchange.deadline = reactor.schedule(at: end) { [self] in expire(exchange) }
    }
    exchange.work = works.start(on: reactor) { [self] in
      settle(exchange, with: await work())
    }
  }

  /// Takes the result of the work, or drops it if the answer has been given.
  private func settle(_ exchange: Exchange, with response: HTTPResponse) {
    noteNews()
    guard exchange.stage == .suspended else {
      counters.lateResults += 1
      return
    }
    resume(exchange, with: response)
  }

  private func expire(_ exchange: Exchange) {
    guard exchange.stage == .suspended, let connection = exchange.connection else { return }
    let id = makeRequestID()
    counters.overdue += 1
    onEvent(.overdue(requestID: id, peer: connection.peer))
    let fault = GatewayFault(.upstreamTimeout, "There was no answer before the deadline.")
    exchange.work?.cancel()
    resume(exchange, with: fault.response(instance: id))
  }

  /// Answers a suspended request in the place of its work, which is cancelled.
  func cancelSuspended(_ exchange: Exchange, _ connection: Connection, _ reason: RefusalReason) {
    guard exchange.stage == .suspended else { return }
    counters.refusals[reason, default: 0] += 1
    let id = makeRequestID()
    onEvent(.refused(reason, requestID: id, peer: connection.peer))
    exchange.work?.cancel()
    resume(exchange, with: reason.fault.response(instance: id))
  }

  // The library calls the handler again in its next run, in this turn.
  private func resume(_ exchange: Exchange, with response: HTTPResponse) {
    guard let connection = exchange.connection else { return }
    exchange.stage = .settled
    exchange.answer = response
    counters.suspended -= 1
    abandonWork(exchange)
    enter(.responding, connection)
    unsafe gw_mhd_resume(connection.handle)
    mustRun = true
    noteNews()
  }

  /// Lets go of the work and its deadline; whoever wants it cancelled does that before.
  func abandonWork(_ exchange: Exchange) {
    exchange.work = nil
    if let deadline = exchange.deadline { reactor.cancel(deadline) }
    exchange.deadline = nil
  }
}
