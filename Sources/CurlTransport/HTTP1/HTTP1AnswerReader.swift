internal import GatewayCore

/// Finds where one answer ends on an HTTP/1.1 connection (RFC 9112, sections 6 and 7), and hands
/// its parts on as they come.
///
/// Stricter than it would have to be where two readers of the same bytes could disagree about that
/// end: then the connection might carry the answer to another's request.
struct HTTP1AnswerReader {
  /// Who gets the parts of an answer, and decides about them.
  protocol Receiver: AnyObject {
    /// The head so far.
    var head: AnswerHead { get }
    /// The method of the request.
    var method: HTTPMethod { get }
    /// Takes a line of the head or of the trailers; returns whether to go on.
    func takeHead(_ line: Span<UInt8>) -> Bool
    /// Takes a piece of the body, decompressed; returns whether to go on.
    func takeBody(_ bytes: Span<UInt8>) -> Bool
    /// The answer breaks a rule.
    func refuse(_ detail: String)
  }

  /// How far the answer is.
  enum Progress: Equatable {
    /// There is more to come.
    case more
    /// It is whole.
    ///
    /// - Parameter leavesUsable: whether the connection may carry another request.
    case whole(leavesUsable: Bool)
    /// It must not be read any further; the receiver knows why.
    case refused
  }

  private enum Phase {
    case head
    case body(left: Int)
    case bodyUntilEnd
    case chunkSize
    case chunk(left: Int)
    case chunkEnd
    case trailers
    case whole(leavesUsable: Bool)
  }

  // The longest line that gives a chunk's size, extensions included.
  private static let maximumSizeLine = 1024

  private var phase = Phase.head
  // The beginning of a line whose end has not come yet.
  private var begun: [UInt8] = []
  private var inflater: Inflater?

  /// Whether nothing has come yet.
  private(set) var isUntouched = true

  /// Takes what came next.
  mutating func take(_ bytes: Span<UInt8>, _ receiver: some Receiver) -> Progress {
    var position = 0
    isUntouched = isUntouched && bytes.isEmpty
    while true {
      if case .whole(let leavesUsable) = phase {
        // Bytes behind the end are nobody's: not even their server knows what they answer.
        return .whole(leavesUsable: leavesUsable && position == bytes.count)
      }
      guard position < bytes.count else { return .more }
      guard step(bytes, &position, receiver) else { return .refused }
    }
  }

  /// The connection has ended.
  mutating func end(_ receiver: some Receiver) -> Progress? {
    switch phase {
    case .bodyUntilEnd:
      return finish(leavesUsable: false, receiver)
        ? .whole(leavesUsable: false) : .refused
    case .head where receiver.head.status == 0 && !begun.isEmpty && !looksLikeHTTP:
      receiver.refuse("the answer is no HTTP")
      return .refused
    default: return nil
    }
  }

  private var looksLikeHTTP: Bool { zip(begun, "HTTP/".utf8).allSatisfy { $0 == $1 } }

  // Does what is due next; false if the answer was refused.
  private mutating func step(
    _ bytes: Span<UInt8>, _ position: inout Int, _ receiver: some Receiver
  ) -> Bool {
    switch phase {
    case .head, .trailers, .chunkSize, .chunkEnd:
      return takeLine(bytes, &position, receiver)
    case .body(let left):
      let count = min(left, bytes.count - position)
      guard deliver(bytes.extracting(position..<position + count), receiver) else { return false }
      position += count
      phase = .body(left: left - count)
      return left > count || finish(leavesUsable: !receiver.head.closesConnection, receiver)
    case .bodyUntilEnd:
      defer { position = bytes.count }
      return deliver(bytes.extracting(position..<bytes.count), receiver)
    case .chunk(let left):
      let count = min(left, bytes.count - position)
      guard deliver(bytes.extracting(position..<position + count), receiver) else { return false }
      position += count
      phase = left == count ? .chunkEnd : .chunk(left: left - count)
      return true
    case .whole: return true
    }
  }

  // MARK: Lines

  // Takes the next line once it is whole, and keeps it until then.
  private mutating func takeLine(
    _ bytes: Span<UInt8>, _ position: inout Int, _ receiver: some Receiver
  ) -> Bool {
    let start = position
    var end = start
    while end < bytes.count, bytes[end] != 0x0A { end += 1 }
    let isWhole = end < bytes.count
    position = isWhole ? end + 1 : end
    guard begun.count + position - start <= HTTP1AnswerReader.limit(of: phase) else {
      receiver.refuse("a line of the answer is too long")
      return false
    }
    let piece = bytes.extracting(start..<position)
    guard !begun.isEmpty || !isWhole else { return take(line: piece, receiver) }
    begun.append(copying: piece)
    guard isWhole else { return true }
    var line: [UInt8] = []
    swap(&line, &begun)
    return take(line: line.span, receiver)
  }

  private static func limit(of phase: Phase) -> Int {
    switch phase {
    case .chunkSize: maximumSizeLine
    case .chunkEnd: 2
    default: AnswerHead.maximumBytes
    }
  }

  private mutating func take(line: Span<UInt8>, _ receiver: some Receiver) -> Bool {
    switch phase {
    case .chunkSize:
      guard let size = chunkSize(line) else { return refuse(receiver) }
      phase = size == 0 ? .trailers : .chunk(left: size)
      return true
    case .chunkEnd:
      guard line.count == 2, line[0] == 0x0D else { return refuse(receiver) }
      phase = .chunkSize
      return true
    case .trailers:
      guard receiver.takeHead(line) else { return false }
      guard line.count == 1 || line.count == 2 && line[0] == 0x0D else { return true }
      return finish(leavesUsable: !receiver.head.closesConnection, receiver)
    default:
      guard receiver.takeHead(line) else { return false }
      return !receiver.head.isComplete || beginBody(receiver)
    }
  }

  // What the head says about the body (RFC 9112, section 6.3).
  private mutating func beginBody(_ receiver: some Receiver) -> Bool {
    let head = receiver.head
    let usable = !head.closesConnection
    // Of an answer that ends HTTP on the connection, nothing more is HTTP.
    guard head.status != 101 else { return finish(leavesUsable: false, receiver) }
    if receiver.method == .head || head.status == 204 || head.status == 304 {
      return finish(leavesUsable: usable, receiver)
    }
    if head.isCoded { inflater = Inflater() }
    switch head.transferCoding {
    case .none:
      guard let length = head.contentLength else {
        phase = .bodyUntilEnd
        return true
      }
      phase = .body(left: length)
      return length > 0 || finish(leavesUsable: usable, receiver)
    case .chunked:
      // Together they are how an answer is smuggled past somebody who looks at the other one.
      guard head.contentLength == nil, head.version == "1.1" else { return refuse(receiver) }
      phase = .chunkSize
      return true
    case .unknown: return refuse(receiver)
    }
  }

  private mutating func finish(leavesUsable: Bool, _ receiver: some Receiver) -> Bool {
    // Without a body there is nothing to decompress, whatever the head says.
    if let inflater, !inflater.isAtEnd, !inflater.isUntouched {
      receiver.refuse("the answer's compressed body is cut short")
      return false
    }
    phase = .whole(leavesUsable: leavesUsable)
    return true
  }

  private func deliver(_ bytes: Span<UInt8>, _ receiver: some Receiver) -> Bool {
    guard let inflater else { return receiver.takeBody(bytes) }
    switch inflater.inflate(bytes, receiver.takeBody) {
    case .taken: return true
    case .refused: return false
    case .malformed:
      receiver.refuse("the answer's body can't be decompressed")
      return false
    }
  }

  private func refuse(_ receiver: some Receiver) -> Bool {
    receiver.refuse("the answer's framing is malformed")
    return false
  }

  // RFC 9112, section 7.1: hexadecimal digits, and extensions that nobody reads.
  private func chunkSize(_ line: Span<UInt8>) -> Int? {
    guard line.count >= 3, line[line.count - 2] == 0x0D else { return nil }
    var size = 0
    var position = 0
    while position < line.count, let digit = hexDigit(line[position]) {
      // Fifteen digits can't overflow, and nobody sends a larger chunk.
      guard position < 15 else { return nil }
      size = size << 4 | digit
      position += 1
    }
    guard position > 0 else { return nil }
    let next = line[position]
    return next == 0x0D && position == line.count - 2 || next == UInt8(ascii: ";")
      || HTTP1AnswerReader.isBlank(next) ? size : nil
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private func hexDigit(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
