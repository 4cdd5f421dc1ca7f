import GatewayCore

/// What the settings of a heat pump ask of it, as numbers.
struct HeatingControls: Sendable {
  var heats = true
  var cools = false
  var heatsWater = true
  var pauses = false
  var pauseEnd: Timestamp?
  var isAway = false
  var awayStart: Timestamp?
  var awayEnd: Timestamp?
  var awayMinimum = 16.0
  var offset = 0.0
  var minimum: Double?
  var maximum: Double?
  var hotWater = 48.0
  var hotWaterMinimum = 40.0
  /// How far steering by price moves the target, in °C; 0 without steering.
  var steering = 0.0

  func isPaused(at time: Timestamp) -> Bool {
    pauses && (pauseEnd.map { time < $0 } ?? true)
  }

  func isAway(at time: Timestamp) -> Bool {
    isAway && (awayStart.map { $0 <= time } ?? true) && (awayEnd.map { time < $0 } ?? true)
  }

  /// The room temperature that is aimed at, in °C.
  func roomTarget(comfort: Double, at time: Timestamp) -> Double {
    if isAway(at: time) { return awayMinimum }
    // Power is cheap at night and dear in the early evening.
    let hour = time.hourOfDay
    let shift = hour < 6 ? steering : (17..<21).contains(hour) ? -steering : 0
    let wanted = comfort + offset + shift
    return min(maximum ?? .infinity, max(minimum ?? -.infinity, wanted))
  }

  /// The hot-water temperature that is aimed at, in °C.
  func hotWaterTarget(at time: Timestamp) -> Double {
    isAway(at: time) ? hotWaterMinimum : max(hotWater, hotWaterMinimum)
  }
}
