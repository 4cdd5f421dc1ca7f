import GatewayCore

/// A stream that is being sent; it lives as long as the library's response, and may be held longer
/// by those who still want to wake it.
final class OpenStream: @unchecked Sendable {
  // Sendable is safe: `stream` and `core` never change, all else is confined to the reactor's
  // thread.
  let core: ServerCore
  let stream: ResponseStream
  let exchange: Exchange
  /// Whether the library holds the connection back until there are bytes.
  var isSuspended = false

  init(_ stream: ResponseStream, core: ServerCore, exchange: Exchange) {
    self.stream = stream
    self.core = core
    self.exchange = exchange
  }
}
