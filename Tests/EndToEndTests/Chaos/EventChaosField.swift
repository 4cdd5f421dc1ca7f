import GatewayCore

/// A field that a chaos test changes: each value that it takes is new to its heat pump, so that
/// every look and every event says which change it shows.
enum EventChaosField: String, Sendable, CaseIterable {
  case hotWater = "/hot_water/standard_temperature"
  case power = "/readings/power_w"
  case actionNeeded = "/status/action_needed"
  case offset = "/space_heating/target_offset"

  /// What the upstream calls it.
  var upstreamName: String {
    switch self {
    case .hotWater: "dhw_standard_temperature"
    case .power: "current_power_consumption_w"
    case .actionNeeded: "action_needed"
    case .offset: "indoor_target_temperature_offset"
    }
  }

  /// Who changes it, and nobody else.
  var cause: String { self == .offset ? "app" : "outside" }

  /// The value of that number, as it is set; numbers begin with 1.
  func value(_ number: Int) -> JSONValue {
    switch self {
    // Beside the values that heat pumps begin with.
    case .hotWater: tenths(200 + number)
    // Further apart than the dead-band.
    case .power: .number(ExactDecimal(5000 + 100 * number))
    case .actionNeeded: true
    case .offset:
      // All that the field takes, but for zero.
      tenths((number - 1) % 58 < 29 ? (number - 1) % 58 + 1 : 28 - (number - 1) % 58)
    }
  }

  /// A value as a whole number of tenths, however it is written; `nil` if it is none.
  static func reading(_ value: JSONValue?) -> Int? {
    if let flag = value?.bool { return flag ? 10 : 0 }
    let number = value?.number ?? value?.string.flatMap { ExactDecimal($0) }
    return number.map { Int(($0.approximate * 10).rounded()) }
  }

  private func tenths(_ tenths: Int) -> JSONValue {
    decimal("\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)")
  }
}
