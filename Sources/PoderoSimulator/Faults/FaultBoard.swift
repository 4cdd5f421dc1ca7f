import GatewayCore

/// The faults that are set, and how often each may still happen.
struct FaultBoard: Sendable {
  private struct Entry: Sendable {
    let id: Int
    let fault: SimulatorFault
    var remaining: Int?
    var chance: SplitMix64
  }

  private var entries: [Entry] = []
  private var nextID = 1
  /// How many times a fault has happened.
  private(set) var fired = 0

  /// Sets a fault beside the others.
  ///
  /// - Returns: its number, by which it can be cleared.
  mutating func add(_ fault: SimulatorFault) -> Int {
    defer { nextID += 1 }
    entries.append(
      Entry(
        id: nextID, fault: fault, remaining: fault.count, chance: SplitMix64(seed: fault.seed)))
    return nextID
  }

  /// Clears one fault.
  ///
  /// - Returns: whether it was set.
  mutating func remove(_ id: Int) -> Bool {
    let count = entries.count
    entries.removeAll { $0.id == id }
    return entries.count < count
  }

  /// Clears all faults.
  mutating func removeAll() { entries.removeAll() }

  /// Whether a connection could have to be reset before its request is read.
  var hasEarlyReset: Bool { entries.contains { $0.fault.kind == .resetBeforeRead } }

  /// Takes the early reset that meets this request, if there is one.
  mutating func takeEarlyReset(_ call: SimulatedCall, _ heatPump: ResourceID?) -> Bool {
    !take(call, heatPump, isEarly: true).isEmpty
  }

  /// Takes all other faults that meet this request, in the order in which they were set.
  mutating func take(_ call: SimulatedCall, _ heatPump: ResourceID?) -> [SimulatorFault.Kind] {
    take(call, heatPump, isEarly: false)
  }

  /// What is set, for people.
  var json: JSONValue {
    .array(
      entries.map { entry in
        [
          "id": .number(ExactDecimal(entry.id)),
          "kind": .string(String(describing: entry.fault.kind)),
          "call": .string(entry.fault.call?.rawValue ?? "any"),
          "heat_pump": entry.fault.heatPump.map { .id($0) } ?? .null,
          "remaining": entry.remaining.map { .number(ExactDecimal($0)) } ?? .null,
        ]
      })
  }

  private mutating func take(
    _ call: SimulatedCall, _ heatPump: ResourceID?, isEarly: Bool
  ) -> [SimulatorFault.Kind] {
    var kinds: [SimulatorFault.Kind] = []
    for index in entries.indices {
      let fault = entries[index].fault
      guard (fault.kind == .resetBeforeRead) == isEarly, fault.call == nil || fault.call == call,
        fault.heatPump == nil || fault.heatPump == heatPump, entries[index].remaining != 0
      else { continue }
      if fault.probability < 1, entries[index].chance.fraction() >= fault.probability { continue }
      entries[index].remaining = entries[index].remaining.map { $0 - 1 }
      kinds.append(fault.kind)
    }
    if !kinds.isEmpty {
      fired += kinds.count
      entries.removeAll { $0.remaining == 0 }
    }
    return kinds
  }
}
