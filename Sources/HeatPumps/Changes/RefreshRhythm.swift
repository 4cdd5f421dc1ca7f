internal import GatewayCore

/// How often a device is observed, learned from the times of observation that polls show.
///
/// Polls miss observations, so the time between two that were seen is taken for a whole multiple of
/// the period. Times are whole seconds since any fixed point. Eight bytes, since there is one for
/// each user.
struct RefreshRhythm: Equatable {
  /// When the device was last observed; `Int32.min` if never.
  private(set) var last: Int32 = .min
  private var period: UInt16 = 0
  private var confidence: UInt8 = 0

  private static let needed: UInt8 = 2
  private static let limit: UInt8 = 8
  // A device that has not been observed for this many periods has lost its rhythm.
  private static let patience = 6

  /// The period in seconds; `nil` as long as there is no telling.
  var seconds: Int? { confidence >= Self.needed ? Int(period) : nil }

  /// Takes the time of an observation.
  mutating func note(_ observed: Int32) {
    guard observed > last else { return }
    defer { last = observed }
    guard last != .min else { return }
    let gap = Double(observed) - Double(last)
    guard gap < 4 * 3600 else { return }
    guard period > 0, gap > 0.75 * Double(period) else {
      period = UInt16(gap)
      confidence = 0
      return
    }
    let sample = gap / max(1, (gap / Double(period)).rounded())
    if abs(sample - Double(period)) <= 0.2 * Double(period) {
      period = UInt16((Double(period) + (sample - Double(period)) / 4).rounded())
      confidence = min(Self.limit, confidence + 1)
    } else if confidence > 0 {
      confidence -= 1
    } else {
      period = UInt16(gap)
    }
  }

  /// The first expected observation at or after a time; `nil` if there is no telling.
  func expected(from time: Int) -> Int? {
    guard let seconds, seconds > 0 else { return nil }
    let periods = max(1, (time - Int(last) + seconds - 1) / seconds)
    return periods <= Self.patience ? Int(last) + periods * seconds : nil
  }
}
