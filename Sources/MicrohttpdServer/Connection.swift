internal import CMicrohttpdShims
import GatewayCore

// Lifetimes (all on the reactor's thread):
//
// | object       | retained                              | released                                |
// |--------------|---------------------------------------|-----------------------------------------|
// | `Connection` | in the library's socket context, when | in the callback that says it is gone    |
// |              | the library says that it is open      |                                         |
// | `Exchange`   | in the library's `con_cls`, when the  | in the callback that says it is         |
// |              | request line is complete              | completed; should the library lose that |
// |              |                                       | one, when its connection is gone        |
// | `Exchange`   | by the task of its work               | when that task ends, maybe long after   |
// | `ServerCore` | by the reactor's watch on the daemon  | when the daemon is stopped              |

/// One client's connection, from its acceptance to its end.
@safe final class Connection {
  /// The library's own; valid as long as this object is in ``ServerCore/connections``.
  let handle: OpaquePointer
  let descriptor: Int32
  let slot: Int
  /// The request that is under way.
  var exchange: Exchange?
  var phase: ConnectionPhase
  /// Whether the client may still be sending when the library closes; see `Lingering`.
  var mustLinger = false

  /// The client's address without its port; made once, at the first request.
  private(set) lazy var peer: String = readPeer()

  init(handle: OpaquePointer, slot: Int) {
    unsafe self.handle = unsafe handle
    self.slot = slot
    descriptor = unsafe gw_mhd_descriptor(handle)
    phase = .opening
  }

  private func readPeer() -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
      guard let start = text.baseAddress, unsafe gw_mhd_peer(handle, start, text.count) != 0 else {
        return "unknown"
      }
      return unsafe String(cString: start)
    }
  }
}
