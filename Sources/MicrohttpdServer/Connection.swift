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
  /// In whose name it has its place; `nil` for one that was not asked about.
  let address: ConnectionPlaces.Address?
  /// The request that is under way.
  var exchange: Exchange?
  var phase: ConnectionPhase
  /// Whether the client may still be sending when the library closes; see `Lingering`.
  var mustLinger = false
  /// Whether the client has sent its last byte.
  var isFinished = false
  /// Whether the request's body comes in chunks that a loose parser reads.
  var isReadingChunks = false
  /// Grows with each of the library's calls about this connection.
  var steps = 0
  /// How often it was found not to have moved, in turn; see `ServerCore.endSuspects()`.
  var stalls = 0
  private var stepsSeen = 0
  /// Its TLS session; `nil` with plain HTTP.
  var channel: SecureChannel?
  /// Whether it was taken out of the library's sight until its handshake can go on.
  var isGated = false
  /// Whether the server ends it.
  var isEnding = false

  /// The client's address without its port; made once, at the first request.
  private(set) lazy var peer: String = readPeer()
  /// The client's certificate; read once, at the first request.
  private(set) lazy var clientCertificate: ClientCertificate? = channel?.readClientCertificate()

  init(handle: OpaquePointer, slot: Int, address: ConnectionPlaces.Address?) {
    unsafe self.handle = unsafe handle
    self.slot = slot
    self.address = address
    descriptor = unsafe gw_mhd_descriptor(handle)
    phase = .opening
  }

  /// Whether the library waits for more of a request.
  var awaitsRequest: Bool { phase == .opening || phase == .idle || phase == .receiving }

  /// Whether there was a step since this was last asked.
  func hasMoved() -> Bool {
    defer { stepsSeen = steps }
    if steps != stepsSeen { stalls = 0 }
    return steps != stepsSeen
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
