import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: the rule that is found by an event's values is the one that going through all would find.
/// Method: seeded chance over few pointers and values, so that rules meet; a failure names its seed.
@Suite struct EventRulesTests {
  private let values: [JSONValue] = [
    5, 7, "5", "5.0", "hot", "true", true, false, nil, [5], .number(ExactDecimal("5.0") ?? 0),
  ]
  private let pointers = ["/a", "/b", "/c"]

  private func test(_ random: inout SeededRandom) -> RuleCondition.Test {
    let value = values.randomElement(using: &random) ?? nil
    switch Int.random(in: 0..<9, using: &random) {
    case 0...3: return .equals(value)
    case 4, 5:
      return .isIn(
        (0...Int.random(in: 0...2, using: &random)).map { _ in
          values.randomElement(using: &random) ?? nil
        })
    case 6: return .notEquals(value)
    case 7: return .greater(4)
    default: return .exists(Bool.random(using: &random))
    }
  }

  private func rules(_ random: inout SeededRandom) -> [EventRule] {
    (0..<Int.random(in: 0...12, using: &random)).map { number in
      let conditions = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        RuleCondition(
          pointer: pointers.randomElement(using: &random) ?? "", test: test(&random))
      }
      return EventRule(
        name: "r\(number)", conditions: conditions, action: .command(.resume, with: [:]))
    }
  }

  @Test func `an event meets the first rule whose conditions hold`() {
    var met = 0
    for seed in 0..<3000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let rules = rules(&random)
      let sorted = EventRules(rules)
      var object = JSONObject()
      for pointer in pointers where Int.random(in: 0..<5, using: &random) > 0 {
        object[String(pointer.dropFirst())] = values.randomElement(using: &random)
      }
      for format in EventBody.Format.allCases {
        let event = EventBody(.object(object), format: format)
        let first = rules.first { $0.matches(event) }
        #expect(sorted.first(for: event) == first, "seed \(seed), \(format)")
        met += first == nil ? 0 : 1
      }
    }
    #expect(met > 1000)
  }

  @Test func `a rule is hidden by the first that takes all of its events`() {
    var hidden = 0
    for seed in 0..<3000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let rules = rules(&random)
      let sorted = EventRules(rules)
      for place in rules.indices {
        let first = rules[..<place].firstIndex { $0.hides(rules[place]) }
        #expect(sorted.firstHiding(place) == first, "seed \(seed), place \(place)")
        hidden += first == nil ? 0 : 1
      }
    }
    #expect(hidden > 1000)
  }
}
