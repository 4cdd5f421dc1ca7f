import GatewayCore
import HeatPumps
import Testing

@testable import Webhooks

/// Goal: an event is applied to a heat pump that its hook may touch, or the reason is kept.
/// Method: decisions on bodies as values, with a directory of two heat pumps.
@Suite struct DecisionTests {
  private let hot = EventRule(
    name: "hot", conditions: [RuleCondition(pointer: "/event", test: .equals("hot"))],
    action: .patch([
      RuleAssignment(
        pointer: "/hot_water/standard_temperature", value: .pointer("/value", default: nil))
    ]))
  private var anything: EventRule {
    var rule = EventRule(name: "anything", conditions: [], action: .command(.resume, with: [:]))
    rule.validFor = .seconds(60)
    return rule
  }

  private func decide(
    _ body: JSONValue, format: EventBody.Format = .json,
    heatPumps: Hook.AllowedHeatPumps = .only([smithPump]),
    target: Hook.Target = .heatPump(smithPump), rules: [EventRule]
  ) -> HookDecision {
    hook(openDoor, heatPumps: heatPumps, target: target, rules: rules).decide(
      body, format: format, acceptedAt: signingTime,
      resolve: { name in
        switch name {
        case "smith-home", smithPump.description: smithPump
        case "jones-home", jonesPump.description: jonesPump
        default: nil
        }
      }, rules: .hook(guardRails: [:]))
  }

  @Test func `the first rule whose conditions hold counts`() throws {
    let rules = [hot, anything]
    let patch = try HeatPumpPatch.validate(
      ["hot_water": ["standard_temperature": 50]], rules: .unrestricted, now: signingTime)
    #expect(
      decide(["event": "hot", "value": 50], rules: rules)
        == .apply(rule: "hot", heatPump: smithPump, patch: patch, validFor: .seconds(600)))
    guard case .apply("anything", smithPump, _, .seconds(60)) = decide([:], rules: rules) else {
      Issue.record("the second rule holds always")
      return
    }
    #expect(decide(["event": "cold"], rules: [hot]) == .ignored)
    #expect(decide([:], rules: []) == .ignored)
  }

  @Test func `an event without a rule is ignored, whatever heat pump it names`() {
    #expect(decide(["device": 5], target: .pointer("/device"), rules: [hot]) == .ignored)
  }

  @Test func `a form's text becomes a number where one is needed`() {
    let body: JSONValue = ["event": "hot", "value": "50"]
    guard case .apply = decide(body, format: .form, rules: [hot]) else {
      Issue.record("a form has no numbers of its own")
      return
    }
    #expect(
      decide(body, rules: [hot])
        == .dead(
          rule: "hot", heatPump: smithPump,
          reason: "/hot_water/standard_temperature (taken from /value) must be a number"))
  }

  @Test(arguments: [
    ("smith-home", smithPump), (smithPump.description, smithPump),
  ])
  func `the event names its heat pump by alias or id`(name: String, id: ResourceID) {
    let decision = decide(
      ["device": .string(name)], target: .pointer("/device"), rules: [anything])
    guard case .apply(_, id, _, _) = decision else {
      Issue.record("\(decision)")
      return
    }
  }

  @Test(
    arguments: [
      (["device": "jones-home"], "among those"), (["device": "nobody"], "is not known"),
      (["device": 5], "not named by text"), (["device": nil], "not named by text"),
      ([:], "names no heat pump at /device"), (["device": ""], "is not known"),
    ] as [(JSONValue, String)])
  func `a heat pump out of reach is a dead letter that does not repeat its name`(
    body: JSONValue, words: String
  ) {
    let decision = decide(body, target: .pointer("/device"), rules: [anything])
    guard case .dead("anything", nil, let reason) = decision else {
      Issue.record("\(decision)")
      return
    }
    #expect(reason.contains(words) && reason.contains("/device"), "\(reason)")
    #expect(!reason.contains("jones") && !reason.contains("nobody"))
  }

  @Test func `a star allows all that are known, and no more`() {
    let jones = decide(
      ["device": "jones-home"], heatPumps: .all, target: .pointer("/device"), rules: [anything])
    guard case .apply(_, jonesPump, _, _) = jones else {
      Issue.record("\(jones)")
      return
    }
    let unknown = decide(
      [:], heatPumps: .all, target: .heatPump(ResourceID(high: 9, low: 9)), rules: [anything])
    #expect(
      unknown
        == .dead(
          rule: "anything", heatPump: nil, reason: "the hook's own heat pump is not known"))
  }
}
