import GatewayCore
import Glibc

/// The weather around one house: a yearly and a daily curve, and days that differ.
struct Climate: Sendable {
  let seed: UInt64
  /// How much warmer than elsewhere, in °C.
  let offset: Double

  /// The outdoor temperature in °C.
  func outdoorTemperature(at time: Timestamp) -> Double {
    let hour = time.hourOfDay
    let today = dayMean(time.dayNumber)
    // The mean glides from one day's to the next, or each midnight would show a jump.
    let mean = today + (dayMean(time.dayNumber + 1) - today) * hour / 24
    return mean + 4 * cos(2 * .pi * (hour - 15) / 24)
  }

  /// The mean outdoor temperature of a day in °C: coldest in the middle of January.
  func dayMean(_ day: Int) -> Double {
    let dayOfYear = Double(((day % 365) + 365) % 365)
    let season = 10 - 9 * cos(2 * .pi * (dayOfYear - 15) / 365)
    return season + offset + 6 * (SplitMix64.fraction(seed: seed, number: Int64(day)) - 0.5)
  }
}
