import GatewayCore
import Testing

@testable import PoderoSimulator

/// Goal: a fault meets the calls it is meant for, as often as it is meant to.
/// Method: the board alone, and requests to the core without a network.
@Suite struct FaultBoardTests {
  @Test func `a fault meets its call and heat pump only`() {
    var board = FaultBoard()
    _ = board.add(SimulatorFault(.hang(), call: .update, heatPump: Bench.heatPump))
    let others = [
      board.take(.detail, Bench.heatPump), board.take(.update, PoderoSimulator.heatPumpID(2)),
      board.take(.update, nil),
    ]
    #expect(others == [[], [], []])
    let met = board.take(.update, Bench.heatPump)
    #expect(met == [.hang()])
  }

  @Test func `a counted fault ends, another stays until it is cleared`() {
    var board = FaultBoard()
    _ = board.add(SimulatorFault(.malformedJSON, count: 2))
    let lasting = board.add(SimulatorFault(.truncatedBody))
    let counts = (0..<4).map { _ in board.take(.list, nil).count }
    #expect(counts == [2, 2, 1, 1])
    #expect(board.fired == 6)
    let removals = [board.remove(lasting), board.remove(lasting)]
    #expect(removals == [true, false])
    let rest = board.take(.list, nil)
    #expect(rest.isEmpty)
  }

  @Test func `chance follows its seed`() {
    func hits(_ seed: UInt64) -> [Bool] {
      var board = FaultBoard()
      _ = board.add(SimulatorFault(.truncatedBody, probability: 0.3, seed: seed))
      return (0..<1000).map { _ in !board.take(.list, nil).isEmpty }
    }
    #expect(hits(1) == hits(1))
    #expect(hits(1) != hits(2))
    #expect((200...400).contains(hits(1).count { $0 }))
  }

  @Test func `a status stands in for the answer, and the update is not carried out`() {
    let bench = Bench()
    _ = bench.core.add(
      SimulatorFault(.status(429, retryAfter: .seconds(7)), call: .update, count: 1))
    let refused = bench.put(#"{"comment":"x"}"#)
    #expect(refused?.status == 429)
    #expect(refused?["Retry-After"] == "7")
    #expect(bench.get(Bench.detail)?.json?["comment"] == "Plant room 1")
    _ = bench.core.add(
      SimulatorFault(
        .status(503, retryAfter: .dateIn(90), applied: true), call: .update, count: 1))
    let applied = bench.put(#"{"comment":"x"}"#)
    #expect(applied?.status == 503)
    #expect(applied?["Retry-After"] == "Tue, 24 Nov 2026 10:01:30 GMT")
    #expect(bench.get(Bench.detail)?.json?["comment"] == "x")
    #expect(bench.core.updates(of: nil, after: 0).map(\.applied) == [false, true])
    #expect(bench.core.updates(of: nil, after: 0).map(\.status) == [429, 503])
  }

  @Test func `tokens are revoked just before a call`() {
    let bench = Bench()
    _ = bench.core.add(SimulatorFault(.revokeTokens, call: .detail, count: 1))
    #expect(bench.get(Bench.detail)?.status == 401)
    #expect(bench.get(Bench.detail)?.status == 200)
  }

  @Test func `a proxy's page is HTML`() {
    let bench = Bench()
    _ = bench.core.add(SimulatorFault(.htmlPage(504), call: .list))
    let page = bench.get(Bench.list)
    #expect(page?.status == 504)
    #expect(page?["Content-Type"] == "text/html")
    #expect(page?.body.starts(with: "<html>".utf8) == true)
  }

  @Test func `answers are spoiled in the way that was asked for`() {
    let bench = Bench()
    func list(_ kind: SimulatorFault.Kind) -> HTTPResponse? {
      _ = bench.core.add(SimulatorFault(kind, call: .list, count: 1))
      return bench.get(Bench.list)
    }
    #expect(list(.malformedJSON)?.json == nil)
    #expect(list(.contentType("text/plain"))?["Content-Type"] == "text/plain")
    let huge = list(.hugeBody(megabytes: 1))
    #expect(huge?.body.count ?? 0 > 1_000_000)
    #expect(huge?.json?[0]?["id"] == .id(Bench.heatPump))
    let dropped = list(.dropField("price_zone"))?.json?.array
    #expect(dropped?.map { $0["price_zone"] } == [nil, nil])
    let surprise = list(.unknownValues)?.json?[0]
    #expect(surprise?["optimization_level"] == "Ultra")
    #expect(surprise?["firmware_version"] == "9.9.9")
    #expect(bench.get(Bench.list)?.json?[0]?["optimization_level"] == "Mid")
  }

  @Test func `an ignored field is left out without a word`() {
    let bench = Bench()
    _ = bench.core.add(SimulatorFault(.ignoreField("comment"), call: .update))
    let answer = bench.put(#"{"comment":"x","price_zone":"CH"}"#)
    #expect(answer?.status == 200)
    #expect(answer?.json?["comment"] == "Plant room 1")
    #expect(answer?.json?["price_zone"] == "CH")
  }

  @Test(arguments: [
    #"{"kind":"latency","milliseconds":5}"#, #"{"kind":"revoke_tokens"}"#,
    #"{"kind":"status","status":503,"retry_after_seconds":3,"applied":true}"#,
    #"{"kind":"status","status":429,"retry_after_date_in_seconds":3}"#,
    #"{"kind":"html_page"}"#, #"{"kind":"truncated_body"}"#, #"{"kind":"hang"}"#,
    #"{"kind":"reset_before_read"}"#, #"{"kind":"reset_before_applying"}"#,
    #"{"kind":"reset_after_applying"}"#, #"{"kind":"huge_body","megabytes":2}"#,
    #"{"kind":"malformed_json"}"#, #"{"kind":"content_type","content_type":"text/plain"}"#,
    #"{"kind":"unknown_values"}"#, #"{"kind":"drop_field","field":"id"}"#,
    #"{"kind":"ignore_field","field":"comment"}"#,
    #"{"kind":"drip","bytes":10,"milliseconds":1,"call":"list","count":3,"probability":0.5,"seed":4}"#,
  ])
  func `each kind can be set over HTTP`(body: String) {
    let bench = Bench()
    #expect(bench.send(.post, "/control/faults", body: body)?.json == ["id": 1])
    #expect(bench.core.faultsJSON.array?.count == 1)
    #expect(bench.send(.delete, "/control/faults/1")?.status == 200)
    #expect(bench.core.faultsJSON.array?.count == 0)
  }

  @Test(arguments: [
    "{}", #"{"kind":"nothing"}"#, #"{"kind":"status"}"#, #"{"kind":"status","status":99}"#,
    #"{"kind":"hang","call":"somewhere"}"#, #"{"kind":"hang","heat_pump":"x"}"#,
    #"{"kind":"hang","probability":2}"#, #"{"kind":"drop_field"}"#, "nonsense",
  ])
  func `a fault that makes no sense is refused`(body: String) {
    let bench = Bench()
    let answer = bench.send(.post, "/control/faults", body: body)
    #expect(answer?.status == 400)
    #expect(answer?.json?["detail"]?.string != nil)
    #expect(bench.core.faultsJSON.array?.count == 0)
  }
}
