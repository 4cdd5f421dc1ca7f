import GatewayCore

/// A hook's rules in their order, by the values that they ask for.
///
/// Most rules ask for a certain value somewhere, such as the event's name. By these values an
/// event finds the few rules that it can fulfil, so that it costs no more among ten thousand than
/// among ten.
public struct EventRules: Sendable, Equatable {
  /// The rules. The first whose conditions all hold counts.
  public let all: [EventRule]
  // By pointer and value: the places of the rules that ask for that value there. A rule stands here
  // with one of its conditions only.
  private var placesByValue: [String: [JSONValue: [Int]]] = [:]
  // The places of the rules that ask for no certain value.
  private var otherPlaces: [Int] = []

  /// Sorts the rules.
  public init(_ rules: [EventRule]) {
    all = rules
    var popularity: [Ask: Int] = [:]
    for ask in rules.lazy.flatMap(\.conditions).flatMap(Ask.asks) {
      popularity[ask, default: 0] += 1
    }
    for (place, rule) in rules.enumerated() {
      // What the fewest ask for leaves the fewest rules to look at.
      let asks = rule.conditions.map(Ask.asks).filter { !$0.isEmpty }.min { left, right in
        left.most(popularity) < right.most(popularity)
      }
      guard let asks else {
        otherPlaces.append(place)
        continue
      }
      for ask in Set(asks) {
        placesByValue[ask.pointer, default: [:]][ask.value, default: []].append(place)
      }
    }
  }

  /// The first rule whose conditions all hold for an event; `nil` if there is none.
  public func first(for event: EventBody) -> EventRule? {
    var found = all.count
    let matches = { (rule: EventRule) in rule.matches(event) }
    for (pointer, places) in placesByValue {
      guard let value = event.value.at(pointer: pointer) else { continue }
      for reading in event.readings(of: value) {
        if let list = places[reading] { found = first(of: list, before: found, where: matches) }
      }
    }
    found = first(of: otherPlaces, before: found, where: matches)
    return found < all.count ? all[found] : nil
  }

  /// The place of the first rule before that place which takes every event away from the rule
  /// there; `nil` if there is none.
  public func firstHiding(_ place: Int) -> Int? {
    let later = all[place]
    // A test for certain values is implied only by one for some of the same.
    let lists = later.conditions.compactMap { condition in
      condition.test.candidates?.first.flatMap { placesByValue[condition.pointer]?[$0] }
    }
    let found = (lists + [otherPlaces]).reduce(place) { found, list in
      first(of: list, before: found) { $0.hides(later) }
    }
    return found < place ? found : nil
  }

  // The first place in an ascending list whose rule is meant; `end` if there is none before that.
  private func first(
    of list: [Int], before end: Int, where isMeant: (EventRule) -> Bool
  ) -> Int {
    list.first { $0 >= end || isMeant(all[$0]) }.map { min($0, end) } ?? end
  }
}

/// A value that a condition asks for.
private struct Ask: Hashable {
  let pointer: String
  let value: JSONValue

  /// All that fulfil the condition; none if they cannot be listed.
  static func asks(_ condition: RuleCondition) -> [Ask] {
    (condition.test.candidates ?? []).map { Ask(pointer: condition.pointer, value: $0) }
  }
}

extension [Ask] {
  fileprivate func most(_ popularity: [Ask: Int]) -> Int {
    reduce(0) { Swift.max($0, popularity[$1] ?? 0) }
  }
}
