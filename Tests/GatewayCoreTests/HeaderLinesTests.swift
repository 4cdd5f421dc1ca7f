import GatewayCore
import Testing

/// Goal: header lines come out as they went in, whenever somebody asks.
/// Method: a few lines, among them equal, empty and odd ones.
@Suite struct HeaderLinesTests {
  private let headers: [HTTPResponse.Header] = [
    .init("Content-Type", "application/json"), .init("Retry-After", "7"), .init("X-Empty", ""),
    .init("retry-after", "8"), .init("X-Word", "ü"),
  ]

  @Test func `lines come back in their order`() {
    let lines = HeaderLines(headers)
    #expect(lines.all == headers)
    #expect(!lines.isEmpty)
    #expect(HeaderLines().isEmpty)
    #expect(HeaderLines().all.isEmpty)
  }

  @Test func `a name is found in any case, the first of equal ones`() {
    let lines = HeaderLines(headers)
    #expect(lines["RETRY-AFTER"] == "7")
    #expect(lines["x-empty"] == "")
    #expect(lines["X-Word"] == "ü")
    #expect(lines["X-Wor"] == nil)
    #expect(lines["X-Words"] == nil)
    // The bit that tells letters' cases apart tells other characters apart, too.
    #expect(lines["Retry\rAfter"] == nil)
  }

  @Test func `a folded line goes on with the last value`() {
    var lines = HeaderLines()
    let extendedNothing = lines.extendLast("x".utf8.span)
    #expect(!extendedNothing)
    lines.append("A".utf8.span, "b".utf8.span)
    let wasExtended = lines.extendLast("c".utf8.span)
    lines.append("D".utf8.span, "e".utf8.span)
    #expect(wasExtended)
    #expect(lines.all == [.init("A", "b c"), .init("D", "e")])
  }

  @Test func `names can be left out, and all forgotten`() {
    var lines = HeaderLines(headers)
    #expect(
      lines.removing(["Retry-After", "x-empty"]).all == [
        .init("Content-Type", "application/json"), .init("X-Word", "ü"),
      ])
    lines.removeAll()
    #expect(lines.isEmpty)
    lines.append("A".utf8.span, "b".utf8.span)
    #expect(lines.all == [.init("A", "b")])
  }

  @Test func `bytes that are no UTF-8 are replaced`() {
    var lines = HeaderLines()
    lines.append("A".utf8.span, [0xFF, 0x62].span)
    #expect(lines["a"] == "\u{FFFD}b")
  }
}
