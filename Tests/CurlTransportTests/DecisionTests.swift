import GatewayCore
import Reactor
import Testing

@testable import CurlTransport

/// Goal: the decisions of the transport are right without a network.
/// Method: the pure pieces, case by case.
@Suite struct DecisionTests {
  private func head(_ lines: String...) throws(AnswerHead.Fault) -> AnswerHead {
    var head = AnswerHead()
    for line in lines { try head.take((line + "\r\n").utf8.span) }
    return head
  }

  @Test func `a head is complete at the blank line`() throws {
    #expect(try !head("HTTP/1.1 200 OK", "A: b").isComplete)
    let whole = try head("HTTP/2 200 ", "a:b", "C:  d e \t", "")
    #expect(whole.isComplete)
    #expect(whole.version == "2")
    #expect(whole.status == 200)
    #expect(whole.headers.all == [.init("a", "b"), .init("C", "d e")])
  }

  @Test func `interim heads leave nothing behind`() throws {
    let interim = try head("HTTP/1.1 103 Early Hints", "A: b", "Content-Length: 7", "")
    #expect(!interim.isComplete)
    #expect(interim.headers.isEmpty)
    let final = try head(
      "HTTP/1.1 103 Early Hints", "Content-Encoding: gzip", "", "HTTP/1.1 204 No Content", "")
    #expect(final.isComplete)
    #expect(final.status == 204)
    #expect(!final.isCoded)
  }

  @Test func `a folded line goes on with the one before`() throws {
    let folded = try head("HTTP/1.1 200 OK", "A: b", "  c", "\td", "")
    #expect(folded.headers.all == [.init("A", "b c d")])
    #expect(throws: AnswerHead.Fault.malformed) { try self.head("HTTP/1.1 200 OK", " c") }
  }

  @Test(arguments: [
    "HTTP/1.1", "HTTP/1.1 2000 OK", "HTTP/1.1 099 X", "HTTP/3.3 200 OK", "ICY 200 OK", "",
    "HTTP/1.1 abc OK",
  ])
  func `a wrong status line is refused`(_ line: String) {
    #expect(throws: AnswerHead.Fault.malformed) { try self.head(line) }
  }

  @Test(arguments: [
    "no colon", ": no name", "a b: c", "a : b", "Content-Length: x", "Content-Length: +1",
    "Content-Length: 1, 1", "Content-Length: 99999999999999999999", "A: b\u{0}c", "A: b\rc",
  ])
  func `a wrong header line is refused`(_ line: String) {
    #expect(throws: AnswerHead.Fault.malformed) { try self.head("HTTP/1.1 200 OK", line) }
  }

  @Test func `a length may be said twice, but only the same one`() throws {
    let twice = try head("HTTP/1.1 200 OK", "Content-Length: 7", "content-length: 7", "")
    #expect(twice.contentLength == 7)
    #expect(throws: AnswerHead.Fault.malformed) {
      try self.head("HTTP/1.1 200 OK", "Content-Length: 7", "Content-Length: 8")
    }
  }

  @Test func `only one offered coding is accepted`() throws {
    #expect(try head("HTTP/1.1 200 OK", "Content-Encoding: GZIP").isCoded)
    #expect(try !head("HTTP/1.1 200 OK", "Content-Encoding: identity").isCoded)
    for value in ["br", "zstd", "gzip, gzip", "x"] {
      #expect(throws: AnswerHead.Fault.unknownCoding) {
        try self.head("HTTP/1.1 200 OK", "Content-Encoding: \(value)")
      }
    }
    #expect(throws: AnswerHead.Fault.unknownCoding) {
      try self.head("HTTP/1.1 200 OK", "Content-Encoding: gzip", "Content-Encoding: deflate")
    }
  }

  @Test func `an announcement counts where there is a body`() throws {
    let plain = try head("HTTP/1.1 200 OK", "Content-Length: 7", "")
    #expect(plain.announcedBodyBytes(for: .get) == 7)
    #expect(plain.announcedBodyBytes(for: .head) == nil)
    let unchanged = try head("HTTP/1.1 304 Not Modified", "Content-Length: 7", "")
    #expect(unchanged.announcedBodyBytes(for: .get) == nil)
    let coded = try head("HTTP/1.1 200 OK", "Content-Length: 7", "Content-Encoding: gzip", "")
    #expect(coded.announcedBodyBytes(for: .get) == nil)
    #expect(coded.headersOfDecodedBody.isEmpty)
  }

  @Test func `a departure is certain only where bytes were counted or cannot be`() {
    var departure = Departure(
      hasBegun: false, bytesWritten: 0, isEncrypted: true, bodyBytes: 1 << 20)
    #expect(!departure.mayHaveBeenSent)
    departure.hasBegun = true
    #expect(departure.mayHaveBeenSent)
    departure.bodyBytes = 200
    #expect(!departure.mayHaveBeenSent)
    departure.bytesWritten = 1
    #expect(departure.mayHaveBeenSent)
  }

  // The numbers are part of libcurl's binary interface and never change.
  @Test(arguments: [
    (6, TransportFault.Kind.resolve, TransportFault.Kind.resolve), (7, .connect, .connect),
    (28, .connect, .timeout), (35, .tls, .tls), (60, .tls, .tls), (77, .tls, .tls),
    (18, .interrupted, .interrupted), (52, .interrupted, .interrupted),
    (55, .connect, .interrupted), (56, .connect, .interrupted), (92, .interrupted, .interrupted),
    (1, .other, .invalidAnswer), (8, .invalidAnswer, .invalidAnswer),
    (61, .invalidAnswer, .invalidAnswer), (63, .tooLarge, .tooLarge), (3, .other, .other),
    (9999, .other, .other),
  ])
  func `a result code has a kind before and after the request's departure`(
    code: Int, before: TransportFault.Kind, after: TransportFault.Kind
  ) {
    #expect(FaultTable.kind(of: UInt32(code), hasBegun: false) == before)
    #expect(FaultTable.kind(of: UInt32(code), hasBegun: true) == after)
  }

  @Test func `an idle connection stays watched without a system call`() {
    var table = SocketTable()
    table.open(5)
    #expect(table.want(.writable, of: 5) == .watch(.writable))
    #expect(table.want(.readable, of: 5) == .watch(.readable))
    for _ in 0..<3 {
      #expect(table.want(nil, of: 5) == .none)
      #expect(table.want(.readable, of: 5) == .none)
    }
    #expect(table.report(5) == .wanted)
    #expect(table.close(5) == .unwatch)
    #expect(table.watched.isEmpty)
  }

  @Test func `an idle connection that stirs is spoilt, unless it is encrypted`() {
    for isEncrypted in [false, true] {
      var table = SocketTable()
      table.open(5)
      #expect(table.want(.readable, of: 5, isEncrypted: isEncrypted) == .watch(.readable))
      #expect(table.want(nil, of: 5) == .none)
      #expect(table.report(5) == (isEncrypted ? .idle : .spoilt))
      #expect(table.want(nil, of: 5) == .none)
      #expect(table.want(.readable, of: 5) == .watch(.readable))
    }
  }

  @Test func `an idle connection is watched for reading only`() {
    var table = SocketTable()
    table.open(5)
    #expect(table.want([.readable, .writable], of: 5) == .watch([.readable, .writable]))
    #expect(table.want(nil, of: 5) == .watch(.readable))
  }

  @Test func `a socket of the resolver's is followed to the letter`() {
    var table = SocketTable()
    #expect(table.want(.readable, of: 6) == .watch(.readable))
    #expect(table.want(nil, of: 6) == .unwatch)
    #expect(table.want(.readable, of: 6) == .watch(.readable))
  }

  @Test func `only safe methods may be sent again`() {
    for method in HTTPMethod.allCases {
      #expect(method.isSafe == [.get, .head, .options].contains(method))
    }
  }
}
