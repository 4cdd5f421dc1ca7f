/// What does not change about one house and its heat pump.
struct House: Sendable {
  let climate: Climate
  /// The room temperature wanted when nothing else is set, in °C.
  let comfortTemperature: Double
  /// What the walls let through, in kW/K.
  let heatLoss: Double
  /// What the house stores, in kWh/K.
  let heatCapacity: Double
  /// The greatest heat output, in kW.
  let maximumHeat: Double
  /// Hot water drawn on an ordinary day, in kWh.
  let hotWaterPerDay: Double
  /// What steering by price saves, as a share of the consumption.
  let savingsShare: Double

  init(seed: UInt64, number: Int) {
    var chance = SplitMix64(seed: seed &+ UInt64(number) &* 0xA076_1D64_78BD_642F)
    func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * chance.fraction() }
    climate = Climate(seed: seed, offset: between(-1.5, 1.5))
    comfortTemperature = between(20.5, 22.5)
    heatLoss = between(0.14, 0.24)
    heatCapacity = between(5, 9)
    maximumHeat = between(7, 11)
    hotWaterPerDay = between(4, 9)
    savingsShare = between(0.08, 0.18)
  }

  /// Heat out per electricity in; falls with the lift from outdoors to the flow.
  static func performance(outdoor: Double, flow: Double) -> Double {
    let lift = max(15, flow - outdoor)
    return min(6, max(1.8, 0.45 * (flow + 273.15) / lift))
  }

  /// The electricity of an ordinary day in kWh: for days before the simulation began.
  func ordinaryConsumption(day: Int) -> Double {
    let outdoor = climate.dayMean(day)
    let heat = max(0, heatLoss * (comfortTemperature - outdoor) - 0.3) * 24
    return heat / Self.performance(outdoor: outdoor, flow: 35)
      + hotWaterPerDay / Self.performance(outdoor: outdoor, flow: 50) + 0.36
  }
}
