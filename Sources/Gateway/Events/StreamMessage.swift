import GatewayCore

/// The messages of a stream of events (HTML Standard, section 9.2.6).
enum StreamMessage {
  /// One event.
  ///
  /// - Parameter json: compact, so without line ends.
  static func event(_ sequence: Int64, type: String, json: [UInt8]) -> [UInt8] {
    var message = Array("id: \(sequence)\nevent: \(type)\ndata: ".utf8)
    message.reserveCapacity(message.count + json.count + 2)
    message += json
    message += [0x0A, 0x0A]
    return message
  }

  /// The first one: when to come back, and from where on.
  ///
  /// - Parameters:
  ///   - number: the stream's own; those that lose the same gateway come back spread by it, between
  ///     2 and 6 seconds later.
  ///   - after: the number that the reader has come to.
  static func greeting(_ number: Int, after: Int64) -> [UInt8] {
    let milliseconds = 2000 + (number &* 619) % 4000
    return Array("retry: \(milliseconds)\nid: \(after)\n\n".utf8)
  }

  /// A sign of life.
  ///
  /// - Parameter after: the number that the reader has come to, also past events that are not for
  ///   it, so that it need not go back to the last one that was; `nil` if it knows.
  static func heartbeat(after: Int64?) -> [UInt8] {
    guard let after else { return Array(":\n\n".utf8) }
    return Array(":\nid: \(after)\n\n".utf8)
  }

  /// Events are lost to the reader: it has to read the state anew, and then goes on after `newest`.
  static func resync(oldest: Int64, newest: Int64) -> [UInt8] {
    Array(
      "id: \(newest)\nevent: resync\ndata: {\"oldest\":\(oldest),\"newest\":\(newest)}\n\n".utf8)
  }

  /// The last one of a stream that the gateway ends; it has no number, so that the reader's place
  /// stays what it was.
  static func end(_ reason: EndReason) -> [UInt8] {
    Array("event: end\ndata: {\"reason\":\"\(reason.rawValue)\"}\n\n".utf8)
  }

  /// Why the gateway ends a stream.
  enum EndReason: String, CaseIterable {
    /// The reader does not keep up.
    case tooSlow = "too_slow"
    /// The gateway is being stopped.
    case draining
    /// The key or token has expired, or opens no streams any more: its app may be gone.
    case unauthenticated
    /// The app may hear of something else than when the stream was opened: whoever comes back goes
    /// on where it was, with what it may hear now.
    case reconfigured
  }

  /// What the server says by itself.
  static let lastMessages: [StreamEnd: [UInt8]] = [
    .tooSlow: end(.tooSlow), .draining: end(.draining),
  ]
}
