/// How many values lay below each of some bounds, and their sum, as Prometheus has it in a
/// histogram.
public struct HistogramFigures: Sendable, Equatable {
  /// The upper bounds, inclusive, rising.
  public let bounds: [Double]
  /// How many values lay between each bound and the one before it, then those beyond the last.
  public internal(set) var counts: [Int]
  /// The sum of all values.
  public internal(set) var sum = 0.0

  /// Creates figures without values.
  public init(bounds: [Double]) {
    self.bounds = bounds
    counts = [Int](repeating: 0, count: bounds.count + 1)
  }

  /// How many values there were.
  public var count: Int { counts.reduce(0, +) }

  /// Adds a value.
  public mutating func add(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }

  /// Adds a duration, in seconds. Clocks of the day may go back; that is no time at all.
  public mutating func add(_ duration: Duration) { add(max(0, duration.seconds)) }
}
