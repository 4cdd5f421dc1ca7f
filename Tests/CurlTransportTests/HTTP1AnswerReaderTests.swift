import GatewayCore
import TestSupport
import Testing

@testable import CurlTransport

/// Goal: an answer ends where RFC 9112 says, however it is cut into pieces, and what leaves doubt
/// about that is refused.
/// Method: the reader alone, fed with bytes.
@Suite struct HTTP1AnswerReaderTests {
  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true),
    ("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "hello", true),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true),
    ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "", true),
    ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", true),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", true),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", "ok", false),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: x , CLOSE\r\n\r\nok", "ok", false),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: closed\r\n\r\nok", "ok", true),
    ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false),
    ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "", false),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello", true),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\nhe\r\n003 \r\nllo\r\n0\r\nX: y\r\n\r\n",
      "hello", true
    ),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
      "0123456789", true
    ),
  ])
  func `an answer ends where its head says, in one piece and in single bytes`(
    answer: String, body: String, leavesUsable: Bool
  ) {
    for size in [answer.utf8.count, 1, 2, 3, 7] {
      let read = Reading(answer, pieces: size)
      #expect(read.progress == .whole(leavesUsable: leavesUsable), "in pieces of \(size)")
      #expect(read.receiver.text == body)
    }
  }

  @Test func `bytes behind the end make the connection useless`() {
    for answer in [
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!", "HTTP/1.1 204 No Content\r\n\r\n!",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n!",
    ] {
      #expect(Reading(answer, pieces: 1000).progress == .whole(leavesUsable: false))
    }
  }

  @Test func `an answer to HEAD has no body`() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
    #expect(Reading(answer, pieces: 1000, .head).progress == .whole(leavesUsable: true))
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000000000000000\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
  ])
  func `what leaves doubt about the end is refused`(answer: String) {
    for size in [answer.utf8.count, 1] {
      let read = Reading(answer, pieces: size)
      #expect(read.progress == .refused, "in pieces of \(size)")
      #expect(read.receiver.refusal != nil)
    }
  }

  @Test func `a line that never ends is refused`() {
    let endless = String(repeating: "x", count: 70_000)
    for answer in [
      "HTTP/1.1 200 OK\r\nA: " + endless,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + endless,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello" + endless,
    ] {
      #expect(Reading(answer, pieces: 1000).progress == .refused)
    }
  }

  @Test func `an end of the connection ends only a body without a length`() {
    let open = Reading("HTTP/1.1 200 OK\r\n\r\nsome", pieces: 3)
    #expect(open.progress == .more)
    #expect(open.end() == .whole(leavesUsable: false))
    #expect(open.receiver.text == "some")
    for answer in [
      "", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nA: b\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n",
    ] {
      #expect(Reading(answer, pieces: 4).end() == nil, "\(answer)")
    }
    #expect(Reading("SSH-2.0", pieces: 1).end() == .refused)
  }

  @Test func `a compressed body must be whole and alone`() {
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
    for size in [1, 5, 1000] {
      let read = Reading(Array((head + "\(Gzip.hello.count)\r\n\r\n").utf8) + Gzip.hello, size)
      #expect(read.progress == .whole(leavesUsable: true))
      #expect(read.receiver.text == "hello hello hello hello hello\n")
    }
    let short = Array(Gzip.hello.dropLast(3))
    let cut = Reading(Array((head + "\(short.count)\r\n\r\n").utf8) + short, 1000)
    #expect(cut.progress == .refused)
    let long = Gzip.hello + Gzip.hello
    let doubled = Reading(Array((head + "\(long.count)\r\n\r\n").utf8) + long, 1000)
    #expect(doubled.progress == .refused)
    let empty = Reading(Array((head + "0\r\n\r\n").utf8), 1000)
    #expect(empty.progress == .whole(leavesUsable: true))
  }

  // Whatever an upstream sends, in whatever pieces: the same verdict, and never a trap.
  @Test func `pieces make no difference to random answers`() {
    let words = [
      "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "Content-Length: 3\r\n", "\r\n",
      "abc",
      "Transfer-Encoding: chunked\r\n", "3\r\n", "0\r\n", "Connection: close\r\n", "\n", "\r", ":",
      "Content-Encoding: gzip\r\n", "\u{0}", "A: b\r\n", " ", "f", "HTTP/1.0 404 Not Found\r\n",
    ]
    var random = SeededRandom(seed: 11)
    for _ in 0..<3000 {
      let count = Int.random(in: 1...9, using: &random)
      let answer = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined()
      let text = Bool.random(using: &random) ? "HTTP/1.1 200 OK\r\n" + answer : answer
      let whole = Reading(text, pieces: 1000)
      let pieces = Reading(text, pieces: Int.random(in: 1...4, using: &random))
      #expect(whole.isSame(as: pieces), "\(text.debugDescription)")
      #expect(whole.receiver.body == pieces.receiver.body || whole.progress == .refused)
    }
  }
}

/// One answer, read in pieces of a size until it is whole or refused.
private final class Reading {
  let receiver: Recorder
  private(set) var progress = HTTP1AnswerReader.Progress.more
  private var reader = HTTP1AnswerReader()

  convenience init(_ text: String, pieces size: Int, _ method: HTTPMethod = .get) {
    self.init(Array(text.utf8), size, method)
  }

  init(_ bytes: [UInt8], _ size: Int, _ method: HTTPMethod = .get) {
    receiver = Recorder(method)
    var rest = bytes[...]
    while progress == .more, !rest.isEmpty {
      let piece = Array(rest.prefix(size))
      rest = rest.dropFirst(size)
      progress = reader.take(piece.span, receiver)
    }
    // In smaller pieces the end is met before the bytes behind it.
    if progress == .whole(leavesUsable: true), !rest.isEmpty {
      progress = .whole(leavesUsable: false)
    }
  }

  func end() -> HTTP1AnswerReader.Progress? { reader.end(receiver) }

  func isSame(as other: Reading) -> Bool { progress == other.progress }
}

private final class Recorder: HTTP1AnswerReader.Receiver {
  let method: HTTPMethod
  private(set) var head = AnswerHead()
  private(set) var body: [UInt8] = []
  private(set) var refusal: String?

  init(_ method: HTTPMethod) { self.method = method }

  var text: String { String(decoding: body, as: UTF8.self) }

  func takeHead(_ line: Span<UInt8>) -> Bool {
    do {
      try head.take(line)
      return true
    } catch {
      refusal = error.detail
      return false
    }
  }

  func takeBody(_ bytes: Span<UInt8>) -> Bool {
    body.append(copying: bytes)
    return true
  }

  func refuse(_ detail: String) { refusal = detail }
}
