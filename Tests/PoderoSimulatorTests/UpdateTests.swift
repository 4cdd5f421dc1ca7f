import GatewayCore
import TestSupport
import Testing

@testable import PoderoSimulator

/// Goal: updates store what they say, in both readings of the vendor's page.
/// Method: updates to the core, compared with the heat pump before and after.
@Suite struct UpdateTests {
  @Test func `a sparse update changes what it names and nothing else`() throws {
    let bench = Bench()
    let before = try #require(bench.put("{}")?.json?.object)
    let after = try #require(bench.put(#"{"price_zone":"SE_3","unknown":1}"#)?.json?.object)
    let changed = AnswerField.names.filter { before[$0] != after[$0] }
    #expect(changed == ["price_zone"])
    #expect(bench.get(Bench.detail)?.json?["price_zone"] == "SE_3")
  }

  @Test func `in the mode defaults, absent fields get the schema's defaults`() throws {
    let bench = Bench()
    #expect(bench.put(#"{"price_zone":"SE_3","comment":"x"}"#)?.status == 200)
    bench.core.changeSettings { $0.putMode = .defaults }
    let after = try #require(bench.put(#"{"lifecycle_error":"none"}"#)?.json)
    let expected: [String: JSONValue] = [
      "price_zone": "AT", "is_away_mode_enabled": true, "is_space_heating_enabled": false,
      "lifecycle_state": "authenticated", "actual_steering_state": "unknown",
      "optimization_level": "Mid", "comment": nil, "dhw_standard_temperature": nil,
      "lifecycle_error": "none", "building": nil,
    ]
    for (key, value) in expected { #expect(after[key] == value, "\(key)") }
    #expect(after["device_model"]?["manufacturer"] == "Nordwind")
  }

  @Test func `absent, null and a value are three things`() {
    let bench = Bench()
    #expect(bench.put(#"{"comment":null}"#)?.json?["comment"] == .some(.null))
    #expect(bench.put("{}")?.json?["comment"] == .some(.null))
    #expect(bench.put(#"{"comment":""}"#)?.json?["comment"] == "")
  }

  @Test func `two fields are written under one name and read under another`() {
    let bench = Bench()
    let id = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
    let answer = bench.put(
      """
      {"building_id":"\(id)","building":"ignored",
      "device_model":{"manufacturer":"M","cloud_service_id":"\(id)","cloud_service":"ignored"}}
      """)?.json
    #expect(answer?["building"] == .string(id))
    #expect(answer?["building_id"] == nil)
    #expect(answer?["device_model"]?["cloud_service"] == .string(id))
    #expect(answer?["device_model"]?["cloud_service_id"] == nil)
    #expect(answer?["device_model"]?["model"] == .some(.null))
    #expect(answer?["device_model"]?["cloud_service_signup_link"]?.string != nil)
  }

  @Test(arguments: [#"21.50"#, #""21.50""#])
  func `decimals keep their digits in either style`(written: String) throws {
    let bench = Bench()
    let body = #"{"dhw_standard_temperature":"# + written + "}"
    let numbers = try #require(bench.put(body))
    #expect(numbers.json?["dhw_standard_temperature"]?.number?.text == "21.50")
    bench.core.changeSettings { $0.decimals = .strings }
    let strings = bench.get(Bench.detail)?.json
    #expect(strings?["dhw_standard_temperature"] == "21.50")
    #expect(strings?["indoor_actual_temperature"]?.string != nil)
    #expect(strings?["optimization_score"]?.number != nil)
    #expect(strings?["min_solar_power_w"] == 2000)
  }

  @Test func `times are kept to the microsecond, in UTC`() {
    let answer = Bench().put(#"{"pause_power_until":"2026-12-01T12:00:00.123456+02:00"}"#)?.json
    #expect(answer?["pause_power_until"] == "2026-12-01T10:00:00.123456Z")
  }

  @Test func `the times of the last change are kept`() {
    let bench = Bench()
    bench.clock.advance(by: .seconds(10))
    let away = bench.put(#"{"is_away_mode_enabled":true}"#)?.json
    #expect(away?["updated_at"] == "2026-11-24T10:00:10Z")
    #expect(away?["away_mode_last_updated_at"] == "2026-11-24T10:00:10Z")
    #expect(away?["heating_policy_last_updated_at"] == "0001-01-01T00:00:00Z")
    bench.clock.advance(by: .seconds(10))
    let policy = bench.put(#"{"heating_policy_name":"eco","is_away_mode_enabled":true}"#)?.json
    #expect(policy?["heating_policy_last_updated_at"] == "2026-11-24T10:00:20Z")
    #expect(policy?["away_mode_last_updated_at"] == "2026-11-24T10:00:10Z")
  }

  @Test func `the journal keeps every body exactly, applied or not`() {
    let bench = Bench()
    let odd = "{ \"comment\" : \"ü\\u00e9\" , \"dhw_standard_temperature\": 21.50 }"
    #expect(bench.put(odd)?.status == 200)
    #expect(bench.put(#"{"comment":1}"#)?.status == 422)
    #expect(bench.send(.put, Bench.detail, body: "{}")?.status == 401)
    let updates = bench.core.updates(of: Bench.heatPump, after: 0)
    #expect(updates.map(\.sequence) == [1, 2, 3])
    #expect(updates.map(\.applied) == [true, false, false])
    #expect(updates.map(\.status) == [200, 422, 401])
    #expect(updates.first?.body == Array(odd.utf8))
    #expect(updates.first?.time.description == "2026-11-24T10:00:00Z")
    #expect(bench.core.updates(of: nil, after: 2).map(\.sequence) == [3])
    #expect(bench.core.updates(of: PoderoSimulator.heatPumpID(2), after: 0).isEmpty)
  }

  @Test func `the journal forgets the oldest first`() {
    let bench = Bench { $0.updateLimit = 3 }
    for index in 0..<10 { #expect(bench.put("{\"comment\":\"\(index)\"}")?.status == 200) }
    #expect(bench.core.updates(of: nil, after: 0).map(\.sequence) == [8, 9, 10])
  }
}
