import GatewayCore
import HeatPumps
import Storage

/// Holds against each other what sources were told of their events, what the gateway has stored,
/// what it says of it, and what the upstream has seen: pure.
struct HookChaosReckoning: Sendable {
  /// The events that may have been sent, by their numbers.
  var events: [Int: HookChaosEvent]
  /// What was told of those that were sent.
  var entries: [Int: HookChaosLedger.Entry]
  /// All stored events, in any order.
  var stored: [StoredHookEvent]
  /// The state of each event as the gateway told it in the end.
  var told: [ResourceID: String]
  /// The states of some as it told them on the way.
  var toldBefore: [ResourceID: Set<String>]
  /// All heat pumps' operations and updates.
  var operations: ChaosReckoning

  init(
    events: [Int: HookChaosEvent], entries: [Int: HookChaosLedger.Entry],
    stored: [StoredHookEvent], told: [ResourceID: String],
    toldBefore: [ResourceID: Set<String>], operations: ChaosReckoning
  ) {
    self.events = events
    self.entries = entries
    self.stored = stored
    self.told = told
    self.toldBefore = toldBefore
    self.operations = operations
    let acknowledged = Set(entries.values.flatMap(\.ids))
    self.operations.acknowledged = Set(
      stored.filter { acknowledged.contains($0.id) }.compactMap { $0.operation?.request.id })
  }

  /// What is wrong, in words; empty if all is well.
  var findings: [String] {
    promises + copies + statements + changes + outcomes + strays + order + delays
      + operations.findings
  }

  /// How many events each state has.
  var outcomeCounts: [String: Int] {
    stored.reduce(into: [:]) { $0[$1.state.rawValue, default: 0] += 1 }
  }

  /// How many acknowledgements were of an event that had been acknowledged before.
  var repeats: Int { entries.values.map { max(0, $0.ids.count - 1) }.reduce(0, +) }

  /// How many events were acknowledged.
  var acknowledgedCount: Int { entries.values.count { !$0.ids.isEmpty } }

  private func number(_ event: StoredHookEvent) -> Int? { HookChaosEvent.number(in: event.body) }

  // What was acknowledged is there, under the one id that every answer named.
  private var promises: [String] {
    let ids = Set(stored.map(\.id))
    return entries.sorted { $0.key < $1.key }.flatMap { number, entry -> [String] in
      let named = Set(entry.ids)
      let lost = named.filter { !ids.contains($0) }
        .map { "event \(number) was acknowledged as \($0) and lost" }
      return lost
        + (named.count > 1 ? ["event \(number) was acknowledged under \(named.count) ids"] : [])
    }
  }

  // Each event is there once, and is what was sent.
  private var copies: [String] {
    var seen: Set<Int> = []
    return stored.compactMap { event in
      guard let number = number(event), let sent = events[number], entries[number] != nil else {
        return "event \(event.id) was stored, and never sent"
      }
      guard seen.insert(number).inserted else { return "event \(number) is stored twice" }
      guard event.hook == sent.source.rawValue else {
        return "event \(number) is stored for the hook \(event.hook)"
      }
      let named = entries[number].map { Set($0.ids) } ?? []
      if !named.isEmpty, !named.contains(event.id) {
        return "event \(number) is stored under an id that no answer named"
      }
      return nil
    }
  }

  // The gateway says of each event what is stored of it.
  private var statements: [String] {
    let states = Dictionary(
      stored.map { ($0.id, $0.state.rawValue) }, uniquingKeysWith: { first, _ in first })
    let unknown = told.keys.filter { states[$0] == nil }.map { "event \($0) is listed only" }
    return unknown
      + states.filter { told[$0.key] != $0.value }.map { id, state in
        "event \(id) is \(state), and listed as \(told[id] ?? "nothing")"
      }
  }

  // Whatever had an outcome keeps it. Only what was applied may be overtaken.
  private var changes: [String] {
    toldBefore.compactMap { id, states in
      let now = told[id] ?? "nothing"
      let allowed: Set = now == "merged" ? ["accepted", "applied", now] : ["accepted", now]
      let others = states.subtracting(allowed).sorted()
      return others.isEmpty ? nil : "event \(id) was \(others), and is \(now)"
    }
  }

  // Each has come to an end, and to one that events of its kind may have.
  private var outcomes: [String] {
    stored.compactMap { event in
      guard let number = number(event), let sent = events[number] else { return nil }
      let state = event.state.rawValue
      let name = "event \(number) (\(sent.kind.rawValue))"
      if event.state == .accepted { return "\(name) has no outcome" }
      let rule = sent.kind == .doorbell ? nil : sent.kind.rawValue
      guard event.rule == rule else { return "\(name) met the rule \(event.rule ?? "none")" }
      if sent.kind.outcomes.contains(state) { return nil }
      // The upstream's own word against it.
      if event.operation?.state == .rejected { return nil }
      return "\(name) is \(state): \(event.operation?.state.rawValue ?? "no operation"), "
        + "\(event.reason ?? "no reason"), sent \(event.operation?.attempts.count ?? 0) times"
    }
  }

  // Each operation is of one event, and no event has two.
  private var strays: [String] {
    let owners = Dictionary(
      stored.compactMap { event in event.operation.map { ($0.request.id, event) } },
      uniquingKeysWith: { first, _ in first })
    return operations.operations.compactMap { operation in
      guard let event = owners[operation.request.id] else {
        return "\(operation.name) is of no event"
      }
      guard operation.request.origin.kind == .hook,
        operation.request.origin.occasion == event.id.description,
        operation.request.origin.name == event.hook
      else { return "\(operation.name) does not name its event" }
      return nil
    }
  }

  // What was acknowledged before another was sent stands before it.
  private var order: [String] {
    let known = stored.compactMap { event -> (sequence: Int64, entry: HookChaosLedger.Entry)? in
      number(event).flatMap { entries[$0] }.map { (event.sequence, $0) }
    }.sorted { $0.sequence < $1.sequence }
    var findings: [String] = []
    var earliest: (at: MonotonicInstant, sequence: Int64)?
    for (sequence, entry) in known.reversed() {
      if let earliest, earliest.at < entry.firstSentAt {
        findings.append(
          "event at place \(earliest.sequence) was acknowledged before that at place \(sequence) "
            + "was sent")
      }
      if let at = entry.acknowledgedAt, earliest.map({ at < $0.at }) ?? true {
        earliest = (at, sequence)
      }
    }
    return findings
  }

  // Nothing goes upstream once its time is over.
  private var delays: [String] {
    operations.operations.compactMap { operation in
      let end = operation.request.expiresAt
      guard let late = operation.attempts.first(where: { $0.at > end }) else { return nil }
      return "\(operation.name) was sent \(late.at - operation.request.expiresAt) too late"
    }
  }
}
