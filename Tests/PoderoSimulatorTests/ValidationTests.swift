import GatewayCore
import Testing

@testable import PoderoSimulator

/// Goal: wrong updates are refused in the upstream's own words, all problems at once.
/// Method: bodies with one fault each, then several, through the whole update call.
@Suite struct ValidationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let body: String
    let type: String
    var testDescription: String { "\(type) for \(body.prefix(60))" }
  }

  private static let longText = String(repeating: "ä", count: 301)

  static let cases: [Case] = [
    Case(body: #"{"comment":"\#(longText)"}"#, type: "string_too_long"),
    Case(body: #"{"comment":7}"#, type: "string_type"),
    Case(body: #"{"optimization_level":"Exceptional"}"#, type: "string_too_long"),
    Case(body: #"{"lifecycle_state":null}"#, type: "string_type"),
    Case(body: #"{"price_zone":"XX"}"#, type: "enum"),
    Case(body: #"{"price_zone":null}"#, type: "enum"),
    Case(body: #"{"is_pause_power_active":null}"#, type: "bool_type"),
    Case(body: #"{"is_pause_power_active":"maybe"}"#, type: "bool_parsing"),
    Case(body: #"{"is_space_heating_enabled":2}"#, type: "bool_parsing"),
    Case(body: #"{"is_space_heating_enabled":[]}"#, type: "bool_type"),
    Case(body: #"{"away_mode_start":"soon"}"#, type: "datetime_from_date_parsing"),
    Case(body: #"{"away_mode_start":true}"#, type: "datetime_type"),
    Case(body: #"{"building_id":"x"}"#, type: "uuid_parsing"),
    Case(body: #"{"building_id":5}"#, type: "uuid_type"),
    Case(body: #"{"optimization_score":"high"}"#, type: "float_parsing"),
    Case(body: #"{"optimization_score":{}}"#, type: "float_type"),
    Case(body: #"{"maximum_temperature_limit":"warm"}"#, type: "decimal_parsing"),
    Case(body: #"{"maximum_temperature_limit":false}"#, type: "decimal_type"),
    Case(body: #"{"device_model":null}"#, type: "model_attributes_type"),
    Case(body: #"{"device_model":{"year":"x"}}"#, type: "int_parsing"),
    Case(body: #"{"device_model":{"year":1.5}}"#, type: "int_from_float"),
    Case(body: "[]", type: "model_attributes_type"),
    Case(body: "", type: "missing"),
  ]

  @Test(arguments: cases)
  func `a wrong body is refused with the upstream's type`(wrong: Case) {
    let answer = Bench().put(wrong.body)
    #expect(answer?.status == 422)
    #expect(answer?.json?.at(pointer: "/detail/0/type") == .string(wrong.type))
  }

  @Test(arguments: [
    #"{"is_pause_power_active":"on"}"#, #"{"is_trading_enabled":1}"#,
    #"{"is_space_heating_enabled":null}"#, #"{"away_mode_end":1764000000}"#,
    #"{"comment":"\#(String(repeating: "ä", count: 300))"}"#,
    #"{"device_model":{"year":null}}"#, #"{"deleted_at":null,"nobody_knows":{"a":[1]}}"#,
  ])
  func `what the upstream reads leniently is taken`(body: String) {
    #expect(Bench().put(body)?.status == 200)
  }

  @Test func `several problems come at once, and nothing is applied`() {
    let bench = Bench()
    let body =
      #"{"comment":1,"price_zone":"X","is_trading_enabled":false,"device_model":{"year":[]}}"#
    let answer = bench.put(body)?.json
    let locations = answer?["detail"]?.array?.map { $0["loc"]?.array?.last?.string }
    #expect(locations == ["year", "price_zone", "comment"])
    #expect(answer?.at(pointer: "/detail/0/loc") == ["body", "data", "device_model", "year"])
    #expect(bench.get(Bench.detail)?.json?["is_trading_enabled"] == true)
  }

  @Test func `a text that is too long is told with its limit`() {
    let answer = Bench().put(#"{"heating_policy_name":"\#(Self.longText)"}"#)?.json
    #expect(
      answer?.at(pointer: "/detail/0") == [
        "type": "string_too_long", "loc": ["body", "data", "heating_policy_name"],
        "msg": "String should have at most 100 characters", "ctx": ["max_length": 100],
      ])
  }

  @Test func `a chunked body is as good as none`() {
    let bench = Bench()
    let answer = bench.put(#"{"comment":"x"}"#, [("Transfer-Encoding", "chunked")])
    #expect(answer?.status == 422)
    #expect(
      answer?.json == [
        "detail": [["type": "missing", "loc": ["body", "data"], "msg": "Field required"]]
      ])
    #expect(bench.core.updates(of: nil, after: 0).first?.text == #"{"comment":"x"}"#)
  }

  @Test func `what is not JSON is a plain 400`() {
    let answer = Bench().put("{not json")
    #expect(answer?.status == 400)
    #expect(answer?.json == ["detail": "Cannot parse request body"])
  }
}
