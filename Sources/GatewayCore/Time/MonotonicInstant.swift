/// A point on the clock that never jumps: for deadlines, ages and intervals, never for display.
public struct MonotonicInstant: Hashable, Comparable, Sendable {
  /// Nanoseconds since an arbitrary start, the same within one process.
  public let nanoseconds: Int64

  /// Creates an instant `nanoseconds` after the arbitrary start.
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// An instant later than any that will come.
  public static let distantFuture = MonotonicInstant(nanoseconds: .max)

  /// The instant `duration` later; saturates instead of overflowing.
  public static func + (instant: MonotonicInstant, duration: Duration) -> MonotonicInstant {
    let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
    return MonotonicInstant(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  /// The instant `duration` earlier; saturates instead of overflowing.
  public static func - (instant: MonotonicInstant, duration: Duration) -> MonotonicInstant {
    instant + (.zero - duration)
  }

  /// How much later `left` is than `right`; negative if it is earlier.
  public static func - (left: MonotonicInstant, right: MonotonicInstant) -> Duration {
    .nanoseconds(left.nanoseconds.subtractingReportingOverflow(right.nanoseconds).partialValue)
  }

  /// Whether `left` comes first.
  public static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}

extension Duration {
  /// The duration in whole nanoseconds, saturating at about ±292 years.
  public var wholeNanoseconds: Int64 {
    // One division; the duration's own components cost several.
    Int64(clamping: attoseconds / 1_000_000_000)
  }

  /// The duration in seconds, with a fraction.
  public var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
