import Foundation

/// Cuts a stream of bytes into messages (HTML Standard, section 9.2.6), as far as the gateway's
/// streams need it: lines end in LF, and a message's data is one line.
struct ServerSentEvents {
  struct Message: Equatable {
    var id: String?
    var event: String?
    var data = ""
    /// How many milliseconds to wait before coming back.
    var retry: Int?
  }

  private var rest: [UInt8] = []
  private var message = Message()

  /// The messages that are whole with these bytes.
  mutating func messages(in bytes: some Sequence<UInt8>) -> [Message] {
    var messages: [Message] = []
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        rest.append(byte)
        continue
      }
      if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
      if rest.isEmpty {
        messages.append(message)
        message = Message()
      } else {
        take(String(decoding: rest, as: UTF8.self))
      }
      rest.removeAll(keepingCapacity: true)
    }
    return messages
  }

  private mutating func take(_ line: String) {
    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var value = parts.count > 1 ? parts[1] : ""
    if value.first == " " { value.removeFirst() }
    switch parts[0] {
    case "id": message.id = String(value)
    case "event": message.event = String(value)
    case "data": message.data += message.data.isEmpty ? String(value) : "\n" + value
    case "retry": message.retry = Int(value)
    default: break
    }
  }
}
