internal import Synchronization

/// A count that many threads add to without waiting for one another.
public final class AtomicCounter: Sendable {
  private let count = Atomic<Int>(0)

  /// Begins at zero.
  public init() {}

  /// The count so far.
  public var value: Int { count.load(ordering: .relaxed) }

  /// Adds to the count.
  @inline(__always)
  public func add(_ amount: Int = 1) {
    count.wrappingAdd(amount, ordering: .relaxed)
  }
}
