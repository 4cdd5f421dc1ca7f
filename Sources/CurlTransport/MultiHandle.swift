internal import CCurlShims
internal import GatewayCore
internal import Glibc
internal import Reactor

/// One of libcurl's multi handles with its sockets and its timer, served by a reactor. Confined.
///
/// libcurl keeps pointers to it (unretained) in the multi handle and in every connection; it stays
/// alive until ``close()`` has freed both, which ``CurlTransport`` sees to.
@safe final class MultiHandle: @unchecked Sendable {
  // Sendable is safe: `reactor` never changes, and all else is touched on its thread only.

  /// Who adds the easy handles, and is told what becomes of them.
  protocol User: AnyObject {
    /// Whether the handle goes by TLS; `nil` if it is none of the user's.
    func isEncrypted(_ easy: OpaquePointer) -> Bool?
    /// libcurl is done with the handle.
    func ended(_ easy: OpaquePointer, _ code: CURLcode)
    /// The kernel would not watch the handle's socket.
    func failed(_ easy: OpaquePointer, _ reason: String)
    /// libcurl can go on with none of them.
    func failed(_ reason: String)
  }

  private let reactor: Reactor
  private weak var user: (any User)?
  private var pointer: OpaquePointer?
  private var sockets = SocketTable()
  // When libcurl wants to be called for its own timers; the end of each turn looks at it.
  private var timer = MonotonicInstant.distantFuture
  // Handles whose socket the kernel would not watch; reported once libcurl has returned.
  private var unwatchable: [(easy: OpaquePointer, reason: String)] = unsafe []

  /// Creates a multi handle.
  ///
  /// - Throws: ``TransportFault`` of the kind `other` if libcurl can't be set up.
  init(
    reactor: Reactor, options: [(option: CURLMoption, value: Int)]
  ) throws(TransportFault) {
    self.reactor = reactor
    guard CurlLibrary.isReady, let pointer = unsafe curl_multi_init() else {
      throw TransportFault(.other, mayHaveBeenSent: false, detail: "libcurl cannot be set up")
    }
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    var code = unsafe gw_curl_multi_set_callbacks(pointer, socketChanged, timerChanged, context)
    for (option, value) in options where code == CURLM_OK {
      code = unsafe gw_curl_multi_set_long(pointer, option, value)
    }
    guard code == CURLM_OK else {
      _ = unsafe curl_multi_cleanup(pointer)
      throw MultiHandle.fault(code)
    }
    unsafe self.pointer = pointer
  }

  /// Says who is told; once, before the first handle is added.
  func report(to user: any User) { self.user = user }

  /// Whether it was closed.
  var isClosed: Bool { unsafe pointer == nil }

  /// Lets libcurl begin with a handle.
  ///
  /// - Throws: ``TransportFault`` of the kind `other` if libcurl refuses it.
  func add(_ handle: EasyHandle) throws(TransportFault) {
    guard let pointer = unsafe pointer else { return }
    let code = unsafe curl_multi_add_handle(pointer, handle.pointer)
    guard code == CURLM_OK else { throw MultiHandle.fault(code) }
  }

  /// Takes a handle back, whatever it is at.
  func remove(_ handle: EasyHandle) {
    guard let pointer = unsafe pointer else { return }
    let code = unsafe curl_multi_remove_handle(pointer, handle.pointer)
    assert(code == CURLM_OK, "curl_multi_remove_handle failed with \(code.rawValue)")
  }

  /// Frees everything that is libcurl's; all handles must have been removed.
  func close() {
    guard let pointer = unsafe pointer else { return }
    unsafe self.pointer = nil
    let code = unsafe curl_multi_cleanup(pointer)
    assert(code == CURLM_OK, "curl_multi_cleanup failed with \(code.rawValue)")
    for socket in sockets.watched { reactor.unwatch(socket) }
    timer = .distantFuture
  }

  // MARK: Sockets

  /// A connection's socket was opened.
  func opened(_ socket: Int32) { sockets.open(socket) }

  /// Gives a connection's socket away: it is the caller's to watch from now on, until libcurl
  /// closes it.
  func giveAway(_ socket: Int32) {
    if sockets.close(socket) == .unwatch { reactor.unwatch(socket) }
  }

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
    guard let pointer = unsafe pointer else { return }
    var running: Int32 = 0
    let code = unsafe curl_multi_socket_action(pointer, socket, events, &running)
    if code != CURLM_OK { user?.failed(MultiHandle.fault(code).detail) }
    var easy: OpaquePointer?
    var result = CURLE_OK
    while unsafe gw_curl_multi_next_done(pointer, &easy, &result) != 0 {
      if let easy = unsafe easy { unsafe user?.ended(easy, result) }
    }
    while let next = unsafe unwatchable.popLast() { unsafe user?.failed(next.easy, next.reason) }
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
    let isEncrypted = unsafe easy.flatMap { unsafe user?.isEncrypted($0) }
    let action = sockets.want(wanted, of: socket, isEncrypted: isEncrypted)
    guard let reason = apply(action, to: socket), let easy = unsafe easy else { return }
    unsafe unwatchable.append((easy, reason))
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

  private static func fault(_ code: CURLMcode) -> TransportFault {
    let detail = unsafe String(cString: curl_multi_strerror(code))
    return TransportFault(.other, mayHaveBeenSent: false, detail: detail)
  }
}
