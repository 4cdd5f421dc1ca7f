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
    var lists: [[Int]] = []
    for (pointer, places) in placesByValue {
      guard let value = event.value.at(pointer: pointer) else { continue }
      for reading in event.readings(of: value) {
        if let list = places[reading] { lists.append(list) }
      }
    }
    return first(of: lists, before: all.count) { $0.matches(event) }.map { all[$0] }
  }

  /// The place of the first rule before that place which takes every event away from the rule
  /// there; `nil` if there is none.
  public func firstHiding(_ place: Int) -> Int? {
    let later = all[place]
    // A test for certain values is implied only by one for some of the same.
    let lists = later.conditions.compactMap { condition in
      condition.test.candidates?.first.flatMap { placesByValue[condition.pointer]?[$0] }
    }
    return first(of: lists, before: place) { $0.hides(later) }
  }

  private func first(
    of lists: [[Int]], before end: Int, where holds: (EventRule) -> Bool
  ) -> Int? {
    var found = end
    for list in lists + [otherPlaces] {
      // Each list ascends.
      for place in list {
        if place >= found { break }
        if holds(all[place]) { found = place }
      }
    }
    return found < end ? found : nil
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
