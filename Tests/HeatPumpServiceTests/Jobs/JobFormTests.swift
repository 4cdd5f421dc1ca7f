import GatewayCore
import HeatPumps
import Testing

@testable import HeatPumpService

/// Goal: a job's request is read as it is meant, and all that is wrong is said at once.
/// Method: bodies, and what is made of them.
@Suite struct JobFormTests {
  private let now = Timestamp(rfc3339: "2026-11-24T12:00:00Z") ?? Timestamp(microseconds: 0)

  @Test func `a job says what, to which heat pumps, and how`() throws {
    let job = try read(
      #"""
      {"heat_pumps": ["smith-home", "\#(attic.id)"], "patch": {"pause": {"active": true}},
       "rate_per_second": 0.5, "ramp": "PT10M", "abort_above_percent": 20,
       "deadline": "2026-11-24T13:00:00Z", "revert_after": "PT1H"}
      """#)
    #expect(job.selection == .heatPumps([cellar, attic]))
    #expect(!job.isDryRun)
    #expect(job.order.patch.changedPointers == ["/pause/active"])
    #expect(job.order.ratePerSecond == 0.5)
    #expect(job.order.ramp == .seconds(600))
    #expect(job.order.abortAbovePercent == 20)
    #expect(job.order.deadline == now + .seconds(3600))
    #expect(job.order.revertAfter == .seconds(3600))
  }

  @Test func `what a job does not say has its usual value`() throws {
    let order = try read(#"{"all": true, "command": "resume"}"#).order
    #expect(order.ratePerSecond == 10)
    #expect(order.ramp == .zero)
    #expect(order.abortAbovePercent == nil)
    #expect(order.deadline == now + .seconds(86400))
    #expect(order.revertAfter == nil)
    #expect(order.patch.changedPointers == ["/pause/until", "/pause/active"])
  }

  @Test func `an order reads back as it was stored`() throws {
    var order = try read(
      #"""
      {"users": ["\#(jana)"], "command": "pause", "with": {"for": "PT2H"}, "ramp": "PT1M",
       "rate_per_second": 2.25, "abort_above_percent": 0, "revert_after": "P1D"}
      """#
    ).order
    order.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    #expect(JobOrder(stored: order.stored) == order)
    #expect(JobOrder(stored: Array("{}".utf8)) == nil)
  }

  @Test(arguments: [
    (#"{"patch": {"pause": {"active": true}}}"#, [" required"]),
    (#"{"all": true, "users": [], "patch": {"comment": "x"}}"#, [" contradiction"]),
    (#"{"all": false, "patch": {"comment": "x"}}"#, ["/all wrong_type"]),
    (#"{"all": true}"#, [" required"]),
    (#"{"all": true, "patch": {}}"#, ["/patch required"]),
    (#"{"all": true, "command": "dance"}"#, ["/command unknown_value"]),
    (#"{"all": true, "command": "pause", "with": {"for": "x"}}"#, ["/with/for invalid_duration"]),
    (#"{"all": true, "patch": {"comment": "x"}, "command": "resume"}"#, ["/command contradiction"]),
    (
      #"{"heat_pumps": ["smith-home", "nobody", 7], "command": "resume"}"#,
      ["/heat_pumps/1 not_found", "/heat_pumps/2 not_found"]
    ),
    (#"{"users": ["x"], "command": "resume"}"#, ["/users/0 not_found"]),
    (#"{"filter": {}, "command": "resume"}"#, ["/filter wrong_type"]),
    (
      #"{"filter": {"/no/such": 1, "/pause/active": {"near": 1}}, "command": "resume"}"#,
      ["/filter/~1no~1such unknown_field", "/filter/~1pause~1active wrong_type"]
    ),
    (
      #"""
      {"all": true, "command": "resume", "rate_per_second": 0, "ramp": "P9D", "deadline": "now",
       "abort_above_percent": 101, "revert_after": "PT0S", "dry_run": 1, "colour": "red"}
      """#,
      [
        "/colour unknown_field", "/rate_per_second out_of_range", "/ramp out_of_range",
        "/abort_above_percent out_of_range", "/deadline out_of_range",
        "/revert_after out_of_range", "/dry_run wrong_type",
      ]
    ),
  ])
  func `all that is wrong is said at once`(body: String, findings: [String]) throws {
    let fault = try #require(refusal(body))
    #expect(fault.type == .invalidJob)
    #expect(fault.errors.map { "\($0.pointer) \($0.code)" } == findings)
  }

  @Test func `a patch that the app may not write is forbidden, whatever else is wrong`() throws {
    let rules = WriteRules(mayWrite: true, mayAdmin: false)
    let fault = try #require(
      refusal(#"{"all": true, "patch": {"optimization": {"score": 1}}, "ramp": 1}"#, rules: rules))
    #expect(fault.type == .forbidden)
    #expect(fault.errors.map(\.pointer) == ["/patch/optimization/score", "/ramp"])
  }

  @Test func `fields of personal data choose nothing for who may not see them`() throws {
    let body = #"{"filter": {"/comment": "x"}, "command": "resume"}"#
    #expect(try read(body).isDryRun == false)
    #expect(refusal(body, seesPersonalData: false)?.errors.first?.code == "unknown_field")
  }

  @Test(arguments: [
    (#"{"/pause/active": false}"#, true), (#"{"/pause/active": true}"#, false),
    (#"{"/space_heating/minimum_temperature": {"less": 20}}"#, true),
    (#"{"/space_heating/minimum_temperature": {"greater": 20}}"#, false),
    (#"{"/optimization/level": {"in": ["low", "mid"]}}"#, true),
    (#"{"/optimization/level": {"not_equals": "mid"}}"#, false),
    (#"{"/pool_heating/enabled": {"exists": false}}"#, true),
    (#"{"/pause/active": false, "/optimization/level": "max"}"#, false),
  ])
  func `a filter chooses by what a heat pump shows`(filter: String, admits: Bool) throws {
    let document = try HeatPumpDocument(
      parsing: Array(
        #"""
        {"id": "\#(cellar.id)", "is_pause_power_active": false, "optimization_level": "Mid",
         "minimum_temperature_limit": "19.5"}
        """#.utf8))
    let (read, findings) = HeatPumpFilter.read(
      try JSONValue(parsing: Array(filter.utf8)), at: "/filter", seesPersonalData: true)
    #expect(findings == [])
    #expect(read.admits(document) == admits)
  }

  // MARK: Reading

  private func read(
    _ json: String, rules: WriteRules = .unrestricted, seesPersonalData: Bool = true
  ) throws -> JobForm.Result {
    let form = JobForm(rules: rules, seesPersonalData: seesPersonalData, now: now) { reference in
      ["smith-home": cellar, attic.id.description: attic][reference]
    }
    return try form.read(try JSONValue(parsing: Array(json.utf8)))
  }

  private func refusal(
    _ json: String, rules: WriteRules = .unrestricted, seesPersonalData: Bool = true
  ) -> GatewayFault? {
    do {
      _ = try read(json, rules: rules, seesPersonalData: seesPersonalData)
      return nil
    } catch {
      return error as? GatewayFault
    }
  }
}
