import GatewayCore

/// Now, in real time: read once per event, so that one event sees one time.
struct Moment: Sendable {
  let monotonic: MonotonicInstant
  let wall: Timestamp
}

/// The time in which the heat pumps live: runs at its own pace and can be moved ahead.
struct SimulatedClock: Sendable {
  private var realBase: MonotonicInstant
  private var simulatedBase: Timestamp
  private(set) var factor: Double

  init(start: Timestamp, factor: Double, at real: MonotonicInstant) {
    realBase = real
    simulatedBase = start
    self.factor = factor
  }

  /// The simulated time at a real instant.
  func time(at real: MonotonicInstant) -> Timestamp {
    simulatedBase + (real - realBase) * factor
  }

  /// Moves simulated time ahead at once.
  mutating func advance(by duration: Duration) {
    simulatedBase = simulatedBase + duration
  }

  /// Changes the pace from now on.
  mutating func setFactor(_ factor: Double, at real: MonotonicInstant) {
    simulatedBase = time(at: real)
    realBase = real
    self.factor = factor
  }
}
