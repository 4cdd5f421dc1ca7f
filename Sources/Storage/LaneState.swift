public import GatewayCore

/// A heat pump's lane as it is stored, with the rules of taking and keeping it. Every storage
/// decides by these, so that none decides otherwise.
public struct LaneState: Sendable, Equatable {
  /// The gateway that holds it; `nil` if it was given back or never taken.
  public var owner: ResourceID?
  /// The highest fence that was given out; zero before the first.
  public var fence: Int64
  /// Until when the holder has it.
  public var until: Timestamp

  /// A lane that nobody has taken yet.
  public static let unused = LaneState(
    owner: nil, fence: 0, until: Timestamp(microseconds: .min))

  /// Creates a state.
  public init(owner: ResourceID?, fence: Int64, until: Timestamp) {
    self.owner = owner
    self.fence = fence
    self.until = until
  }

  /// Whether nobody holds it at `now`: the moment at which a lease ends is not part of it.
  public func isFree(at now: Timestamp) -> Bool {
    owner == nil || until <= now
  }

  /// Whether a lease is the present one. A lease that has run out is, until somebody takes the
  /// lane.
  public func isHeld(by lease: LaneLease) -> Bool {
    owner != nil && fence == lease.fence
  }

  /// Gives the lane to the asker under the next fence, if it is free.
  ///
  /// - Returns: the lease; `nil` if somebody holds the lane.
  public mutating func claim(
    _ heatPump: HeatPumpReference, _ request: LaneRequest
  ) -> LaneLease? {
    guard take(request) else { return nil }
    return LaneLease(heatPump: heatPump, fence: fence, until: until)
  }

  /// Gives it to the asker under the next fence, if it is free.
  ///
  /// - Returns: whether it was.
  package mutating func take(_ request: LaneRequest) -> Bool {
    guard isFree(at: request.now) else { return false }
    self = LaneState(owner: request.owner, fence: fence + 1, until: request.until)
    return true
  }
}
