/// How an operation leaves for the upstream in the very step in which it is stored: what an
/// ordinary write to a heat pump at rest has one durable step less by.
public struct Departure: Sendable, Equatable {
  /// What ``OperationStorage/markSent(_:_:lease:)`` would note before the request goes out.
  public let attempt: SendAttempt
  /// The fence of the lane's last right, which was given back when nothing was open in the lane.
  /// The right behind it comes with the first operation since.
  public let lastFence: Int64

  /// Creates a departure.
  public init(attempt: SendAttempt, lastFence: Int64) {
    self.attempt = attempt
    self.lastFence = lastFence
  }

  /// Whether an operation that comes with this right to its lane leaves at once.
  package func happens(with lease: LaneLease?) -> Bool {
    lease?.fence == lastFence + 1
  }
}
