import GatewayCore
import Glibc
import Reactor

/// Requests that can never become complete.
///
/// The library before 1.0 does not see that they can't, and asks to be run again at once, for ever:
/// a client that sends half a request and then its end, or a chunk's size line larger than the
/// library's buffer, would keep the reactor's core busy until a time limit is over.
extension ServerCore {
  // The library goes as far as it can in each run, so the second without a step is one too many;
  // more of them only cost time.
  private static let patience = 3
  private static let barrenRuns = 8

  /// Notices when the client has sent its last byte.
  func watchForEnd(of connection: Connection) {
    // Without it, the time limits still hold.
    try? reactor.watch(connection.descriptor, for: .peerClosed) { [self] _ in
      reactor.unwatch(connection.descriptor)
      connection.isFinished = true
      suspect(connection)
    }
  }

  /// Has the connection looked at after each turn, until it is closed or an answer is due.
  func suspect(_ connection: Connection) {
    connection.stalls = 0
    suspects.append(connection)
    mustRun = true
  }

  /// Ends those whose client has finished and whose request makes no progress.
  func endSuspects() {
    guard !suspects.isEmpty else { return }
    suspects = suspects.filter { connection in
      guard connections[connection.slot] === connection, connection.awaitsRequest else {
        return false
      }
      if connection.hasMoved() || unreadBytes(connection) > 0 { return true }
      connection.stalls += 1
      guard connection.stalls >= ServerCore.patience else { return true }
      abandon(connection, connection.phase)
      return false
    }
    if !suspects.isEmpty { mustRun = true }
  }

  /// Notes whether a run led anywhere, and looks for what keeps the daemon busy after several that
  /// did not.
  func noteRun(isBarren: Bool) {
    barrenRuns = isBarren ? barrenRuns + 1 : 0
    guard barrenRuns >= ServerCore.barrenRuns else { return }
    barrenRuns = 0
    for case let connection? in connections
    where connection.isReadingChunks && connection.awaitsRequest {
      // Bytes of a chunk's data would have reached the handler.
      if connection.hasMoved() || unreadBytes(connection) == 0 {
        connection.stalls = 0
        continue
      }
      connection.stalls += 1
      guard connection.stalls >= ServerCore.patience else { continue }
      connection.mustLinger = true
      refuseRaw(connection.exchange, connection, .library)
      end(connection)
    }
  }

  private func unreadBytes(_ connection: Connection) -> Int {
    if connection.hasUnreadSecurely { return 1 }
    var byte: UInt8 = 0
    let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
    // An end, or an error, is nothing to read.
    return max(0, unsafe recv(connection.descriptor, &byte, 1, flags))
  }
}
