import GatewayCore
import TestSupport
import Testing

@testable import Gateway

/// Goal: ids, traces and metrics hold only what they should, whatever a caller sends.
/// Method: headers and counts, and what becomes of them.
@Suite struct TelemetryTests {
  @Test func `request ids never repeat`() {
    let ids = RequestIDs(random: SeededRandom(seed: 3))
    let made = (0..<10_000).map { _ in ids.next() }
    #expect(Set(made).count == made.count)
    #expect(made.allSatisfy { $0.utf8.count == 32 && $0.utf8.allSatisfy { hexValue($0) != nil } })
    #expect(RequestIDs(random: SeededRandom(seed: 4)).next() != made[0])
  }

  @Test(arguments: ["a", "A-b_c.9", String(repeating: "x", count: 128)])
  func `a sane id is kept`(id: String) {
    #expect(RequestIDs.sane(request([("X-Request-Id", id)])) == id)
  }

  @Test(arguments: [
    [], [""], ["a b"], ["a\"b"], ["ü"], ["a/b"], [String(repeating: "x", count: 129)],
    ["a", "b"], ["a", "<script>"],
  ])
  func `any other is not`(ids: [String]) {
    #expect(RequestIDs.sane(request(ids.map { ("X-Request-Id", $0) })) == nil)
  }

  private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  @Test func `a trace is carried on`() {
    #expect(TraceContext.traceparent(of: request([("traceparent", Self.parent)])) == Self.parent)
  }

  @Test(arguments: [
    [], [parent, parent], [parent + "0"], ["01" + parent.dropFirst(2)], [parent.uppercased()],
    ["00-00000000000000000000000000000000-b7ad6b7169203331-01"],
    ["00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"],
    ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x"],
    ["00-0af7651916cd43dd8448eb211c80319cb-7ad6b7169203331-01"],
  ])
  func `a broken trace is not`(values: [String]) {
    #expect(TraceContext.traceparent(of: request(values.map { ("traceparent", $0) })) == nil)
  }

  @Test(arguments: [("1", 1), ("30", 30), ("99999999999999999999", 86400)])
  func `a deadline is whole seconds`(text: String, seconds: Int) throws {
    let read = try RequestTimeout.read(request([("Request-Timeout", text)]))
    #expect(read == .seconds(seconds))
  }

  @Test(arguments: ["", "0", "-1", "+1", "1.5", "x", "PT1S"])
  func `anything else is no deadline`(text: String) {
    #expect(throws: GatewayFault.self) {
      try RequestTimeout.read(request([("Request-Timeout", text)]))
    }
  }

  @Test func `without a deadline there is none`() throws {
    #expect(try RequestTimeout.read(request([])) == nil)
  }

  @Test func `answers are counted by template and status, the odd ones together`() {
    let metrics = RequestMetrics(endpoints: [(.get, "/a/{x}"), (.patch, "/a/{x}")])
    metrics.count(row: 0, status: 200, nanoseconds: 1)
    metrics.count(row: 0, status: 200, nanoseconds: 1)
    metrics.count(row: 1, status: 422, nanoseconds: 2_000_000)
    metrics.count(row: nil, status: 404, nanoseconds: 1)
    for status in [299, 0, -1, 1000] { metrics.count(row: 0, status: status, nanoseconds: 1) }
    let counts = metrics.counts.map { "\($0.method) \($0.template) \($0.status) \($0.count)" }
    #expect(
      counts == [
        "GET /a/{x} 200 2", "GET /a/{x} other 4", "PATCH /a/{x} 422 1", "other unmatched 404 1",
      ])
  }

  @Test func `how long answers took is counted by template and class`() {
    let metrics = RequestMetrics(endpoints: [(.get, "/a/{x}"), (.patch, "/a/{x}")])
    for (row, status, milliseconds) in [
      (0, 200, 1), (0, 204, 3), (0, 304, 70_000), (1, 422, 1), (nil, 599, 1), (1, 0, 1),
      (1, 700, 1),
    ] as [(Int?, Int, Int64)] {
      metrics.count(row: row, status: status, nanoseconds: milliseconds * 1_000_000)
    }
    let rows = metrics.durations.map { row in
      "\(row.method) \(row.template) \(row.status) \(row.figures.counts.map(String.init).joined())"
    }
    #expect(
      rows == [
        "GET /a/{x} 2xx 110000000000", "GET /a/{x} 3xx 000000000001",
        "PATCH /a/{x} 2xx 100000000000", "PATCH /a/{x} 4xx 100000000000",
        "PATCH /a/{x} 5xx 100000000000", "other unmatched 5xx 100000000000",
      ])
  }

  @Test func `a histogram is written with growing counts`() {
    var page = MetricsText { Metric($0, .histogram, ["l"], "x") }
    var figures = HistogramFigures(bounds: [0.5, 2])
    for value in [0.25, 1, 1.5, 60] { figures.add(value) }
    page.histogram(
      "x_seconds", [([("l", "v")], figures), ([], HistogramFigures(bounds: [1]))])
    page.histogram("nothing", [])
    #expect(
      page.text == """
        # HELP podero_gateway_x_seconds X.
        # TYPE podero_gateway_x_seconds histogram
        podero_gateway_x_seconds_bucket{l="v",le="0.5"} 1
        podero_gateway_x_seconds_bucket{l="v",le="2"} 3
        podero_gateway_x_seconds_bucket{l="v",le="+Inf"} 4
        podero_gateway_x_seconds_sum{l="v"} 62.75
        podero_gateway_x_seconds_count{l="v"} 4
        podero_gateway_x_seconds_bucket{le="1"} 0
        podero_gateway_x_seconds_bucket{le="+Inf"} 0
        podero_gateway_x_seconds_sum 0
        podero_gateway_x_seconds_count 0

        """)
  }

  @Test func `every status of the catalogue is counted by itself`() {
    #expect(
      Set(ProblemCatalogue.entries.map(\.status)).isSubset(of: Set(RequestMetrics.statuses)))
    #expect(Set(RequestMetrics.statuses).count == RequestMetrics.statuses.count)
  }

  @Test func `metrics are written in the text format`() {
    let rows = [
      "things_total": Metric("things_total", .counter, ["kind", "size"], "things"),
      "level": Metric("level", .gauge, ["x"], "a `level` of [it](#it)"),
    ]
    var page = MetricsText { rows[$0] }
    page.add("things_total", [([("kind", "a"), ("size", "b")], 3)])
    page.add("level", [([], 0.25), ([("x", "y")], 1e18)])
    page.add("nothing", [])
    #expect(
      page.text == """
        # HELP podero_gateway_things_total Things.
        # TYPE podero_gateway_things_total counter
        podero_gateway_things_total{kind="a",size="b"} 3
        # HELP podero_gateway_level A level of it.
        # TYPE podero_gateway_level gauge
        podero_gateway_level 0.25
        podero_gateway_level{x="y"} 1e+18

        """)
  }

  @Test(arguments: [
    ("a\"b", #"a\"b"#), ("a\\b", #"a\\b"#), ("a\nb", #"a\nb"#), ("a\r\nb", "a\r\\nb"),
    ("\"\u{301}", "\\\"\u{301}"), ("ü", "ü"),
  ])
  func `label values cannot leave their quotes`(value: String, written: String) {
    var page = MetricsText { Metric($0, .gauge, ["l"], "x") }
    page.add("x", [([("l", value)], 1)])
    let line = "podero_gateway_x{l=\"\(written)\"} 1\n"
    #expect(
      page.text.unicodeScalars.elementsEqual(
        ("# HELP podero_gateway_x X.\n# TYPE podero_gateway_x gauge\n" + line).unicodeScalars))
  }

  @Test(arguments: [
    ("<a href=\"x\">'&", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;"), ("<\u{338}b", "&lt;\u{338}b"),
    ("über", "über"),
  ])
  func `text cannot become markup`(text: String, escaped: String) {
    #expect(DocsPage.escaped(text).unicodeScalars.elementsEqual(escaped.unicodeScalars))
  }
}
