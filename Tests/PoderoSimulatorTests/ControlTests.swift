import GatewayCore
import TestSupport
import Testing

@testable import PoderoSimulator

/// Goal: whatever the library can do can be done over HTTP, from this machine only.
/// Method: control requests to the core, their effect seen through the API.
@Suite struct ControlTests {
  @Test(arguments: ["10.0.0.1", "::2", "192.168.1.127"])
  func `other machines are turned away`(peer: String) {
    #expect(Bench().send(.get, "/control/stats", peer: peer)?.status == 403)
  }

  @Test(arguments: ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
  func `this machine is let in`(peer: String) {
    #expect(Bench().send(.get, "/control/stats", peer: peer)?.status == 200)
  }

  @Test func `statistics count requests, answers, tokens and updates`() {
    let bench = Bench()
    #expect(bench.get(Bench.list)?.status == 200)
    #expect(bench.put("{}")?.status == 200)
    #expect(bench.put("[]")?.status == 422)
    var updates = JSONObject()
    updates[Bench.heatPump.description] = 2
    let stats = bench.send(.get, "/control/stats")?.json
    #expect(stats?["requests"]?["token"] == 3)
    #expect(stats?["requests"]?["list"] == 1)
    #expect(stats?["requests"]?["update"] == 2)
    #expect(stats?["statuses"] == ["200": 5, "422": 1])
    #expect(stats?["tokens_issued"] == 3)
    #expect(stats?["concurrent_peak"] == 1)
    #expect(stats?["in_flight"] == 0)
    #expect(stats?["updates"] == .object(updates))
  }

  @Test func `concurrent requests are counted, also for one heat pump`() {
    var counters = Counters()
    let (first, second) = (
      Exchange(call: .update, heatPump: 1), Exchange(call: .update, heatPump: 2)
    )
    for exchange in [first, second, first] { counters.begin(exchange) }
    counters.end(first)
    counters.begin(second)
    #expect(counters.peak == 3)
    #expect(counters.peakPerHeatPump == 2)
    #expect(counters.inFlight == 3)
    counters.clear()
    #expect(counters.peak == 3)
    for exchange in [first, second, second] { counters.end(exchange) }
    #expect(counters.inFlight == 0)
  }

  @Test func `updates can be read by heat pump and from a sequence number`() {
    let bench = Bench()
    for index in 1...3 { #expect(bench.put("{\"comment\":\"\(index)\"}")?.status == 200) }
    let target = "/control/updates?heat_pump=\(Bench.heatPump)&after=1"
    let updates = bench.send(.get, target)?.json?.array
    #expect(updates?.map { $0["body"] } == [#"{"comment":"2"}"#, #"{"comment":"3"}"#])
    #expect(updates?.first?["applied"] == true)
    #expect(bench.send(.get, "/control/updates?heat_pump=x")?.status == 400)
  }

  @Test func `a journal that is asked for says what each answer showed`() {
    let bench = Bench()
    _ = bench.get(Bench.list)
    #expect(bench.send(.get, "/control/calls")?.json == [])
    let change = #"{"journal_fields":["comment","action_needed"]}"#
    #expect(bench.send(.post, "/control/settings", body: change)?.status == 200)
    _ = bench.get(Bench.list)
    _ = bench.put(#"{"comment":"here"}"#)
    _ = bench.put(#"{"comment":7}"#)
    _ = bench.get(Bench.detail)
    _ = bench.get("\(Bench.base)/\(PoderoSimulator.userID(99))/heat-pumps")
    let calls = bench.core.calls(after: 0).filter { $0.call != .token }
    #expect(calls.map(\.call) == [.list, .update, .update, .detail, .list])
    #expect(calls.map(\.status) == [200, 200, 422, 200, 404])
    #expect(calls.map(\.shown.count) == [2, 1, 0, 1, 0])
    #expect(calls.map { $0.shown.first?.values.first }.dropFirst() == ["here", nil, "here", nil])
    #expect(calls[0].user == Bench.user && calls[0].heatPump == nil)
    #expect(calls[3].heatPump == Bench.heatPump)
    let last = bench.send(.get, "/control/calls?after=\(calls[3].sequence)")?.json?.array
    #expect(last?.last?["status"] == 404)
  }

  @Test func `settings can be read and changed`() {
    let bench = Bench()
    let change = #"{"put_mode":"defaults","decimals":"strings","token_lifetime_seconds":5}"#
    let answer = bench.send(.post, "/control/settings", body: change)?.json
    #expect(answer?["put_mode"] == "defaults")
    #expect(bench.send(.get, "/control/settings")?.json == answer)
    #expect(bench.requestToken()?.json?["expires_in"] == 5)
    #expect(bench.put("{}")?.json?["is_away_mode_enabled"] == true)
    let secrets = #"{"client_secrets":["bench-secret","next"],"omit_expires_in":true}"#
    let changed = bench.send(.post, "/control/settings", body: secrets)
    #expect(changed?.json?["client_secrets"] == nil)
    #expect(bench.requestToken()?.json?["expires_in"] == nil)
  }

  @Test(arguments: [
    #"{"put_mode":"full"}"#, #"{"colour":"blue"}"#, "[]", #"{"time_factor":-1}"#,
    #"{"client_secrets":[]}"#, #"{"token_lifetime_seconds":0}"#,
    #"{"journal_fields":["colour"]}"#, #"{"journal_fields":"comment"}"#,
  ])
  func `a setting that makes no sense is refused`(body: String) {
    #expect(Bench().send(.post, "/control/settings", body: body)?.status == 400)
  }

  @Test func `time can be moved in either notation`() {
    let bench = Bench()
    let first = bench.send(.post, "/control/advance", body: #"{"seconds":60}"#)
    #expect(first?.json?["simulated_time"] == "2026-11-24T10:01:00Z")
    let second = bench.send(.post, "/control/advance", body: #"{"duration":"PT1H"}"#)
    #expect(second?.json?["simulated_time"] == "2026-11-24T11:01:00Z")
    #expect(bench.send(.post, "/control/advance", body: #"{"duration":"soon"}"#)?.status == 400)
  }

  @Test func `the inner state tells what answers do not show yet`() {
    let bench = Bench()
    let target = "/control/heat-pumps/\(Bench.heatPump)"
    #expect(bench.put(#"{"is_space_heating_enabled":false}"#)?.status == 200)
    _ = bench.core.advance(by: .seconds(86400))
    let inner = bench.send(.get, target)?.json
    #expect(inner?["heat_pump"]?["is_space_heating_enabled"] == false)
    #expect(inner?["physical"]?["indoor_temperature"]?.number ?? 99 < 18)
    #expect(inner?["next_refresh_at"]?.timestamp ?? bench.clock.wall > bench.clock.wall)
    #expect(bench.send(.get, "/control/heat-pumps/x")?.status == 400)
    #expect(bench.send(.post, target, body: #"{"colour":1}"#)?.status == 400)
  }

  @Test func `a reset brings everything back`() {
    let bench = Bench()
    #expect(bench.put(#"{"comment":"x"}"#)?.status == 200)
    _ = bench.core.add(SimulatorFault(.htmlPage(502)))
    bench.core.changeSettings { $0.putMode = .defaults }
    #expect(bench.send(.post, "/control/reset")?.status == 200)
    #expect(bench.get(Bench.detail)?.json?["comment"] == "Plant room 1")
    #expect(bench.core.updates(of: nil, after: 0).isEmpty)
    #expect(bench.core.settingsJSON["put_mode"] == "sparse")
    #expect(bench.core.statistics["requests"]?["update"] == 0)
  }

  @Test func `the estate and the list of calls can be asked for`() {
    let bench = Bench()
    let estate = bench.send(.get, "/control/estate")?.json
    #expect(estate?.at(pointer: "/users/0/heat_pumps/0") == .id(Bench.heatPump))
    #expect(bench.send(.get, "/control/")?.json?["calls"]?.array?.count == 10)
    #expect(bench.send(.put, "/control/stats")?.status == 405)
    #expect(bench.send(.delete, "/control/tokens")?.status == 200)
  }
}
