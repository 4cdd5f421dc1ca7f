import GatewayCore

extension HeatPumpRecord {
  /// Takes over the device's state as often as was due up to `now`.
  ///
  /// Every refresh in between is gone through one by one, so that the outcome does not depend on
  /// how often somebody looked.
  mutating func catchUp(to now: Timestamp) {
    guard nextRefresh <= now else { return }
    for change in unseenChanges { apply(change, at: nextRefresh) }
    unseenChanges = []
    let controls = controls
    while nextRefresh <= now {
      let next = nextRefresh
      physics.run(from: lastRefresh, to: next, house: house, controls: controls)
      lastRefresh = next
    }
    publishReadings()
  }

  /// The true state at a time after the last refresh, which no answer shows yet.
  func physics(at now: Timestamp) -> PhysicalModel {
    var preview = physics
    preview.run(from: lastRefresh, to: now, house: house, controls: controls)
    return preview
  }

  /// What the settings ask of the machine.
  var controls: HeatingControls {
    var controls = HeatingControls()
    controls.heats = self[.isSpaceHeatingEnabled].bool ?? false
    controls.cools = self[.isSpaceCoolingEnabled].bool ?? false
    controls.heatsWater = self[.isHotWaterHeatingEnabled].bool ?? false
    controls.pauses = self[.isPausePowerActive].bool ?? false
    controls.pauseEnd = self[.pausePowerUntil].timestamp
    controls.isAway = self[.isAwayModeEnabled].bool ?? false
    controls.awayStart = self[.awayModeStart].timestamp
    controls.awayEnd = self[.awayModeEnd].timestamp
    controls.awayMinimum = figure(.awayModeMinimumTemperatureLimit) ?? 16
    controls.offset = figure(.indoorTargetTemperatureOffset) ?? 0
    controls.minimum = figure(.minimumTemperatureLimit)
    controls.maximum = figure(.maximumTemperatureLimit)
    controls.hotWater = figure(.dhwStandardTemperature) ?? 48
    controls.hotWaterMinimum = figure(.minimumDhwTemperatureLimit) ?? 40
    if self[.isSmartOptimizationActive].bool ?? false {
      let steps = ["Low": 0.3, "Mid": 0.6, "Max": 1.0]
      controls.steering = steps[self[.optimizationLevel].string ?? "Mid"] ?? 0.6
    }
    return controls
  }

  /// Shows the true state as of the last refresh.
  mutating func publishReadings() {
    let time = lastRefresh
    self[.outdoorTemperature] = .tenths(physics.outdoor)
    self[.indoorActualTemperature] = .tenths(physics.indoor)
    self[.indoorTargetTemperature] = .tenths(
      controls.roomTarget(comfort: house.comfortTemperature, at: time))
    self[.dhwTemperature] = .tenths(physics.hotWater)
    self[.inletTemperature] = .tenths(physics.inlet)
    self[.outletTemperature] = .tenths(physics.outlet)
    self[.currentPowerConsumptionW] = .number(ExactDecimal(Int(physics.power.rounded())))
    self[.operationalMode] = .string(physics.activity.rawValue)
    self[.currentMode] = .string(mode)
    self[.currentStateLastUpdatedAt] = .time(time)
    self[.lastMonitoringExecutedAt] = .time(time)
    if let end = self[.pausePowerUntil].timestamp, end <= time { self[.isPausePowerActive] = false }
    publishForcedMode(at: time)
    publishConsumption(at: time)
  }

  private var mode: String {
    switch physics.load {
    case ..<0.01: "min"
    case ..<0.35: "low"
    case ..<0.7: "mid"
    default: "max"
    }
  }

  private mutating func publishForcedMode(at time: Timestamp) {
    let isForced = self[.isInverterForcedModeEnabled].bool ?? false
    guard isForced != self[.isInverterForcedModeActive].bool else { return }
    self[.isInverterForcedModeActive] = .bool(isForced)
    self[.inverterForcedModeSince] = isForced ? .time(time) : .never
  }

  private mutating func publishConsumption(at time: Timestamp) {
    let today = time.dayNumber
    let midnight = Timestamp(dayNumber: today)
    guard self[.consumptionLastUpdatedAt].timestamp != midnight else { return }
    func sum(days: Int) -> Double {
      (today - days..<today).reduce(0) { $0 + physics.consumption(day: $1, house: house) }
    }
    self[.consumptionLastDayKwh] = .tenths(sum(days: 1))
    self[.consumptionLastWeekKwh] = .tenths(sum(days: 7))
    self[.consumptionLastMonthKwh] = .tenths(sum(days: 30))
    self[.consumptionLastUpdatedAt] = .time(midnight)
  }

  private func figure(_ field: AnswerField) -> Double? { self[field].number?.approximate }
}

extension JSONValue {
  /// A number with one digit behind the point.
  static func tenths(_ value: Double) -> JSONValue {
    let tenths = Int((value * 10).rounded())
    let text = "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    return .number(ExactDecimal(text) ?? 0)
  }

  /// The upstream's way to say that something never happened.
  static var never: JSONValue { "0001-01-01T00:00:00Z" }
}
