public import GatewayCore

/// A message of a stream of Server-Sent Events (HTML Standard, section 9.2.6).
public struct StreamedMessage: Sendable, Equatable {
  /// The place of the reader after it; here always a number.
  public var id: Int?
  /// Its type.
  public var event: String?
  /// What it says; here always JSON in one line.
  public var data: JSONValue?
  /// When to come back, in milliseconds.
  public var retry: Int?
  /// Whether a comment is in it.
  public var hasComment = false
  /// Lines that are none of these.
  public var unknown: [String] = []

  /// Reads the lines of one message.
  public init(lines: [Substring]) {
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
      switch parts[0] {
      case "": hasComment = true
      case "id": id = Int(value)
      case "event": event = value
      case "data": data = try? JSONValue(parsing: Array(value.utf8))
      case "retry": retry = Int(value)
      default: unknown.append(String(line))
      }
    }
  }
}

/// Takes bytes as they come and gives messages.
public struct StreamedMessageParser: Sendable {
  private var bytes: [UInt8] = []

  /// Creates one that has seen nothing.
  public init() {}

  /// Adds bytes.
  public mutating func append(_ more: some Sequence<UInt8>) { bytes += more }

  /// The next message that is whole.
  public mutating func next() -> StreamedMessage? {
    guard bytes.count > 1,
      let end = (1..<bytes.count).first(where: { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A })
    else { return nil }
    let text = String(decoding: bytes[..<(end - 1)], as: UTF8.self)
    bytes.removeFirst(end + 1)
    return StreamedMessage(lines: text.split(separator: "\n"))
  }
}
