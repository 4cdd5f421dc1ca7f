import GatewayCore

/// What a chaos test of events came to, for people.
struct EventChaosFigures: Sendable {
  let scale: EventChaosScale
  let weather: (rounds: Int, changes: Int)
  let writes: (tried: Int, unanswered: Int)
  let told: [EventChaosReckoning.Told]
  let deliveries: Int
  let refused: [Int]
  let loaded: Duration
  let settled: Duration
  let requests: EventChaosRequests
  let lives: [EventChaosReckoning.Life]

  var text: String { [load, events, upstream].joined(separator: "\n") }

  private var load: String {
    "events out, seed \(scale.seed): \(scale.heatPumps) heat pumps of \(scale.users) users, each "
      + "polled every \(scale.interval) s; \(lives.count - 1) kills in \(loaded.seconds.rounded()) s;"
      + " \(weather.changes) changes by others in \(weather.rounds) rounds, \(writes.tried) writes, "
      + "\(writes.unanswered) of them unanswered; all told \(settled.seconds.rounded()) s later"
  }

  private var events: String {
    let types = Dictionary(grouping: told) { "\($0.type) \($0.cause ?? "-")" }
      .mapValues(\.count).sorted { $0.key < $1.key }
    return
      "  \(told.count) events (\(types.map { "\($0.value) \($0.key)" }.joined(separator: ", ")));"
      + " \(deliveries) deliveries to the good receiver, \(refused) tries at the others"
  }

  private var upstream: String {
    let kinds = EventChaosRequests.Kind.allCases.map { "\(requests.count($0)) \($0.rawValue)" }
    let all = requests.peak(Set(EventChaosRequests.Kind.allCases))
    let polls = requests.peak([.poll])
    let quiet = requests.pollsPerSecond * EventChaosRequests.window.seconds
    return "  upstream: \(kinds.joined(separator: ", ")); most within "
      + "\(Int(EventChaosRequests.window.seconds)) s: \(all.count) requests, \(polls.count) polls"
      + " (\(ago(polls.at))), where the guide's formula makes \(Int(quiet.rounded()))"
  }

  // Where in a gateway's life, since that is what most of it hangs on.
  private func ago(_ time: Timestamp?) -> String {
    guard let time, let life = lives.last(where: { $0.from <= time }) else { return "at the start" }
    return "\((time - life.from).seconds.rounded()) s after the start of a gateway"
  }
}
