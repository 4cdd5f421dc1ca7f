internal import GatewayCore

/// A scheme, host and port, with the connections to it. Confined.
final class HTTP1Origin {
  /// Such as `http://host:8080`.
  let url: String
  /// Connections that carry nothing; the last was used last.
  var idle: [HTTP1Connection] = []
  /// All connections: being made, in use and idle.
  var connectionCount = 0
  /// Requests for which there is no connection yet, in their order; some may have ended meanwhile.
  private var waiting: ArraySlice<Transfer> = []

  init(_ url: String) {
    self.url = url
  }

  /// Whether nothing is going on.
  var isUnused: Bool { connectionCount == 0 && waiting.isEmpty }

  /// Lets a request wait.
  func enqueue(_ transfer: Transfer) { waiting.append(transfer) }

  /// The requests that wait.
  var stillWaiting: [Transfer] { waiting.filter { $0.continuation != nil } }

  /// Takes the request that waits for longest.
  func nextWaiting() -> Transfer? {
    while let transfer = waiting.popFirst() {
      // One that has ended has nobody to answer to.
      if transfer.continuation != nil { return transfer }
    }
    waiting = []
    return nil
  }
}
