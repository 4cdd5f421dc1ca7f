internal import CMicrohttpdShims
import GatewayCore
import Glibc
import Reactor

/// Clients that take too long, and requests that the library refuses.
extension ServerCore {
  /// Ends all connections whose phase has run out of time.
  func expireConnections() {
    while let (slot, phase) = queues.popExpired(at: reactor.now) {
      guard let connection = connections[slot] else { continue }
      noteNews()
      if let exchange = connection.exchange, phase == .opening || phase == .receiving {
        refuseRaw(exchange, connection, .tooSlow)
      } else {
        if let open = connection.exchange?.stream {
          note(open.stream.close(.tooSlow), connection)
        }
        abandon(connection, phase)
        continue
      }
      end(connection)
    }
  }

  /// Ends a connection without an answer.
  func abandon(_ connection: Connection, _ phase: ConnectionPhase) {
    counters.abandoned[phase, default: 0] += 1
    onEvent(.abandoned(phase, peer: connection.peer))
    end(connection)
  }

  /// Makes the library close a connection: it reads an end, or fails to write, in its next run.
  ///
  /// Never on a suspended one, which the library would not notice.
  func end(_ connection: Connection) {
    connection.isEnding = true
    if let channel = connection.channel {
      if channel.isEstablished { channel.end() }
      // With bytes in GnuTLS's buffer and no room in its own, the library, before 1.0, does not
      // look at the socket again; it does look at time limits.
      _ = unsafe gw_mhd_set_timeout(connection.handle, 1)
    }
    // Fails only if the client has closed already.
    _ = shutdown(connection.descriptor, Int32(SHUT_RDWR))
    letIn(connection)
    mustRun = true
  }

  /// A line of the library's log.
  func logged(_ line: String) {
    if line.hasPrefix("Error processing request") { answerForLibrary() }
    onEvent(.library(line.hasSuffix("\n") ? String(line.dropLast()) : line))
  }

  // The library is about to send an error page of its own, in HTML, and before 1.0 some with their
  // head doubled. It does not say for which connection, but one whose head is complete and was not
  // shown to the handler can only be the one that it is at: ours goes out first, and the library
  // finds the socket closed.
  private func answerForLibrary() {
    for case let connection? in connections {
      guard connection.phase == .opening || connection.phase == .receiving,
        let exchange = connection.exchange, exchange.stage == .head,
        unsafe gw_mhd_head_size(connection.handle) > 0
      else { continue }
      refuseRaw(exchange, connection, .library)
      end(connection)
      return
    }
  }
}
