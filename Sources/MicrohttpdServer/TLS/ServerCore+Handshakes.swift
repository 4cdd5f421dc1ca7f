internal import CMicrohttpdShims
import GatewayCore
import Glibc
import Reactor

/// The way to a TLS session.
///
/// The library runs the handshake. While that waits for the client, the library, up to 1.0 at
/// least, believes that there is something to read and asks to be run again at once, for ever: a
/// single client with half a hello would keep the reactor's core busy until a time limit is over.
/// So a connection is out of the library's sight (suspended) until the reactor sees that its
/// socket is ready. A handshake costs about as much as a hundred requests, and so only some go on
/// in each turn.
///
/// The time for all of it, the first request's head included, is that of the phase `opening`.
extension ServerCore {
  private static let handshakesPerTurn = 4

  /// Gives a new connection's session our credentials.
  func secure(_ connection: Connection, _ tls: TLSContext) {
    if let session = unsafe gw_mhd_tls_session(connection.handle) {
      connection.channel = unsafe SecureChannel(
        session: session, descriptor: connection.descriptor, tls.credentials)
    }
    // Without credentials the handshake fails at its first byte.
    if connection.channel == nil { end(connection) } else { handshaking.append(connection) }
  }

  /// After a run of the library: who is through, and who has to wait for its socket.
  func judgeHandshakes() {
    guard !handshaking.isEmpty else { return }
    let judged = handshaking
    handshaking = []
    for connection in judged {
      guard connections[connection.slot] === connection, let channel = connection.channel else {
        continue
      }
      switch channel.progress {
      case .established: begin(connection, channel)
      case .wantsRead: gate(connection, .readable)
      case .wantsWrite: gate(connection, .writable)
      }
    }
  }

  private func begin(_ connection: Connection, _ channel: SecureChannel) {
    channel.isCounted = true
    counters.handshakes += 1
    if connection.isEnding { end(connection) } else if parsesLoosely { watchForEnd(of: connection) }
  }

  private func gate(_ connection: Connection, _ readiness: Readiness) {
    // Nobody may be suspended when the daemon stops.
    guard stage < .expired, !connection.isEnding else { return }
    unsafe gw_mhd_suspend(connection.handle)
    connection.isGated = true
    do {
      try reactor.watch(connection.descriptor, for: [readiness, .peerClosed]) { [self] _ in
        reactor.unwatch(connection.descriptor)
        readyHandshakes.append(connection)
      }
    } catch {
      end(connection)
    }
  }

  /// Hands some of those whose sockets are ready back to the library.
  func admitHandshakes() {
    guard !readyHandshakes.isEmpty else { return }
    let count = min(readyHandshakes.count, ServerCore.handshakesPerTurn)
    for connection in readyHandshakes[..<count]
    where connections[connection.slot] === connection && connection.isGated {
      lookAtFirstByte(connection)
      letIn(connection)
    }
    readyHandshakes.removeFirst(count)
  }

  /// Gives a connection back to the library; does nothing if the library has it.
  func letIn(_ connection: Connection) {
    guard connection.isGated else { return }
    connection.isGated = false
    reactor.unwatch(connection.descriptor)
    unsafe gw_mhd_resume(connection.handle)
    handshaking.append(connection)
    mustRun = true
  }

  /// Leaves nobody suspended, whatever becomes of the handshakes.
  func openAllGates() {
    for case let connection? in connections { letIn(connection) }
  }

  // Each record begins with its type, the first one's being "handshake" (RFC 8446, section 5.1).
  private func lookAtFirstByte(_ connection: Connection) {
    guard let channel = connection.channel, !channel.isBegun else { return }
    channel.isBegun = true
    var byte: UInt8 = 0
    let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
    guard unsafe recv(connection.descriptor, &byte, 1, flags) == 1, byte != 22 else { return }
    channel.isForeign = true
    // It may not have sent all, and should see an end and no reset.
    connection.mustLinger = true
  }

  /// Counts a connection that ended before its session began.
  func noteHandshake(of connection: Connection) {
    guard let channel = connection.channel, !channel.isCounted else { return }
    guard !channel.isEstablished else {
      // Begun and ended in one run.
      counters.handshakes += 1
      return
    }
    counters.handshakesFailed += 1
    // Who was given up was spoken of.
    guard !connection.isEnding else { return }
    onEvent(.handshakeFailed(channel.failure, peer: connection.peer))
  }
}

extension Connection {
  /// Whether bytes were decrypted and not read.
  var hasUnreadSecurely: Bool {
    guard let channel, channel.isEstablished else { return false }
    return channel.hasUnread
  }
}
