import GatewayCore

/// How many heat pumps may be begun by now: a bucket that fills at the job's rate, which itself
/// grows during the ramp. It holds no more than a moment's worth, so that a job that was held up
/// does not catch up all at once.
struct JobPace: Sendable {
  private let rate: Double
  private let ramp: Duration
  private let startedAt: Timestamp
  private var tokens = 1.0
  private var filledAt: Timestamp

  /// Creates the pace of a phase.
  ///
  /// - Parameters:
  ///   - startedAt: when the phase began, perhaps in another process.
  ///   - now: nothing was begun here before this.
  init(_ order: JobOrder, startedAt: Timestamp, now: Timestamp) {
    rate = order.ratePerSecond
    ramp = order.ramp
    self.startedAt = startedAt
    filledAt = now
  }

  /// Takes leave to begin heat pumps.
  ///
  /// - Returns: how many, `wanted` at most.
  mutating func take(_ wanted: Int, at now: Timestamp) -> Int {
    fill(at: now)
    let count = min(wanted, Int(tokens))
    tokens -= Double(count)
    return count
  }

  /// How long it takes until the next one may be begun, and never so short that whoever waits would
  /// not let go of its thread.
  func pause(at now: Timestamp) -> Duration {
    max(Self.shortestPause, .seconds(max(0, 1 - tokens) / currentRate(at: now)))
  }

  private static let shortestPause = Duration.milliseconds(20)

  private mutating func fill(at now: Timestamp) {
    guard now > filledAt else { return }
    let middle = filledAt + (now - filledAt) / 2
    let gain = (now - filledAt).seconds * currentRate(at: middle)
    tokens = min(tokens + gain, max(1, rate * Self.burst))
    filledAt = now
  }

  // A tenth at least, or the first one would have to wait for most of a long ramp.
  private func currentRate(at now: Timestamp) -> Double {
    guard ramp > .zero, now < startedAt + ramp else { return rate }
    return rate * max(0.1, (now - startedAt) / ramp)
  }

  /// How many seconds' worth may be begun at once.
  private static let burst = 0.5
}
