internal import GatewayCore

/// The head of an answer, put together from the lines as they come.
///
/// Answers with a status of 1xx before the real one are dropped, trailers after it ignored; both
/// count towards the limits, so that neither can be sent without end.
struct AnswerHead {
  /// Why a head is refused.
  enum Fault: Error, Equatable {
    case tooLarge
    case tooManyLines
    case malformed
    case unknownCoding

    /// For the log.
    var detail: String {
      switch self {
      case .tooLarge: "the answer's head is larger than \(AnswerHead.maximumBytes) bytes"
      case .tooManyLines: "the answer's head has more than \(AnswerHead.maximumLines) lines"
      case .malformed: "the answer's head is malformed"
      case .unknownCoding: "the answer's content coding was not offered"
      }
    }
  }

  /// The most bytes of all lines together.
  static let maximumBytes = 64 << 10
  /// The most lines.
  static let maximumLines = 256

  /// The status code; 0 until there is a status line.
  private(set) var status = 0
  /// `1.0`, `1.1`, `2` or `3`.
  private(set) var version = ""
  /// Header lines in their order.
  private(set) var headers = HeaderLines()
  /// Whether the blank line after a final head has come.
  private(set) var isComplete = false
  /// `Content-Length`, if there is one.
  private(set) var contentLength: Int?
  /// Whether the body is compressed.
  private(set) var isCoded = false
  /// How the body is cut up on its way (RFC 9112, section 6.1). libcurl looks after that itself.
  private(set) var transferCoding = TransferCoding.none

  /// What `Transfer-Encoding` says.
  enum TransferCoding: Equatable {
    case none
    case chunked
    /// Anything else, or chunked twice.
    case unknown
  }

  private var saysClose = false

  /// Whether the server takes no other request on an HTTP/1.1 connection (RFC 9112, section 9.3).
  var closesConnection: Bool { saysClose || version == "1.0" }

  private var bytes = 0
  private var lines = 0

  /// Takes the next line, its line break included.
  ///
  /// - Throws: ``Fault`` if the head must be refused.
  mutating func take(_ line: Span<UInt8>) throws(Fault) {
    bytes += line.count
    lines += 1
    guard bytes <= AnswerHead.maximumBytes else { throw .tooLarge }
    guard lines <= AnswerHead.maximumLines else { throw .tooManyLines }
    guard !isComplete else { return }
    let content = trimmed(line, 0..<line.count)
    if status == 0 {
      try takeStatus(line.extracting(content))
    } else if content.isEmpty {
      endBlock()
    } else if line[0] == 0x20 || line[0] == 0x09 {
      // A folded line (RFC 9112, section 5.2) goes on with the value before it.
      guard headers.extendLast(line.extracting(content)) else { throw .malformed }
    } else {
      try takeHeader(line, content)
    }
  }

  /// How many bytes of body the head announces; `nil` if it doesn't say.
  ///
  /// A compressed body's length says nothing about its size.
  func announcedBodyBytes(for method: HTTPMethod) -> Int? {
    guard method != .head, status != 204, status != 304, !isCoded else { return nil }
    return contentLength
  }

  /// The headers that hold for the body as it is handed on: decompressed.
  var headersOfDecodedBody: HeaderLines {
    isCoded ? headers.removing(["content-encoding", "content-length"]) : headers
  }

  // RFC 9112, section 4; for HTTP/2 libcurl makes up a line of that form.
  private mutating func takeStatus(_ line: Span<UInt8>) throws(Fault) {
    let start: Int
    if HeaderSyntax.begins(line, with: "HTTP/1.1 ") {
      (version, start) = ("1.1", 9)
    } else if HeaderSyntax.begins(line, with: "HTTP/2 ") {
      (version, start) = ("2", 7)
    } else if HeaderSyntax.begins(line, with: "HTTP/1.0 ") {
      (version, start) = ("1.0", 9)
    } else if HeaderSyntax.begins(line, with: "HTTP/3 ") {
      (version, start) = ("3", 7)
    } else {
      throw .malformed
    }
    let end = start + 3
    guard end == line.count || end < line.count && line[end] == 0x20 else { throw .malformed }
    status = try AnswerHead.length(line.extracting(start..<end))
    guard status >= 100 else { throw .malformed }
  }

  private mutating func endBlock() {
    // 101 ends HTTP on that connection, so no other answer will follow it.
    isComplete = status >= 200 || status == 101
    guard !isComplete else { return }
    status = 0
    headers.removeAll()
    contentLength = nil
    isCoded = false
    transferCoding = .none
    saysClose = false
  }

  private mutating func takeHeader(_ line: Span<UInt8>, _ content: Range<Int>) throws(Fault) {
    var colon = 0
    while colon < content.upperBound, line[colon] != UInt8(ascii: ":") {
      guard HeaderSyntax.isToken(line[colon]) else { throw .malformed }
      colon += 1
    }
    guard colon > 0, colon < content.upperBound else { throw .malformed }
    let (name, place) = (line.extracting(0..<colon), trimmed(line, colon + 1..<content.upperBound))
    let value = line.extracting(place)
    guard HeaderSyntax.isValue(value) else { throw .malformed }
    headers.append(name, value)
    switch colon {
    case 10 where HeaderSyntax.equals(name, "connection"): takeConnection(value)
    case 14 where HeaderSyntax.equals(name, "content-length"):
      let length = try AnswerHead.length(value)
      // Two lengths are two ends, and each reader would believe in another.
      guard contentLength == nil || contentLength == length else { throw .malformed }
      contentLength = length
    case 16 where HeaderSyntax.equals(name, "content-encoding"):
      try takeCoding(value)
    case 17 where HeaderSyntax.equals(name, "transfer-encoding"):
      let isFirst = transferCoding == .none
      transferCoding = isFirst && HeaderSyntax.equals(value, "chunked") ? .chunked : .unknown
    default: break
    }
  }

  private static func length(_ value: Span<UInt8>) throws(Fault) -> Int {
    // Eighteen digits can't overflow.
    guard (1...18).contains(value.count) else { throw .malformed }
    var length = 0
    for index in value.indices {
      let digit = value[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { throw .malformed }
      length = length * 10 + Int(digit)
    }
    return length
  }

  // A list of options, of which only one matters here.
  private mutating func takeConnection(_ value: Span<UInt8>) {
    var start = 0
    while start < value.count {
      var end = start
      while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
      let option = value.extracting(trimmed(value, start..<end))
      if HeaderSyntax.equals(option, "close") { saysClose = true }
      start = end + 1
    }
  }

  // One coding at most: each further one would multiply what a small body can swell to on the way.
  private mutating func takeCoding(_ value: Span<UInt8>) throws(Fault) {
    if value.isEmpty || HeaderSyntax.equals(value, "identity") { return }
    let isOffered =
      HeaderSyntax.equals(value, "gzip") || HeaderSyntax.equals(value, "x-gzip")
      || HeaderSyntax.equals(value, "deflate")
    guard isOffered, !isCoded else { throw .unknownCoding }
    isCoded = true
  }
}

private func trimmed(_ line: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
  var start = range.lowerBound
  var end = range.upperBound
  while start < end, isBlank(line[start]) { start += 1 }
  while end > start, isBlank(line[end - 1]) { end -= 1 }
  return start..<end
}

private func isBlank(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
}
