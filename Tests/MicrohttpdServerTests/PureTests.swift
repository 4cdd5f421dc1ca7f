import GatewayCore
import TestSupport
import Testing

@testable import MicrohttpdServer

/// Goal: each phase's connections expire in order, whatever moves happen between.
/// Method: the queues alone, and a plain model of them under random moves.
@Suite struct DeadlineQueuesTests {
  private static let limits: [ConnectionPhase: Duration] = [
    .opening: .seconds(10), .idle: .seconds(60), .receiving: .seconds(10),
    .responding: .seconds(30),
  ]

  private func at(_ seconds: Int) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: Int64(seconds) * 1_000_000_000)
  }

  @Test func `the earliest of all phases is next`() {
    var queues = DeadlineQueues(limits: Self.limits)
    #expect(queues.earliest == nil)
    let first = queues.add(.opening, at: at(0))
    let second = queues.add(.opening, at: at(1))
    #expect(queues.earliest == at(10))
    queues.move(first, to: .idle, at: at(2))
    #expect(queues.earliest == at(11))
    queues.move(second, to: .suspended, at: at(3))
    #expect(queues.earliest == at(62))
    #expect(queues.popExpired(at: at(61)) == nil)
    let expired = queues.popExpired(at: at(62))
    #expect(expired?.slot == first)
    #expect(expired?.phase == .idle)
    #expect(queues.earliest == nil)
    queues.move(first, to: .receiving, at: at(70))
    #expect(queues.earliest == at(80))
  }

  @Test func `slots are used again`() {
    var queues = DeadlineQueues(limits: Self.limits)
    let slots = (0..<4).map { _ in queues.add(.idle, at: at(0)) }
    #expect(slots == [0, 1, 2, 3])
    queues.remove(1)
    queues.remove(2)
    #expect(queues.add(.idle, at: at(1)) == 2)
    #expect(queues.add(.idle, at: at(1)) == 1)
    #expect(queues.add(.idle, at: at(1)) == 4)
  }

  @Test(arguments: 1...5) func `random moves agree with a model`(seed: UInt64) {
    let random = SeededRandom(seed: seed)
    var queues = DeadlineQueues(limits: Self.limits)
    var model: [Int: MonotonicInstant?] = [:]
    for second in 0..<3000 {
      let phase = ConnectionPhase.allCases[Int(random.next() % 5)]
      let deadline = Self.limits[phase].map { at(second) + $0 }
      let picked = model.keys.sorted().dropFirst(Int(random.next() % 40)).first
      switch (random.next() % 3, picked) {
      case (0, let slot?):
        queues.remove(slot)
        model.removeValue(forKey: slot)
      case (1, let slot?):
        queues.move(slot, to: phase, at: at(second))
        model[slot] = .some(deadline)
      default:
        let slot = queues.add(phase, at: at(second))
        #expect(model[slot] == nil)
        model[slot] = .some(deadline)
      }
      while let (slot, _) = queues.popExpired(at: at(second)) {
        let due = model[slot] ?? nil
        #expect(due.map { $0 <= at(second) } == true)
        model[slot] = .some(nil)
      }
      #expect(queues.earliest == model.values.compactMap { $0 }.min())
    }
  }
}

/// Goal: the rules hold for every byte, not only those that a test of the wire thought of.
/// Method: all 256 bytes against the grammars.
@Suite struct FieldSyntaxTests {
  // The macros cannot hold a `Span`.
  private func isToken(_ bytes: [UInt8]) -> Bool { FieldSyntax.isToken(bytes.span) }
  private func isFieldValue(_ bytes: [UInt8]) -> Bool { FieldSyntax.isFieldValue(bytes.span) }
  private func isOriginForm(_ bytes: [UInt8]) -> Bool { TargetForm(bytes.span) == .origin }
  private func isChunked(_ text: String) -> Bool {
    FieldSyntax.equals(Array(text.utf8).span, lowercase: "chunked")
  }

  @Test func `tokens are made of tchar only`() {
    let allowed = Set(
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    for byte in UInt8.min...UInt8.max {
      #expect(isToken([0x61, byte]) == allowed.contains(byte))
    }
    #expect(!isToken([]))
  }

  @Test func `values hold no control character but the tab`() {
    for byte in UInt8.min...UInt8.max {
      let isAllowed = byte == 9 || (byte >= 32 && byte != 127)
      #expect(isFieldValue([0x61, byte]) == isAllowed)
    }
    #expect(isFieldValue([]))
  }

  @Test func `targets begin with a slash and are printable ASCII`() {
    for byte in UInt8.min...UInt8.max {
      let isAllowed = byte > 32 && byte < 127 && byte != UInt8(ascii: "#")
      #expect(isOriginForm([0x2F, byte]) == isAllowed)
    }
    #expect(!isOriginForm([]))
    #expect(!isOriginForm(Array("a/".utf8)))
  }

  @Test func `words are compared in any case`() {
    #expect(isChunked("ChunKed"))
    #expect(!isChunked("chunke"))
    #expect(!isChunked("chunkee"))
  }
}

/// Goal: every reason has its words, and the length is judged without overflow.
/// Method: the tables alone.
@Suite struct HeadRulesTests {
  @Test(arguments: RefusalReason.allCases) func `every refusal has a problem`(reason: RefusalReason)
  {
    #expect(reason.fault.status >= 400)
    #expect(!reason.fault.detail.isEmpty)
    #expect(reason == .library || reason.fault.detail != RefusalReason.library.fault.detail)
  }

  @Test(
    arguments: [
      ("0", nil), ("100", nil), ("000100", nil), ("101", .bodyTooLarge),
      ("99999999999999999999999999999999", .bodyTooLarge), ("", .badContentLength),
      ("1a", .badContentLength), ("-1", .badContentLength), ("1 1", .badContentLength),
      ("99999999999999999999x", .badContentLength), ("0x10", .badContentLength),
    ] as [(String, RefusalReason?)])
  func `a length is one decimal number within the limit`(text: String, reason: RefusalReason?) {
    var head = HTTPRequestHead(target: "/".utf8.span)
    head.append(name: Array("Host".utf8).span, value: Array("h".utf8).span)
    head.append(name: Array("Content-Length".utf8).span, value: Array(text.utf8).span)
    #expect(HeadRules(bodyBytes: 100).violation(in: head, isHTTP10: false) == reason)
  }

  @Test func `a raw answer is HTTP`() {
    let response = RefusalReason.tooSlow.fault.response(instance: "id")
    let text = String(decoding: RawAnswer.encode(response), as: UTF8.self)
    #expect(text.hasPrefix("HTTP/1.1 408 Request Timeout\r\nDate: "))
    #expect(
      text.contains(" GMT\r\nConnection: close\r\nContent-Length: \(response.body.count)\r\n"))
    #expect(text.hasSuffix("\r\n\r\n" + String(decoding: response.body, as: UTF8.self)))
  }
}
