import GatewayCore
import Glibc

/// The true state of one house, moved through time in small steps.
struct PhysicalModel: Sendable {
  /// What the machine does.
  enum Activity: String, Sendable {
    case off
    case idle
    case heating
    case hotWater = "hot_water"
    case cooling
  }

  var indoor: Double
  var hotWater = 47.0
  private(set) var outdoor: Double
  private(set) var inlet: Double
  private(set) var outlet: Double
  private(set) var target: Double
  /// Electric power in W.
  private(set) var power = 15.0
  private(set) var activity = Activity.idle
  /// The share of its greatest output at which the machine runs.
  private(set) var load = 0.0
  /// kWh since midnight.
  private(set) var energyToday = 0.0
  /// kWh of whole days that were simulated, by day number.
  private(set) var energyByDay: [Int: Double] = [:]

  /// Whether the tank is being heated; begun late and carried to the end, so that the machine does
  /// not start every few minutes.
  private var chargesTank = false

  private static let longestStep = Duration.seconds(300)
  private static let daysKept = 400
  private static let internalGains = 0.3
  private static let standby = 0.015
  private static let tankCapacity = 0.35
  private static let tankHeat = 4.0

  init(house: House, at time: Timestamp) {
    outdoor = house.climate.outdoorTemperature(at: time)
    indoor = house.comfortTemperature
    target = house.comfortTemperature
    inlet = 28
    outlet = 30
    // A part of the first day has passed already.
    energyToday = house.ordinaryConsumption(day: time.dayNumber) * time.hourOfDay / 24
  }

  /// Moves the house from one time to a later one.
  mutating func run(
    from start: Timestamp, to end: Timestamp, house: House, controls: HeatingControls
  ) {
    var time = start
    while time < end {
      let step = min(end - time, Self.longestStep)
      advance(by: step, from: time, house: house, controls: controls)
      let next = time + step
      if next.dayNumber != time.dayNumber { closeDay(time.dayNumber) }
      time = next
    }
  }

  /// kWh of a day: as simulated, or an ordinary day's.
  func consumption(day: Int, house: House) -> Double {
    energyByDay[day] ?? house.ordinaryConsumption(day: day)
  }

  private mutating func advance(
    by step: Duration, from time: Timestamp, house: House, controls: HeatingControls
  ) {
    let hours = step.seconds / 3600
    outdoor = house.climate.outdoorTemperature(at: time + step)
    target = controls.roomTarget(comfort: house.comfortTemperature, at: time)
    let isPaused = controls.isPaused(at: time)
    let waterTarget = controls.hotWaterTarget(at: time)
    let draw = house.hotWaterPerDay * Self.drawProfile(time.hourOfDay)
    hotWater = max(10, hotWater - (draw + 0.004 * (hotWater - 20)) * hours / Self.tankCapacity)
    activity = nextActivity(controls, isPaused: isPaused, waterTarget: waterTarget)
    load = activity == .heating ? heatingLoad(house) : activity == .idle ? 0 : 0.5
    if activity == .off { load = 0 }
    let flow = activity == .hotWater ? 52.0 : 28 + 0.6 * max(0, 20 - outdoor)
    let performance = House.performance(outdoor: outdoor, flow: flow)
    var roomHeat = Self.internalGains
    var electricity = Self.standby
    switch activity {
    case .heating:
      roomHeat += load * house.maximumHeat
      electricity += load * house.maximumHeat / performance
    case .hotWater:
      hotWater = min(
        max(waterTarget, hotWater), hotWater + Self.tankHeat * hours / Self.tankCapacity)
      chargesTank = hotWater < waterTarget
      electricity += Self.tankHeat / performance
    case .cooling:
      roomHeat -= 2
      electricity += 0.6
    case .off, .idle: break
    }
    let settled = outdoor + roomHeat / house.heatLoss
    indoor = settled + (indoor - settled) * exp(-hours * house.heatLoss / house.heatCapacity)
    moveWater(flow: flow, hours: hours)
    power = electricity * 1000
    energyToday += electricity * hours
  }

  private func nextActivity(
    _ controls: HeatingControls, isPaused: Bool, waterTarget: Double
  ) -> Activity {
    if isPaused || !(controls.heats || controls.cools || controls.heatsWater) { return .off }
    if controls.heatsWater, chargesTank || hotWater < waterTarget - 4 { return .hotWater }
    if controls.heats, indoor < target + 0.1, outdoor < 18 { return .heating }
    if controls.cools, indoor > target + 1.5 { return .cooling }
    return .idle
  }

  private func heatingLoad(_ house: House) -> Double {
    let steady = house.heatLoss * (target - outdoor) - Self.internalGains
    let needed = steady + 3 * (target - indoor)
    return min(1, max(0.15, needed / house.maximumHeat))
  }

  private mutating func moveWater(flow: Double, hours: Double) {
    let isRunning = activity == .heating || activity == .hotWater
    let share = 1 - exp(-hours * 6)
    let rest = indoor + 1
    outlet += ((isRunning ? flow : rest) - outlet) * share
    inlet += ((isRunning ? flow - 3 - 4 * load : rest) - inlet) * share
  }

  private mutating func closeDay(_ day: Int) {
    energyByDay[day] = energyToday
    energyByDay[day - Self.daysKept] = nil
    energyToday = 0
  }

  /// The share of a day's hot water per hour: mornings and evenings.
  private static func drawProfile(_ hour: Double) -> Double {
    switch hour {
    case 6..<8: 0.2
    case 18..<21: 0.12
    case 8..<18: 0.02
    default: 0.004
    }
  }
}
