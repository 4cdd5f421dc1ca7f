import GatewayCore
import PoderoSimulator
import TestSupport

/// What happens to heat pumps in a chaos test: some are changed by others, some through the
/// gateway; round by round, as chance wants it.
final class EventChaosWeather: Sendable {
  private struct State: Sendable {
    /// How many values of a field a heat pump has had.
    var counts: [Int: [EventChaosField: Int]] = [:]
    /// The newest value of each field that others changed, in tenths.
    var present: [ResourceID: [EventChaosField: Int]] = [:]
    /// Written to in the last round, and to be observed in the next.
    var written: [Int] = []
    var rounds = 0
    var changes = 0
  }

  private let stage: EventChaosStage
  private let random: SeededRandom
  private let state = Locked(State())

  init(_ stage: EventChaosStage) {
    self.stage = stage
    random = SeededRandom(seed: stage.scale.seed)
  }

  /// How many rounds there were, and how many changes by others.
  var figures: (rounds: Int, changes: Int) { state.withLock { ($0.rounds, $0.changes) } }

  /// The newest values that others gave.
  var present: [ResourceID: [EventChaosField: Int]] { state.withLock { $0.present } }

  /// Round after round, until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      await round()
      await stage.pass(stage.scale.round)
    }
  }

  private func round() async {
    state.withLock { $0.rounds += 1 }
    for number in chosen(stage.scale.changes) { changeFromOutside(number) }
    let former = state.withLock { state in
      defer { state.written = [] }
      return state.written
    }
    // The device shows what it was told: that verifies the write.
    for number in former {
      var fields = JSONObject()
      fields["current_state_last_updated_at"] = .string(SystemClock().wall.description)
      stage.simulator.changeHeatPump(PoderoSimulator.heatPumpID(number), fields)
    }
    let written = chosen(stage.scale.writes)
    try? await stage.each(written) { [self] number in await write(number) }
    state.withLock { $0.written = written }
  }

  private func changeFromOutside(_ number: Int) {
    let id = PoderoSimulator.heatPumpID(number)
    var field = [EventChaosField.hotWater, .hotWater, .power, .actionNeeded][below(4)]
    // Once only: a status that returns is told later, so as not to flap.
    if field == .actionNeeded, count(number, field) > 0 { field = .power }
    let value = next(number, field)
    var fields = JSONObject()
    if field == .actionNeeded {
      fields["actions"] = [["code": "reconnect", "link": "https://example.com/reconnect"]]
    } else {
      fields[field.upstreamName] = value
    }
    state.withLock { state in
      state.changes += 1
      state.present[id, default: [:]][field] = EventChaosField.reading(value)
    }
    stage.simulator.changeHeatPump(id, fields)
  }

  private func write(_ number: Int) async {
    let id = PoderoSimulator.heatPumpID(number)
    guard let user = stage.simulator.owner(of: id), let place = stage.switchboard.present else {
      return
    }
    let body = patch(EventChaosField.offset.rawValue, next(number, .offset))
    let answer = try? await stage.client(place.port).patch(
      "/v1/users/\(user)/heat-pumps/\(id)", body)
    stage.ledger.noteWrite(isAnswered: answer?.status == 200)
  }

  private func chosen(_ count: Int) -> [Int] {
    var chosen: Set<Int> = []
    while chosen.count < count { chosen.insert(1 + below(stage.simulator.heatPumpCount)) }
    return chosen.sorted()
  }

  private func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

  private func count(_ number: Int, _ field: EventChaosField) -> Int {
    state.withLock { $0.counts[number]?[field] ?? 0 }
  }

  private func next(_ number: Int, _ field: EventChaosField) -> JSONValue {
    let count = state.withLock { state in
      state.counts[number, default: [:]][field, default: 0] += 1
      return state.counts[number]?[field] ?? 1
    }
    return field.value(count)
  }
}
