internal import CCurlShims
internal import GatewayCore
internal import Glibc
internal import Reactor

/// Sends requests by plain HTTP/1.1 on connections of its own, made by libcurl. Confined.
///
/// libcurl resolves names and connects; what then goes over a connection is written and read here,
/// which takes a fifth of the time. A connection carries one request at a time. Its socket stays
/// watched for as long as it lives, so that a request costs no call of `epoll_ctl`, and a
/// connection that stirs while it lies idle is closed at once.
@safe final class HTTP1Pool {
  private let reactor: Reactor
  private let settings: CurlSettings
  private let multi: MultiHandle
  // Told of the end of each request.
  private let finish: (Transfer, Transfer.Outcome) -> Void
  private var origins: [String: HTTP1Origin] = [:]
  // Nearly always the one that is wanted next.
  private var recent: HTTP1Origin?
  private var connections: [ObjectIdentifier: HTTP1Connection] = [:]
  private var connecting: [OpaquePointer: HTTP1Connection] = unsafe [:]
  private var sweep: TimerToken?
  private var outgoing: [UInt8] = []
  private var incoming: [UInt8] = []

  private var connectionsMade = 0

  /// Creates a pool without connections.
  ///
  /// - Parameter finish: told of the end of each request that was begun.
  /// - Throws: ``TransportFault`` of the kind `other` if libcurl can't be set up.
  init(
    reactor: Reactor, settings: CurlSettings, finish: @escaping (Transfer, Transfer.Outcome) -> Void
  ) throws(TransportFault) {
    self.reactor = reactor
    self.settings = settings
    self.finish = finish
    // The limits are kept here; libcurl must close none of these for another.
    multi = try MultiHandle(
      reactor: reactor, options: [(CURLMOPT_MAXCONNECTS, Int(Int32.max))])
    multi.report(to: self)
  }

  /// How many connections were made since this was asked for last.
  func takeConnectionsMade() -> Int {
    defer { connectionsMade = 0 }
    return connectionsMade
  }

  /// All requests that have not ended.
  var transfers: [Transfer] {
    connections.values.compactMap(\.transfer) + origins.values.flatMap(\.stillWaiting)
  }

  /// Looks after libcurl's timer; see ``MultiHandle/endTurn()``.
  func endTurn() -> MonotonicInstant? { multi.endTurn() }

  // MARK: Requests

  /// Begins a request.
  ///
  /// - Parameter target: what its URL says.
  /// - Throws: ``TransportFault`` of the kind `other` if it can't stand on the wire; it has not
  ///   begun then.
  func begin(_ transfer: Transfer, _ target: HTTP1Target) throws(TransportFault) {
    defer { forgetOutgoing() }
    try HTTP1Request.append(
      transfer.request, target, userAgent: settings.userAgent, to: &outgoing)
    let origin = origin(transfer.request.url, target)
    if let connection = takeIdle(origin) {
      connection.transfer = transfer
      exchange(connection, transfer, isKept: true)
    } else {
      connectOrWait(transfer, for: origin)
    }
  }

  /// Gives a request up that somebody else ends.
  func abandon(_ transfer: Transfer) {
    if let connection = transfer.connection { drop(connection) }
  }

  /// Ends all connections and frees what is libcurl's. All requests must have ended.
  func close() {
    for connection in connections.values { discard(connection) }
    connections = [:]
    origins = [:]
    recent = nil
    if let sweep { reactor.cancel(sweep) }
    sweep = nil
    multi.close()
  }

  private func origin(_ url: String, _ target: HTTP1Target) -> HTTP1Origin {
    if let recent, isPrefix(recent.url.utf8.span, of: url.utf8.span, target.origin) {
      return recent
    }
    let text = unsafe url.utf8.span.extracting(target.origin).withUnsafeBufferPointer {
      unsafe String(decoding: $0, as: UTF8.self)
    }
    let origin = origins[text] ?? HTTP1Origin(text)
    recent = origin
    return origin
  }

  private func isPrefix(_ prefix: Span<UInt8>, of url: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard prefix.count == range.count else { return false }
    for index in prefix.indices where prefix[index] != url[index] { return false }
    return true
  }

  private func forgetOutgoing() {
    // It holds the secret. Later requests use the memory again.
    wipe(&outgoing)
    outgoing.removeAll(keepingCapacity: true)
  }

  // MARK: Connections

  private func mayConnect(to origin: HTTP1Origin) -> Bool {
    guard origin.connectionCount < max(1, settings.maximumConnectionsPerHost) else { return false }
    if connections.count >= limit {
      let oldest = connections.values.filter { $0.transfer == nil }
        .min { $0.idleSince < $1.idleSince }
      if let oldest { drop(oldest) }
    }
    return connections.count < limit
  }

  private var limit: Int { max(1, settings.maximumConnections) }

  private func connectOrWait(_ transfer: Transfer, for origin: HTTP1Origin) {
    // It may just have been given up with its last connection.
    origins[origin.url] = origin
    if mayConnect(to: origin) {
      connect(transfer, to: origin)
    } else {
      origin.enqueue(transfer)
    }
  }

  private func takeIdle(_ origin: HTTP1Origin) -> HTTP1Connection? {
    while let connection = origin.idle.popLast() {
      if !isStale(connection), connection.isQuiet { return connection }
      drop(connection)
    }
    return nil
  }

  private func isStale(_ connection: HTTP1Connection) -> Bool {
    connection.idleSince + settings.keepAliveIdle < reactor.now
      || connection.madeAt + settings.maximumConnectionAge < reactor.now
  }

  private func connect(_ transfer: Transfer, to origin: HTTP1Origin) {
    do throws(TransportFault) {
      guard let handle = EasyHandle() else {
        throw TransportFault(.other, mayHaveBeenSent: false, detail: "out of memory")
      }
      try handle.prepareConnection(for: transfer.request, to: origin.url)
      unsafe try handle.callSockets(
        open: openSocket, Unmanaged.passUnretained(transfer).toOpaque(),
        close: closeSocket, Unmanaged.passUnretained(multi).toOpaque())
      let connection = HTTP1Connection(to: origin, handle, for: transfer)
      transfer.begin(handle, isEncrypted: false) { [multi] in multi.opened($0) }
      transfer.connection = connection
      connections[ObjectIdentifier(connection)] = connection
      origin.connectionCount += 1
      // Entered first: libcurl may look for it from inside the call.
      unsafe connecting[handle.pointer] = connection
      do throws(TransportFault) {
        try multi.add(handle)
      } catch {
        drop(connection)
        throw error
      }
    } catch {
      finish(transfer, .failure(error))
    }
  }

  // Writes the request; `outgoing` holds it already.
  private func exchange(_ connection: HTTP1Connection, _ transfer: Transfer, isKept: Bool) {
    transfer.connection = connection
    transfer.isOnKeptConnection = isKept
    guard transfer.mayDepart(to: { connection.address }) else {
      drop(connection)
      return finish(transfer, transfer.outcome(of: CURLE_OK))
    }
    // A second reference, not a second copy; it is gone before the memory is used again.
    let bytes = outgoing
    switch connection.send(bytes.span) {
    case .bytes(let count): transfer.wrote(count)
    case .nothing: break
    case .ended: return lose(connection, "the connection ended")
    case .broken(let reason): return lose(connection, reason)
    }
    if !connection.isAllSent { watch(connection, for: [.readable, .writable]) }
  }

  private func write(_ connection: HTTP1Connection, _ transfer: Transfer, isKept: Bool) {
    defer { forgetOutgoing() }
    connection.transfer = transfer
    do throws(TransportFault) {
      guard let target = HTTP1Target(transfer.request.url.utf8.span) else { return }
      try HTTP1Request.append(
        transfer.request, target, userAgent: settings.userAgent, to: &outgoing)
    } catch {
      drop(connection)
      return finish(transfer, .failure(error))
    }
    exchange(connection, transfer, isKept: isKept)
  }

  private func watch(_ connection: HTTP1Connection, for readiness: Readiness) {
    do throws(ReactorFault) {
      try reactor.watch(connection.socket, for: readiness) { [self] in ready(connection, $0) }
    } catch {
      let transfer = connection.transfer
      drop(connection)
      if let transfer { finish(transfer, .failure(transfer.fault(.other, error.description))) }
    }
  }

  private func keep(_ connection: HTTP1Connection) {
    connection.idleSince = reactor.now
    guard !isStale(connection) else { return drop(connection) }
    connection.origin.idle.append(connection)
    if sweep == nil { scheduleSweep(at: reactor.now + settings.keepAliveIdle) }
  }

  private func scheduleSweep(at time: MonotonicInstant) {
    sweep = reactor.schedule(at: time) { [self] in
      for connection in Array(connections.values) where connection.transfer == nil {
        if isStale(connection) { drop(connection) }
      }
      sweep = nil
      if !connections.isEmpty { scheduleSweep(at: reactor.now + settings.keepAliveIdle) }
    }
  }

  private func drop(_ connection: HTTP1Connection) {
    guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    discard(connection)
    let origin = connection.origin
    origin.connectionCount -= 1
    origin.idle.removeAll { $0 === connection }
    // What waited for room has it now.
    for other in connections.count + 1 < limit ? [origin] : Array(origins.values) {
      while mayConnect(to: other), let next = other.nextWaiting() { connect(next, to: other) }
    }
    if origin.isUnused {
      origins[origin.url] = nil
      if recent === origin { recent = nil }
    }
  }

  private func discard(_ connection: HTTP1Connection) {
    if connection.socket >= 0 { reactor.unwatch(connection.socket) }
    unsafe connecting.removeValue(forKey: connection.handle.pointer)
    connection.transfer?.handle = nil
    connection.transfer?.connection = nil
    connection.transfer = nil
    // Closes the connection, which libcurl would lend to nobody else.
    multi.remove(connection.handle)
  }

  // MARK: Events

  private func ready(_ connection: HTTP1Connection, _ readiness: Readiness) {
    guard let transfer = connection.transfer else {
      // It has gone, or says what nobody asked for.
      if !connection.isQuiet { drop(connection) }
      return
    }
    if !connection.isAllSent, readiness.contains(.writable) {
      // Where that fails, reading says why, or brings an answer that did not wait for the rest.
      if case .bytes(let count) = connection.sendMore() { transfer.wrote(count) }
      if connection.isAllSent { watch(connection, for: .readable) }
    }
    if incoming.isEmpty { incoming = [UInt8](repeating: 0, count: 64 << 10) }
    while connection.transfer === transfer, receive(connection, transfer) {}
  }

  // Reads once; returns whether there may be more at once.
  private func receive(_ connection: HTTP1Connection, _ transfer: Transfer) -> Bool {
    switch connection.receive(into: &incoming) {
    case .bytes(let count):
      // As in `exchange`.
      let bytes = incoming
      let progress = connection.reader.take(bytes.span.extracting(0..<count), transfer)
      if progress == .more { return count == incoming.count }
      conclude(connection, transfer, progress)
    case .nothing: break
    case .ended:
      guard let progress = connection.reader.end(transfer) else {
        lose(connection, "the connection ended before the answer did")
        return false
      }
      conclude(connection, transfer, progress)
    case .broken(let reason): lose(connection, reason)
    }
    return false
  }

  private func conclude(
    _ connection: HTTP1Connection, _ transfer: Transfer, _ progress: HTTP1AnswerReader.Progress
  ) {
    if progress == .whole(leavesUsable: true), connection.isAllSent {
      transfer.connection = nil
      connection.transfer = nil
      connection.reader = HTTP1AnswerReader()
      if let next = connection.origin.nextWaiting() {
        write(connection, next, isKept: true)
      } else {
        keep(connection)
      }
    } else {
      drop(connection)
    }
    finish(transfer, transfer.outcome(of: CURLE_OK))
  }

  // The connection broke; a request that it may have met already closing is sent once more.
  private func lose(_ connection: HTTP1Connection, _ reason: String) {
    guard let transfer = connection.transfer else { return drop(connection) }
    let mayTryAgain =
      transfer.isOnKeptConnection && connection.reader.isUntouched && transfer.mayBeSentAgain
    drop(connection)
    if mayTryAgain {
      connectOrWait(transfer, for: connection.origin)
    } else {
      finish(transfer, .failure(transfer.fault(.interrupted, reason)))
    }
  }
}

extension HTTP1Pool: MultiHandle.User {
  func isEncrypted(_ easy: OpaquePointer) -> Bool? { false }

  func ended(_ easy: OpaquePointer, _ code: CURLcode) {
    guard let connection = unsafe connecting.removeValue(forKey: easy),
      let transfer = connection.transfer
    else { return }
    guard code == CURLE_OK, let socket = connection.handle.connectedSocket else {
      let outcome = transfer.outcome(of: code == CURLE_OK ? CURLE_COULDNT_CONNECT : code)
      drop(connection)
      return finish(transfer, outcome)
    }
    connectionsMade += 1
    multi.giveAway(socket.descriptor)
    connection.connected(socket.descriptor, socket.address, at: reactor.now)
    transfer.handle = nil
    watch(connection, for: .readable)
    if connection.transfer != nil { write(connection, transfer, isKept: false) }
  }

  func failed(_ easy: OpaquePointer, _ reason: String) {
    guard let connection = unsafe connecting[easy], let transfer = connection.transfer else {
      return
    }
    let fault = transfer.fault(.other, reason)
    drop(connection)
    finish(transfer, .failure(fault))
  }

  func failed(_ reason: String) {
    for connection in unsafe Array(connecting.values) {
      unsafe failed(connection.handle.pointer, reason)
    }
  }
}
