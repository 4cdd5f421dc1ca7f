import GatewayCore
import HeatPumps
import Testing

/// Goal: an operator learns which rule decides about each value, and it is the one that does.
/// Method: patches and rules of which each refuses for one reason; the verdict is held against
/// the validation's.
@Suite struct PatchDecisionTests {
  private let now = Timestamp(microseconds: 1_700_000_000_000_000)
  private let policy = WriteRules(
    mayWrite: true, mayAdmin: false,
    fieldPolicy: [
      "/hot_water/standard_temperature": FieldBounds(minimum: 40, maximum: 55),
      "/space_heating/maximum_temperature": FieldBounds(),
    ],
    guardRails: ["/space_heating/maximum_temperature": FieldBounds(minimum: 5, maximum: 30)])

  private func explain(_ text: String, _ rules: WriteRules) throws -> [String] {
    let body = try JSONValue(parsing: Array(text.utf8))
    let decisions = HeatPumpPatch.explain(body, rules: rules, now: now)
    let isAllowed = (try? HeatPumpPatch.validate(body, rules: rules, now: now)) != nil
    #expect(decisions.allSatisfy(\.isAllowed) == isAllowed)
    return decisions.map { "\($0.isAllowed ? "+" : "-") \($0.rule.rawValue) \($0.pointer)" }
  }

  @Test(arguments: [
    (
      #"{"hot_water":{"standard_temperature":50}}"#, ["+ may_write /hot_water/standard_temperature"]
    ),
    (
      #"{"hot_water":{"standard_temperature":60}}"#, ["- may_write /hot_water/standard_temperature"]
    ),
    (
      #"{"space_heating":{"maximum_temperature":20}}"#,
      ["+ guard_rails /space_heating/maximum_temperature"]
    ),
    (
      #"{"space_heating":{"maximum_temperature":31}}"#,
      ["- guard_rails /space_heating/maximum_temperature"]
    ),
    (#"{"pause":{"active":true}}"#, ["- may_write /pause/active"]),
    (#"{"comment":7}"#, ["- field /comment", "- may_write /comment"]),
    (#"{"nonsense":1}"#, ["- field /nonsense"]),
    (#"{"readings":{"power_w":1}}"#, ["- field /readings/power_w"]),
  ])
  func `the app's policy and the guard rails are named`(patch: String, expected: [String]) throws {
    #expect(try explain(patch, policy) == expected)
  }

  @Test func `without the scope nothing is allowed, whatever else is`() throws {
    let reader = WriteRules(mayWrite: false, mayAdmin: false)
    #expect(
      try explain(#"{"pause":{"active":true}}"#, reader) == ["- scope ", "- scope /pause/active"])
    let writer = WriteRules(mayWrite: true, mayAdmin: false)
    #expect(try explain(#"{"pause":{"active":true}}"#, writer) == ["+ scope /pause/active"])
  }
}
