import GatewayCore

/// Holds against each other what the upstream showed, what the log tells of it, and what came to
/// those who listen: pure.
struct EventChaosReckoning: Sendable {
  /// A heat pump as an answer showed it.
  struct Look: Sendable {
    let at: Timestamp
    let heatPump: ResourceID
    /// Whether it came in answer to a poll, and not to a write.
    let isPoll: Bool
    /// In tenths.
    let values: [EventChaosField: Int]
  }

  /// An event as the feed tells it.
  struct Told: Sendable {
    struct Change: Sendable {
      let field: EventChaosField
      let from: Int?
      let to: Int?
    }

    var sequence: Int
    var id: String
    var type: String
    var cause: String?
    var heatPump: ResourceID?
    var at: Timestamp
    var changes: [Change]
  }

  /// A gateway's time, from the moment that it listened to its kill.
  struct Life: Sendable {
    let from: Timestamp
    let to: Timestamp
  }

  /// All answers in their order.
  var looks: [Look]
  /// What every heat pump was told to be at first.
  var before: [ResourceID: [EventChaosField: Int]]
  /// All events in the order in which the feed gave them.
  var told: [Told]
  /// The numbers of the events that came over the stream, in their order.
  var streamed: [Int]
  /// The ids of the events that came to the good receiver, and were genuine.
  var delivered: Set<String>
  var lives: [Life]
  /// How long an answer may take to become an event.
  var digestion: Duration

  /// What is wrong, in words; empty if all is well.
  var findings: [String] {
    orderFindings + streamFindings + deliveryFindings + changeFindings
  }

  private var orderFindings: [String] {
    let steps = zip(told, told.dropFirst()).filter { $0.sequence >= $1.sequence }
      .map { "event \($1.sequence) comes behind \($0.sequence)" }
    let ids = Dictionary(grouping: told, by: \.id).filter { $0.value.count > 1 }
      .map { "id \($0.key) is that of \($0.value.count) events" }
    return steps + ids
  }

  private var streamFindings: [String] {
    let numbers = told.map(\.sequence)
    guard numbers != streamed else { return [] }
    let missing = Set(numbers).subtracting(streamed).sorted().map { "the stream left out \($0)" }
    let more = Set(streamed).subtracting(numbers).sorted().map { "the stream made \($0) up" }
    let differences = missing + more
    return differences.isEmpty
      ? ["the stream repeats events, or has them in disorder"] : differences
  }

  private var deliveryFindings: [String] {
    let ids = Set(told.map(\.id))
    return ids.subtracting(delivered).sorted().map { "event \($0) was never delivered" }
      + delivered.subtracting(ids).sorted().map { "event \($0) was delivered and never told" }
  }

  // MARK: Changes

  private struct Place: Hashable {
    let heatPump: ResourceID
    let field: EventChaosField
  }

  private typealias Event = (told: Told, change: Told.Change)

  private var changeFindings: [String] {
    let looks = Dictionary(grouping: looks, by: \.heatPump)
    var events: [Place: [Event]] = [:]
    for told in told where !told.type.contains(".write_") {
      guard let heatPump = told.heatPump else { continue }
      for change in told.changes {
        events[Place(heatPump: heatPump, field: change.field), default: []].append((told, change))
      }
    }
    let known = Set(before.keys)
    let strangers = Set(events.keys.map(\.heatPump)).subtracting(known)
      .map { "an event of \($0), which nobody changes" }
    return strangers
      + known.sorted().flatMap { heatPump in
        EventChaosField.allCases.flatMap { field in
          let place = Place(heatPump: heatPump, field: field)
          return findings(place, events[place] ?? [], looks[heatPump] ?? [])
        }
      }
  }

  private func findings(_ place: Place, _ events: [Event], _ looks: [Look]) -> [String] {
    let name = "\(place.field.rawValue) of \(place.heatPump)"
    var findings: [String] = []
    var known = before[place.heatPump]?[place.field]
    var rest = looks[...]
    for (told, change) in events {
      if change.from != known {
        findings.append(
          "event \(told.sequence) changes \(name) from \(words(change.from)), not \(words(known))")
      }
      if told.cause != place.field.cause {
        findings.append(
          "event \(told.sequence) about \(name) is the doing of \(told.cause ?? "nobody"), "
            + "not of \(place.field.cause)")
      }
      let shown = rest.firstIndex { $0.values[place.field] == change.to }
      if let shown, rest[shown].at <= told.at {
        rest = rest[shown...]
      } else {
        findings.append(
          "event \(told.sequence) tells \(words(change.to)) of \(name), as no answer had shown")
      }
      known = change.to
    }
    let toldValues = Set(events.map(\.change.to) + [before[place.heatPump]?[place.field]])
    let missed = looks.filter { isSure($0, among: looks) }.compactMap { $0.values[place.field] }
      .filter { !toldValues.contains($0) }
    return findings + Set(missed).sorted().map { "nobody was told \(words($0)) of \(name)" }
  }

  // Whether a poll's answer was looked at: one that came right before a kill may have gone with the
  // gateway, and one that overlaps a write may be older than the write's own answer.
  private func isSure(_ look: Look, among looks: [Look]) -> Bool {
    guard look.isPoll else { return false }
    let isInLife = lives.contains {
      $0.from + digestion <= look.at && look.at + digestion <= $0.to
    }
    return isInLife
      && !looks.contains {
        !$0.isPoll && abs(($0.at - look.at).seconds) < digestion.seconds
      }
  }

  private func words(_ value: Int?) -> String {
    value.map { "\(Double($0) / 10)" } ?? "nothing"
  }
}
