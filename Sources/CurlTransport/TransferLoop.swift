internal import CCurlShims
internal import GatewayCore
internal import Reactor

/// The transfers of one reactor: when they begin, and that each ends once. Confined.
///
/// What goes by plain HTTP/1.1 and through no proxy goes over connections of an ``HTTP1Pool``;
/// everything else is libcurl's from beginning to end.
@safe final class TransferLoop: @unchecked Sendable {
  // Sendable is safe: `counters` is locked, `reactor` and `settings` never change, and all else is
  // touched on the reactor's thread only.
  let reactor: Reactor
  let counters = Locked(CurlCounters())
  private let settings: CurlSettings
  private let multi: MultiHandle
  private var pool: HTTP1Pool?
  private var transfers: [OpaquePointer: Transfer] = unsafe [:]
  private var idle: [EasyHandle] = []

  init(reactor: Reactor, settings: CurlSettings) throws(TransportFault) {
    self.reactor = reactor
    self.settings = settings
    let total = Int(Int32(clamping: max(1, settings.maximumConnections)))
    multi = try MultiHandle(
      reactor: reactor,
      options: [
        // Without it the number of idle connections follows the number of transfers at the time.
        (CURLMOPT_MAXCONNECTS, total),
        (CURLMOPT_MAX_TOTAL_CONNECTIONS, total),
        (CURLMOPT_MAX_HOST_CONNECTIONS, min(total, max(1, settings.maximumConnectionsPerHost))),
        (CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX),
      ])
    multi.report(to: self)
    if settings.framesHTTP1, settings.proxy == .none {
      pool = try HTTP1Pool(reactor: reactor, settings: settings) { [unowned self] in
        release($0, $1)
      }
    }
  }

  // MARK: Transfers

  /// Begins a transfer; the continuation gets its outcome in any case.
  func start(_ transfer: Transfer, _ continuation: CheckedContinuation<Transfer.Outcome, Never>) {
    transfer.continuation = continuation
    counters.withLock {
      $0.transfers += 1
      $0.inFlight += 1
    }
    guard !multi.isClosed, !transfer.isCancelled else {
      return refuse(transfer, .cancelled, "cancelled before the start")
    }
    // Not `reactor.now`: in a long turn that lags, and a late write must not be sent at all.
    guard transfer.request.deadline > reactor.clock.monotonic else {
      return refuse(transfer, .timeout, "the deadline had passed before the start")
    }
    // Our own timer and not libcurl's: that one stands still while a transfer waits for a
    // connection.
    if transfer.request.deadline != .distantFuture {
      transfer.deadline = reactor.schedule(at: transfer.request.deadline) { [self] in
        end(transfer, .timeout, "the deadline passed")
      }
    }
    do throws(TransportFault) {
      if let pool, let target = HTTP1Target(transfer.request.url.utf8.span) {
        try pool.begin(transfer, target)
      } else {
        try startWithLibcurl(transfer)
      }
    } catch {
      finish(transfer, .failure(error))
    }
  }

  private func startWithLibcurl(_ transfer: Transfer) throws(TransportFault) {
    let plan = try RequestPlan(transfer.request, userAgent: settings.userAgent)
    let handle = try takeHandle()
    do throws(TransportFault) {
      try handle.prepare(transfer.request, plan, settings: settings)
      let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
      unsafe try handle.call(
        head: receiveHead, body: receiveBody, departure: allowDeparture, context)
      unsafe try handle.callSockets(
        open: openSocket, context,
        close: closeSocket, Unmanaged.passUnretained(multi).toOpaque())
      // Entered first: libcurl may look for the transfer from inside the call.
      unsafe transfers[handle.pointer] = transfer
      transfer.begin(handle, isEncrypted: plan.isEncrypted) { [multi] in multi.opened($0) }
      try multi.add(handle)
    } catch {
      unsafe transfers.removeValue(forKey: handle.pointer)
      transfer.handle = nil
      recycle(handle)
      throw error
    }
  }

  /// Ends a transfer whose task was cancelled, also one that has not begun yet.
  func cancel(_ transfer: Transfer) {
    transfer.isCancelled = true
    end(transfer, .cancelled, "cancelled")
  }

  /// Ends all transfers and frees everything that is libcurl's.
  func close() {
    guard !multi.isClosed else { return }
    for transfer in unsafe Array(transfers.values) {
      end(transfer, .cancelled, "the transport was shut down")
    }
    for transfer in pool?.transfers ?? [] {
      end(transfer, .cancelled, "the transport was shut down")
    }
    idle.removeAll()
    pool?.close()
    multi.close()
  }

  private func refuse(_ transfer: Transfer, _ kind: TransportFault.Kind, _ detail: String) {
    finish(transfer, .failure(TransportFault(kind, mayHaveBeenSent: false, detail: detail)))
  }

  private func end(_ transfer: Transfer, _ kind: TransportFault.Kind, _ detail: String) {
    guard transfer.continuation != nil else { return }
    release(transfer, .failure(transfer.fault(kind, detail)))
  }

  // Ends a transfer that has begun, whichever way it went.
  private func release(_ transfer: Transfer, _ outcome: Transfer.Outcome) {
    let reused = transfer.reusedConnection
    var made = 0
    if let handle = transfer.handle, unsafe transfers.removeValue(forKey: handle.pointer) != nil {
      made = handle.connectionsMade
      multi.remove(handle)
      transfer.handle = nil
      recycle(handle)
    } else {
      pool?.abandon(transfer)
      made = pool?.takeConnectionsMade() ?? 0
    }
    if made > 0 || reused {
      counters.withLock {
        $0.connectionsMade += made
        $0.connectionsReused += reused ? 1 : 0
      }
    }
    finish(transfer, outcome)
  }

  private func finish(_ transfer: Transfer, _ outcome: Transfer.Outcome) {
    guard let continuation = transfer.continuation else { return }
    transfer.continuation = nil
    if let deadline = transfer.deadline { reactor.cancel(deadline) }
    transfer.deadline = nil
    counters.withLock {
      $0.inFlight -= 1
      if case .failure(let fault) = outcome { $0.faults[fault.kind, default: 0] += 1 }
    }
    continuation.resume(returning: outcome)
  }

  private func takeHandle() throws(TransportFault) -> EasyHandle {
    if let handle = idle.popLast() { return handle }
    guard let handle = EasyHandle() else {
      throw TransportFault(.other, mayHaveBeenSent: false, detail: "out of memory")
    }
    return handle
  }

  private func recycle(_ handle: EasyHandle) {
    handle.recycle()
    if idle.count < 64 { idle.append(handle) }
  }

  /// Calls libcurl where its timers are due.
  ///
  /// - Returns: when that will be next.
  func endTurn() -> MonotonicInstant? {
    let (own, pools) = (multi.endTurn(), pool?.endTurn())
    guard let own, let pools else { return own ?? pools }
    return min(own, pools)
  }
}

extension TransferLoop: MultiHandle.User {
  func isEncrypted(_ easy: OpaquePointer) -> Bool? { unsafe transfers[easy]?.isEncrypted }

  func ended(_ easy: OpaquePointer, _ code: CURLcode) {
    guard let transfer = unsafe transfers[easy] else { return }
    release(transfer, transfer.outcome(of: code))
  }

  func failed(_ easy: OpaquePointer, _ reason: String) {
    if let transfer = unsafe transfers[easy] { end(transfer, .other, reason) }
  }

  func failed(_ reason: String) {
    for transfer in unsafe Array(transfers.values) { end(transfer, .other, reason) }
  }
}
