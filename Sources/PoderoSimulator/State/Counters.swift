import GatewayCore

/// What the simulator has seen.
struct Counters: Sendable {
  private var requests: [SimulatedCall: Int] = [:]
  private var statuses: [Int: Int] = [:]
  private var updates: [Int: Int] = [:]
  private var updatesInFlight: [Int: Int] = [:]
  private(set) var inFlight = 0
  private(set) var peak = 0
  private(set) var peakPerHeatPump = 0
  var connections = 0

  mutating func begin(_ exchange: Exchange) {
    requests[exchange.call, default: 0] += 1
    inFlight += 1
    peak = max(peak, inFlight)
    guard exchange.call == .update, let number = exchange.heatPump else { return }
    updates[number, default: 0] += 1
    updatesInFlight[number, default: 0] += 1
    peakPerHeatPump = max(peakPerHeatPump, updatesInFlight[number] ?? 0)
  }

  mutating func end(_ exchange: Exchange) {
    inFlight -= 1
    guard exchange.call == .update, let number = exchange.heatPump,
      let count = updatesInFlight[number]
    else { return }
    updatesInFlight[number] = count == 1 ? nil : count - 1
  }

  mutating func count(status: Int) {
    statuses[status, default: 0] += 1
  }

  /// Starts again; what is in flight stays so, since its end is still to come.
  mutating func clear() {
    requests = [:]
    statuses = [:]
    updates = [:]
    peak = inFlight
    peakPerHeatPump = updatesInFlight.values.max() ?? 0
    connections = 0
  }

  /// How many requests of a kind there were.
  func count(of call: SimulatedCall) -> Int { requests[call] ?? 0 }

  var json: JSONObject {
    var object = JSONObject()
    var calls = JSONObject()
    for call in SimulatedCall.allCases { calls[call.rawValue] = .count(requests[call] ?? 0) }
    object["requests"] = .object(calls)
    var byStatus = JSONObject()
    for (status, count) in statuses.sorted(by: { $0.key < $1.key }) {
      byStatus[String(status)] = .count(count)
    }
    object["statuses"] = .object(byStatus)
    object["connections"] = .count(connections)
    object["in_flight"] = .count(inFlight)
    object["concurrent_peak"] = .count(peak)
    object["concurrent_updates_per_heat_pump_peak"] = .count(peakPerHeatPump)
    var byHeatPump = JSONObject()
    for (number, count) in updates.sorted(by: { $0.key < $1.key }) {
      byHeatPump[Estate.id(.heatPump, number).description] = .count(count)
    }
    object["updates"] = .object(byHeatPump)
    return object
  }
}

extension JSONValue {
  /// A count.
  static func count(_ value: Int) -> JSONValue { .number(ExactDecimal(value)) }
}
