internal import CMicrohttpdShims
import GatewayCore
import Glibc
import Reactor

/// The end: no new connections, the running requests' answers, then nothing.
extension ServerCore {
  // How long answers may take to leave after the grace is over.
  private static let flushTime = Duration.milliseconds(250)

  /// Drains; resumes `waiter` when no request is left, or a moment after `grace` is over.
  func drain(grace: Duration, _ waiter: CheckedContinuation<Void, Never>) {
    guard stage != .new, stage != .stopped else {
      stage = .stopped
      waiter.resume()
      return
    }
    drainWaiters.append(waiter)
    if stage == .running { beginDraining() }
    // A second call may only shorten the first one's grace.
    if stage == .draining {
      if let drainTimer, grace <= .zero { reactor.cancel(drainTimer) }
      if drainTimer == nil || grace <= .zero {
        drainTimer = reactor.schedule(at: reactor.now + grace) { [self] in expireDraining() }
      }
    }
    continueDraining()
  }

  private func beginDraining() {
    guard let daemon = unsafe daemon else { return }
    stage = .draining
    let listener = unsafe gw_mhd_quiesce(daemon)
    if listener >= 0 { close(listener) }
    onEvent(.draining)
    for case let connection? in connections {
      if let open = connection.exchange?.stream { drain(open, connection) }
      if connection.exchange == nil { end(connection) }
    }
  }

  /// Ends the draining if no request is left, or none is waited for any more.
  func continueDraining() {
    let isOver = stage == .expired && drainTimer == nil
    if openExchanges == 0 || isOver { finishDraining() }
  }

  private func expireDraining() {
    drainTimer = nil
    guard stage == .draining else { return }
    stage = .expired
    cancelOpenExchanges()
    drainTimer = reactor.schedule(at: reactor.now + ServerCore.flushTime) { [self] in
      finishDraining()
    }
  }

  private func cancelOpenExchanges() {
    for case let connection? in connections {
      guard let exchange = connection.exchange else { continue }
      switch exchange.stage {
      case .suspended: cancelSuspended(exchange, connection, .shuttingDown)
      case .head, .body:
        refuseRaw(exchange, connection, .shuttingDown)
        end(connection)
      case .settled, .answered: continue
      }
    }
  }

  private func finishDraining() {
    if let drainTimer { reactor.cancel(drainTimer) }
    drainTimer = nil
    let waiters = drainWaiters
    drainWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  /// Closes all. After draining; a second call does nothing.
  func stop() {
    guard let daemon = unsafe daemon else { return }
    stage = .expired
    // A request may have been suspended since. The library aborts the process if one still is, so
    // all are resumed and the resuming is carried out.
    cancelOpenExchanges()
    breakStreams()
    openAllGates()
    run()
    unsafe reactor.unwatch(gw_mhd_epoll_descriptor(daemon))
    unsafe self.daemon = nil
    turnEnd.core = nil
    unsafe gw_mhd_stop(daemon)
    lingering.endAll()
    finishDraining()
    stage = .stopped
    published.withLock { [counters] in $0 = counters }
    onEvent(.stopped)
  }
}
