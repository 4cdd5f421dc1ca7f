internal import CMicrohttpdShims
internal import Reactor
import GatewayCore

/// One request and its answer. Its lifetime is in the table at the head of `Connection`.
final class Exchange: @unchecked Sendable {
  // Sendable is safe: it is confined to the reactor's thread, and so are the tasks that hold it.

  /// How far it has come; it only ever moves down this list.
  enum Stage {
    /// The request line is there.
    case head
    /// The head was accepted.
    case body
    /// The library holds the connection back until the answer is there.
    case suspended
    /// The answer is there, the library has not asked for it yet.
    case settled
    /// An answer is with the library, or went past it.
    case answered
  }

  /// Its connection, until it is completed.
  var connection: Connection?
  var stage = Stage.head
  /// The target, later with the headers; `nil` once it was moved on.
  var head: HTTPRequestHead?
  let targetSize: Int
  /// Whether the target has a form that is served here.
  let hasServedForm: Bool
  /// What counts in the place of `Host`; `nil` unless the target names it.
  let authority: [UInt8]?
  var body: [UInt8] = []
  var method = HTTPMethod.get
  let arrival: MonotonicInstant
  /// What is still to be sent, in the stage `settled`.
  var answer: HTTPResponse?
  /// Whether the connection ends with the answer whatever that says.
  var endsConnection = false
  var work: Task<Void, Never>?
  var deadline: TimerToken?
  /// The body, if the answer is a stream, until that ends.
  var stream: OpenStream?

  init(connection: Connection, target: Span<UInt8>, arrival: MonotonicInstant) {
    self.connection = connection
    self.arrival = arrival
    targetSize = target.count
    let form = TargetForm(target)
    hasServedForm = form != nil
    guard case .absolute(let authority, let rest) = form else {
      self.authority = nil
      head = HTTPRequestHead(target: target)
      return
    }
    self.authority = Exchange.copy(target.extracting(authority))
    let path = Exchange.copy(target.extracting(rest..<target.count))
    head = HTTPRequestHead(
      target: (path.first == UInt8(ascii: "/") ? path : [UInt8(ascii: "/")] + path).span)
  }

  private static func copy(_ bytes: Span<UInt8>) -> [UInt8] {
    var copy: [UInt8] = []
    copy.append(copying: bytes)
    return copy
  }
}
