internal import GatewayCore

/// Counts since the start.
public final class DeliveryMetrics: Sendable {
  private let attempts = DeliveryOutcome.allCases.map { _ in AtomicCounter() }
  private let warned = AtomicCounter()
  private let disabled = AtomicCounter()
  private let millisecondsSpent = AtomicCounter()

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

  func count(_ outcome: DeliveryOutcome, milliseconds: Int) {
    for (candidate, counter) in zip(DeliveryOutcome.allCases, attempts) where candidate == outcome {
      counter.add()
    }
    millisecondsSpent.add(milliseconds)
  }

  func countWarning() { warned.add() }
  func countDisabling() { disabled.add() }
}
