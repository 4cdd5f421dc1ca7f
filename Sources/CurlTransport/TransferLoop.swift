internal import CCurlShims
internal import GatewayCore
internal import Glibc
internal import Reactor

/// The transfers of one reactor: a multi handle, its sockets and its timer. Confined.
///
/// libcurl keeps pointers to the loop (unretained) in the multi handle and in every connection; it
/// stays alive until ``close()`` has freed both, which ``CurlTransport`` sees to.
@safe final class TransferLoop: @unchecked Sendable {
  // Sendable is safe: `counters` is locked, `reactor` and `settings` never change, and all else is
  // touched on the reactor's thread only.
  let reactor: Reactor
  let counters = Locked(CurlCounters())
  private let settings: CurlSettings
  private var multi: OpaquePointer?
  private var transfers: [OpaquePointer: Transfer] = unsafe [:]
  private var idle: [EasyHandle] = []
  private var sockets = SocketTable()
  // When libcurl wants to be called for its own timers; the end of each turn looks at it.
  private var timer = MonotonicInstant.distantFuture
  // Transfers whose socket the kernel would not watch; ended once libcurl has returned.
  private var unwatchable: [(transfer: Transfer, reason: String)] = []

  init(reactor: Reactor, settings: CurlSettings) throws(TransportFault) {
    self.reactor = reactor
    self.settings = settings
    guard CurlLibrary.isReady, let multi = unsafe curl_multi_init() else {
      throw TransportFault(.other, mayHaveBeenSent: false, detail: "libcurl cannot be set up")
    }
    unsafe self.multi = multi
    let code = unsafe configure(multi)
    guard code == CURLM_OK else {
      _ = unsafe curl_multi_cleanup(multi)
      unsafe self.multi = nil
      let detail = unsafe String(cString: curl_multi_strerror(code))
      throw TransportFault(.other, mayHaveBeenSent: false, detail: detail)
    }
  }

  private func configure(_ multi: OpaquePointer) -> CURLMcode {
    let total = Int(Int32(clamping: max(1, settings.maximumConnections)))
    let options: [(option: CURLMoption, value: Int)] = [
      // Without it the number of idle connections follows the number of transfers at the time.
      (CURLMOPT_MAXCONNECTS, total),
      (CURLMOPT_MAX_TOTAL_CONNECTIONS, total),
      (CURLMOPT_MAX_HOST_CONNECTIONS, min(total, max(1, settings.maximumConnectionsPerHost))),
      (CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX),
    ]
    for (option, value) in options {
      let code = unsafe gw_curl_multi_set_long(multi, option, value)
      guard code == CURLM_OK else { return code }
    }
    return unsafe gw_curl_multi_set_callbacks(multi, socketChanged, timerChanged, context)
  }

  private var context: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

  // MARK: Transfers

  /// Begins a transfer; the continuation gets its outcome in any case.
  func start(_ transfer: Transfer, _ continuation: CheckedContinuation<Transfer.Outcome, Never>) {
    transfer.continuation = continuation
    counters.withLock {
      $0.transfers += 1
      $0.inFlight += 1
    }
    guard let multi = unsafe multi, !transfer.isCancelled else {
      return refuse(transfer, .cancelled, "cancelled before the start")
    }
    // Not `reactor.now`: in a long turn that lags, and a late write must not be sent at all.
    guard transfer.request.deadline > reactor.clock.monotonic else {
      return refuse(transfer, .timeout, "the deadline had passed before the start")
    }
    do throws(TransportFault) {
      let plan = try RequestPlan(transfer.request, userAgent: settings.userAgent)
      let handle = try takeHandle()
      do throws(TransportFault) {
        unsafe try prepare(handle, transfer, plan, multi)
      } catch {
        recycle(handle)
        throw error
      }
    } catch {
      finish(transfer, .failure(error))
    }
  }

  private func prepare(
    _ handle: EasyHandle, _ transfer: Transfer, _ plan: RequestPlan, _ multi: OpaquePointer
  ) throws(TransportFault) {
    try handle.prepare(transfer.request, plan, settings: settings)
    unsafe try handle.call(
      head: receiveHead, body: receiveBody, departure: allowDeparture, open: openSocket,
      Unmanaged.passUnretained(transfer).toOpaque(), close: closeSocket, context)
    // Entered first: libcurl may look for the transfer from inside the call.
    unsafe transfers[handle.pointer] = transfer
    transfer.begin(handle, plan) { [weak self] in self?.sockets.open($0) }
    let code = unsafe curl_multi_add_handle(multi, handle.pointer)
    guard code == CURLM_OK else {
      unsafe transfers.removeValue(forKey: handle.pointer)
      transfer.handle = nil
      let detail = unsafe String(cString: curl_multi_strerror(code))
      throw TransportFault(.other, mayHaveBeenSent: false, detail: detail)
    }
    // Our own timer and not libcurl's: that one stands still while a transfer waits for a
    // connection.
    if transfer.request.deadline != .distantFuture {
      transfer.deadline = reactor.schedule(at: transfer.request.deadline) { [self] in
        end(transfer, .timeout, "the deadline passed")
      }
    }
  }

  /// Ends a transfer whose task was cancelled, also one that has not begun yet.
  func cancel(_ transfer: Transfer) {
    transfer.isCancelled = true
    end(transfer, .cancelled, "cancelled")
  }

  /// Ends all transfers and frees everything that is libcurl's.
  func close() {
    guard let multi = unsafe multi else { return }
    for transfer in unsafe Array(transfers.values) {
      end(transfer, .cancelled, "the transport was shut down")
    }
    unsafe self.multi = nil
    idle.removeAll()
    let code = unsafe curl_multi_cleanup(multi)
    assert(code == CURLM_OK, "curl_multi_cleanup failed with \(code.rawValue)")
    for socket in sockets.watched { reactor.unwatch(socket) }
    timer = .distantFuture
  }

  private func refuse(_ transfer: Transfer, _ kind: TransportFault.Kind, _ detail: String) {
    finish(transfer, .failure(TransportFault(kind, mayHaveBeenSent: false, detail: detail)))
  }

  private func end(_ transfer: Transfer, _ kind: TransportFault.Kind, _ detail: String) {
    guard transfer.handle != nil else { return }
    release(transfer, .failure(transfer.fault(kind, detail)))
  }

  private func release(_ transfer: Transfer, _ outcome: Transfer.Outcome) {
    guard let multi = unsafe multi, let handle = transfer.handle else { return }
    let (made, reused) = (handle.connectionsMade, transfer.reusedConnection)
    counters.withLock {
      $0.connectionsMade += made
      $0.connectionsReused += reused ? 1 : 0
    }
    let code = unsafe curl_multi_remove_handle(multi, handle.pointer)
    assert(code == CURLM_OK, "curl_multi_remove_handle failed with \(code.rawValue)")
    unsafe transfers.removeValue(forKey: handle.pointer)
    transfer.handle = nil
    recycle(handle)
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

  // MARK: Events

  /// Calls libcurl if its timer is due.
  ///
  /// - Returns: when that will be next.
  func endTurn() -> MonotonicInstant? {
    if timer <= reactor.now {
      timer = .distantFuture
      act(-1, 0)
    }
    return timer == .distantFuture ? nil : timer
  }

  private func ready(_ socket: Int32, _ readiness: Readiness) {
    switch sockets.report(socket) {
    case .wanted: break
    case .idle: return reactor.unwatch(socket)
    case .spoilt:
      reactor.unwatch(socket)
      // Not closed, for it is libcurl's; but libcurl will find it dead before it uses it again.
      _ = shutdown(socket, Int32(SHUT_RDWR))
      return
    }
    var events: Int32 = 0
    if readiness.contains(.readable) { events |= CURL_CSELECT_IN }
    if readiness.contains(.writable) { events |= CURL_CSELECT_OUT }
    // Told of an error libcurl would only say that there was one; reading and writing, it finds
    // which.
    if !readiness.isDisjoint(with: [.failed, .hungUp]) {
      events |= CURL_CSELECT_IN | CURL_CSELECT_OUT
    }
    act(socket, events)
  }

  private func act(_ socket: Int32, _ events: Int32) {
    guard let multi = unsafe multi else { return }
    var running: Int32 = 0
    let code = unsafe curl_multi_socket_action(multi, socket, events, &running)
    if code != CURLM_OK {
      let reason = unsafe String(cString: curl_multi_strerror(code))
      for transfer in unsafe Array(transfers.values) { end(transfer, .other, reason) }
    }
    var easy: OpaquePointer?
    var result = CURLE_OK
    while unsafe gw_curl_multi_next_done(multi, &easy, &result) != 0 {
      guard let easy = unsafe easy, let transfer = unsafe transfers[easy] else { continue }
      release(transfer, transfer.outcome(of: result))
    }
    while let next = unwatchable.popLast() { end(next.transfer, .other, next.reason) }
  }

  // MARK: From libcurl's callbacks

  func follow(_ easy: OpaquePointer?, _ socket: Int32, _ what: Int32) {
    let wanted: Readiness? =
      switch what {
      case CURL_POLL_IN: .readable
      case CURL_POLL_OUT: .writable
      case CURL_POLL_INOUT: [.readable, .writable]
      default: nil
      }
    let transfer = unsafe easy.flatMap { unsafe transfers[$0] }
    let action = sockets.want(wanted, of: socket, isEncrypted: transfer?.isEncrypted)
    guard let reason = apply(action, to: socket), let transfer else { return }
    unwatchable.append((transfer, reason))
  }

  func setTimer(_ milliseconds: Int) {
    timer = milliseconds < 0 ? .distantFuture : reactor.now + .milliseconds(milliseconds)
  }

  func closing(_ socket: Int32) {
    _ = apply(sockets.close(socket), to: socket)
  }

  // Returns the kernel's words if it refuses.
  private func apply(_ action: SocketTable.Action, to socket: Int32) -> String? {
    switch action {
    case .none: break
    case .unwatch: reactor.unwatch(socket)
    case .watch(let readiness):
      do throws(ReactorFault) {
        try reactor.watch(socket, for: readiness) { [self] in ready(socket, $0) }
      } catch {
        return error.description
      }
    }
    return nil
  }
}
