internal import CMicrohttpdShims
import GatewayCore
import Glibc
import Reactor

/// Answers that go on for as long as somebody listens.
///
/// The library asks for bytes when it has sent those that it had. When there are none, the
/// connection is suspended, so that an idle stream costs nothing, and resumed when the endpoint
/// sends. As the library does not watch a suspended connection, the reactor watches it for the
/// client leaving. While bytes are on their way the phase is `responding`, whose limit begins anew
/// with each piece, so only who reads nothing for that long is cut by it.
extension ServerCore {
  // How many streams are served in one turn. One event may go to thousands at once, and sending it
  // to all of them in a row would hold up every other request for some ten milliseconds. Each turn
  // with a resumption in it makes the library walk all suspended connections, a few nanoseconds
  // each: with this many a turn, that is next to nothing for each.
  private static let streamsPerTurn = 64

  /// Begins a stream, or refuses it.
  ///
  /// - Returns: `false` to close the connection.
  func begin(
    _ stream: ResponseStream, _ head: HTTPResponse, _ exchange: Exchange, _ connection: Connection
  ) -> Bool {
    guard stage < .draining else {
      stream.close(.draining)
      return refuse(exchange, connection, .shuttingDown)
    }
    guard settings.streams.take(for: connection.peer) else {
      stream.close(.refused)
      return send(refusal(connection, .tooManyStreams), exchange, connection)
    }
    let open = OpenStream(stream, core: self, exchange: exchange)
    // The library before 1.0 ends even the answer to a HEAD with a last chunk where it is chunked,
    // and the client would take that for its next answer.
    let isBare = parsesLoosely && exchange.method == .head
    guard
      let prepared = PreparedResponse(
        head, stream: open, endsConnection: exchange.endsConnection, isBare: isBare),
      stream.attach({ open.core.wake(open) })
    else {
      settings.streams.giveBack(of: connection.peer)
      stream.close(.refused)
      return sendUnusable(head, exchange, connection)
    }
    exchange.stream = open
    counters.streams += 1
    counters.streamsOpened += 1
    visitAlways(connection)
    watch(open, connection)
    note(stream.announce(), connection)
    return queue(prepared, exchange, connection)
  }

  // MARK: Bytes

  /// The library wants bytes.
  ///
  /// - Returns: how many there were, or what the library takes in their place.
  func read(_ open: OpenStream, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let connection = open.exchange.connection else {
      return Int(GW_MHD_STREAM_BREAKS.rawValue)
    }
    switch unsafe open.stream.read(into: buffer) {
    case .bytes(let count):
      enter(.responding, connection)
      return count
    case .nothing:
      unsafe gw_mhd_suspend(connection.handle)
      open.isSuspended = true
      enter(.streaming, connection)
      return 0
    case .end: return Int(GW_MHD_STREAM_ENDS.rawValue)
    case .broken: return Int(GW_MHD_STREAM_BREAKS.rawValue)
    }
  }

  /// A stream has something for the server. From any thread.
  func wake(_ open: OpenStream) {
    let isFirst = wokenStreams.withLock { woken in
      woken.append(open)
      return woken.count == 1
    }
    // One call for however many streams the same event goes to.
    guard isFirst else { return }
    reactor.submit { [self] in
      readyStreams += wokenStreams.withLock { woken in
        defer { woken = [] }
        return woken
      }
    }
  }

  /// Sees to streams that were woken, some in each turn.
  func attendStreams() {
    guard !readyStreams.isEmpty else { return }
    let count = min(readyStreams.count, ServerCore.streamsPerTurn)
    for open in readyStreams[..<count] {
      guard let connection = open.exchange.connection else { continue }
      note(open.stream.announce(), connection)
      resume(open, connection)
    }
    readyStreams.removeFirst(count)
  }

  // The library asks for bytes in its next run.
  private func resume(_ open: OpenStream, _ connection: Connection) {
    guard open.isSuspended else { return }
    open.isSuspended = false
    enter(.responding, connection)
    unsafe gw_mhd_resume(connection.handle)
    mustRun = true
  }

  // When a reader's result ends the connection, the library before 1.0 closes it for the client but
  // not for itself: until its next look at the connection, which nothing brings about, it keeps the
  // descriptor. Those with a time limit of their own it looks at in every run. Suspended ones it
  // does not, so that only the streams that are busy cost that look.
  private func visitAlways(_ connection: Connection) {
    // Should it fail, the daemon's own time limit is the look that comes.
    _ = unsafe gw_mhd_set_timeout(connection.handle, settings.backstopSeconds + 1)
  }

  // MARK: The end

  private func watch(_ open: OpenStream, _ connection: Connection) {
    let descriptor = connection.descriptor
    // Not for being readable: what a client sends meanwhile, such as its next request, waits
    // unread. Should it fail, the client's leaving shows when something is sent next.
    try? reactor.watch(descriptor, for: .peerClosed) { [self] _ in
      guard open.exchange.connection === connection, isClosedByPeer(descriptor) else { return }
      reactor.unwatch(descriptor)
      note(open.stream.close(.clientLeft), connection)
      end(connection)
      resume(open, connection)
    }
  }

  // The number of a descriptor may be another connection's by the time an event is looked at.
  private func isClosedByPeer(_ descriptor: Int32) -> Bool {
    var state = pollfd(
      fd: descriptor, events: Int16(truncatingIfNeeded: Readiness.peerClosed.rawValue), revents: 0)
    return unsafe poll(&state, 1, 0) > 0
  }

  /// Lets the stream say its last words, then end.
  func drain(_ open: OpenStream, _ connection: Connection) {
    open.stream.drain()
    note(open.stream.announce(), connection)
  }

  /// Ends all streams that are left, whatever is still to be sent.
  func breakStreams() {
    for case let connection? in connections {
      guard let open = connection.exchange?.stream else { continue }
      note(open.stream.close(.draining), connection)
      resume(open, connection)
    }
  }

  /// The library is done with a stream.
  func ended(_ open: OpenStream, _ connection: Connection, isComplete: Bool) {
    open.exchange.stream = nil
    reactor.unwatch(connection.descriptor)
    let end: StreamEnd = stage >= .expired ? .draining : .clientLeft
    note(open.stream.close(isComplete ? .finished : end), connection)
    settings.streams.giveBack(of: connection.peer)
    counters.streams -= 1
  }

  /// Counts the end of a stream, if its endpoint was told of it just now.
  func note(_ end: StreamEnd?, _ connection: Connection) {
    guard let end else { return }
    noteNews()
    guard end == .tooSlow else { return }
    counters.streamsCut += 1
    onEvent(.streamCut(peer: connection.peer))
  }
}
