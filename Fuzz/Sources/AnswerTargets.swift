import GatewayCore

@testable import CurlTransport

/// An upstream's answer, the first byte saying how it is cut up: whole or in pieces it ends at the
/// same place and has the same body.
@Sendable func fuzzAnswer(_ bytes: [UInt8]) {
  guard let size = bytes.first else { return }
  let answer = Array(bytes.dropFirst())
  let whole = AnswerReading(answer, pieces: max(1, answer.count))
  let pieces = AnswerReading(answer, pieces: Int(size % 16) + 1)
  precondition(whole.ending == pieces.ending, "in pieces it ends otherwise")
  precondition(
    whole.ending == "refused" || whole.body == pieces.body, "in pieces it says otherwise")
  precondition(whole.body.count <= AnswerReading.maximumBody, "more than is wanted")
}

private final class AnswerReading: HTTP1AnswerReader.Receiver {
  static let maximumBody = 1 << 16

  let method = HTTPMethod.get
  private(set) var head = AnswerHead()
  private(set) var body: [UInt8] = []
  private(set) var ending = "more"

  init(_ answer: [UInt8], pieces size: Int) {
    var reader = HTTP1AnswerReader()
    var rest = answer[...]
    while ending == "more", !rest.isEmpty {
      let piece = Array(rest.prefix(size))
      rest = rest.dropFirst(size)
      switch reader.take(piece.span, self) {
      case .more: break
      case .whole(let leavesUsable): ending = leavesUsable && rest.isEmpty ? "usable" : "whole"
      case .refused: ending = "refused"
      }
    }
    if ending == "more", reader.end(self) == .refused { ending = "refused" }
  }

  func takeHead(_ line: Span<UInt8>) -> Bool { (try? head.take(line)) != nil }

  func takeBody(_ bytes: Span<UInt8>) -> Bool {
    guard body.count + bytes.count <= Self.maximumBody else { return false }
    body.append(copying: bytes)
    return true
  }

  func refuse(_ detail: String) {}
}
