public import GatewayCore

/// Counts since the start.
public final class DeliveryMetrics: Sendable {
  private let attempts = DeliveryOutcome.allCases.map { _ in AtomicCounter() }
  private let warned = AtomicCounter()
  private let disabled = AtomicCounter()
  private let millisecondsSpent = AtomicCounter()
  private let attemptTimes = Histogram(bounds: [0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60])
  private let deliveryTimes = Histogram(bounds: [
    0.1, 0.5, 1, 5, 30, 120, 600, 3600, 21_600, 86_400,
  ])

  /// Creates counters at zero.
  public init() {}

  /// Attempts by what they came to.
  public var counts: [(outcome: DeliveryOutcome, count: Int)] {
    zip(DeliveryOutcome.allCases, attempts).map { ($0, $1.value) }
  }

  /// Warnings that a subscription has failed for long.
  public var warnings: Int { warned.value }
  /// Subscriptions that were given up.
  public var disablings: Int { disabled.value }
  /// How long all attempts took together, in seconds.
  public var seconds: Double { Double(millisecondsSpent.value) / 1000 }

  /// How long attempts took, in seconds.
  public var durations: HistogramFigures { attemptTimes.figures }
  /// From events to their being delivered, in seconds.
  public var lags: HistogramFigures { deliveryTimes.figures }

  func count(_ outcome: DeliveryOutcome, milliseconds: Int) {
    for (candidate, counter) in zip(DeliveryOutcome.allCases, attempts) where candidate == outcome {
      counter.add()
    }
    millisecondsSpent.add(milliseconds)
    attemptTimes.add(nanoseconds: Int64(milliseconds) * 1_000_000)
  }

  func countDelivery(after lag: Duration) {
    deliveryTimes.add(nanoseconds: max(0, lag.wholeNanoseconds))
  }

  func countWarning() { warned.add() }
  func countDisabling() { disabled.add() }
}
