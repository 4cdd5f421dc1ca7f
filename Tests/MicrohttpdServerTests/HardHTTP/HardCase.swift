import GatewayCore
import MicrohttpdServer
import Testing

/// What becomes of a case, and of a good request sent right behind it.
enum HardOutcome: Sendable {
  /// Answered by the handler; so is the request behind, on the same connection.
  case served
  /// As ``served``, but there are so many requests before the one behind.
  case servedAll(Int)
  /// Answered by the handler; the connection ends, and the bytes behind are never read as a
  /// request.
  case servedLast
  /// Refused with a problem; the connection ends.
  case refused(RefusalReason)
  /// The first request is answered, the second refused; the connection ends.
  case servedThenRefused(RefusalReason)
  /// Refused by the library with a page of its own, or with the end where that overtakes it.
  case page(Int)
  /// The connection ends without an answer.
  case closed
  /// One of the last three: what arrives in one piece decides.
  case ended
  /// Taken for an empty line: only the request behind is answered.
  case ignored

  /// How many requests reach the handler, the one behind included.
  var requests: Int {
    switch self {
    case .served: 2
    case .servedAll(let count): count + 1
    case .servedLast, .servedThenRefused, .ignored: 1
    case .refused, .page, .closed, .ended: 0
    }
  }

  /// Whether the request behind reaches the handler.
  var servesBehind: Bool {
    switch self {
    case .served, .servedAll, .ignored: true
    default: false
    }
  }

  /// The words of `docs/hard-http.md`.
  var words: String {
    switch self {
    case .served: "read as a request; the connection stays open"
    case .servedAll(let count): "read as \(count) requests; the connection stays open"
    case .servedLast: "read as a request; the connection ends"
    case .refused(let reason): "\(HardOutcome.status(reason)) `\(reason.rawValue)`, end"
    case .servedThenRefused(let reason):
      "the first is answered; then \(HardOutcome.status(reason)) `\(reason.rawValue)`, end"
    case .page(let status): "\(status) by the library, end"
    case .closed: "end without an answer"
    case .ended: "400 or 431, end"
    case .ignored: "taken for an empty line"
    }
  }

  private static func status(_ reason: RefusalReason) -> Int {
    reason.fault.response(instance: "").status
  }
}

/// A request, right or wrong, and what becomes of it.
struct HardCase: Sendable {
  let name: String
  /// The RFC's number and section, or the name of the protocol.
  let rule: String
  let outcome: HardOutcome
  /// Each scalar is a byte.
  let text: String
  /// The body that the handler must see.
  let body: String?
  /// Whether the client sends its end behind the case, and no further request.
  let finishes: Bool

  init(
    _ name: String, _ rule: String, _ outcome: HardOutcome, _ text: String, body: String? = nil,
    finishes: Bool = false
  ) {
    self.name = name
    self.rule = rule
    self.outcome = outcome
    self.text = text
    self.body = body
    self.finishes = finishes
  }

  /// What goes over the wire.
  var bytes: [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
}

/// Cases about one thing.
struct HardGroup: Sendable, CustomTestStringConvertible {
  let title: String
  let cases: [HardCase]
  /// Whether the server waits for a request only a moment.
  let isImpatient: Bool

  init(_ title: String, isImpatient: Bool = false, _ cases: [HardCase]) {
    self.title = title
    self.isImpatient = isImpatient
    self.cases = cases
  }

  var testDescription: String { title }

  static let all = [
    requestLine, methods, targets, hosts, contentLength, transferEncoding, chunks, endlessChunks,
    headers,
    expectations, connections, otherProtocols,
  ]
}

/// The end of a chunked body.
let end = "0\r\n\r\n"

/// `text`, so many times.
func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

/// A request with this line.
func line(_ line: String) -> String { line + "\r\nHost: h\r\n\r\n" }

/// A GET request with just these headers.
func host(_ headers: String...) -> String {
  "GET / HTTP/1.1\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n"
}

/// A GET request with a header beside `Host`.
func get(header: String) -> String { "GET / HTTP/1.1\r\nHost: h\r\n\(header)\r\n\r\n" }

/// A POST request with a body and headers beside `Host`.
func post(_ body: String, _ headers: String...) -> String {
  "POST / HTTP/1.1\r\nHost: h\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

/// A POST request with a body in chunks.
func chunked(_ body: String) -> String { post(body, "Transfer-Encoding: chunked") }
