internal import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A histogram of durations that many threads add to without waiting for one another.
///
/// Each thread adds to one of some shards, so that on the path of every request no two reactors
/// write to the same memory, as a rule; adding takes two additions there and no lock.
public final class Histogram: Sendable {
  private let bounds: [Double]
  private let nanoseconds: [Int64]
  private let shards: [Shard]

  /// How many bounds there may be.
  public static let mostBounds = Shard.size - 2

  /// Creates a histogram without values.
  ///
  /// - Parameter bounds: the upper bounds in seconds, rising, up to ``mostBounds`` of them.
  public init(bounds: [Double]) {
    precondition(bounds.count <= Histogram.mostBounds, "too many bounds")
    self.bounds = bounds
    nanoseconds = bounds.map { Int64($0 * 1e9) }
    shards = (0..<4).map { _ in Shard() }
  }

  /// Adds a duration.
  @inline(__always)
  public func add(nanoseconds duration: Int64) {
    var bucket = 0
    while bucket < nanoseconds.count, duration > nanoseconds[bucket] { bucket += 1 }
    shards[Histogram.place].add(bucket, duration)
  }

  /// All so far.
  public var figures: HistogramFigures {
    var figures = HistogramFigures(bounds: bounds)
    for shard in shards {
      for bucket in figures.counts.indices { figures.counts[bucket] += shard.value(bucket) }
      figures.sum += Double(shard.value(Shard.sum)) / 1e9
    }
    return figures
  }

  // Threads' addresses lie regularly; the factor spreads them over the upper bits.
  private static var place: Int {
    Int(truncatingIfNeeded: (UInt64(pthread_self()) &* 0x9E37_79B9_7F4A_7C15) >> 62)
  }
}

/// The counts of some threads: a cell for each bucket, and the last for the sum in nanoseconds.
private final class Shard: Sendable {
  static let size = 16
  static let sum = size - 1
  private let cells: InlineArray<16, Atomic<Int>>

  init() {
    cells = InlineArray { _ in Atomic(0) }
  }

  @inline(__always)
  func add(_ bucket: Int, _ nanoseconds: Int64) {
    cells[bucket].wrappingAdd(1, ordering: .relaxed)
    cells[Shard.sum].wrappingAdd(Int(nanoseconds), ordering: .relaxed)
  }

  func value(_ cell: Int) -> Int { cells[cell].load(ordering: .relaxed) }
}
