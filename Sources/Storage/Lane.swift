public import GatewayCore

/// A gateway asks for the right to write to a heat pump.
public struct LaneRequest: Sendable, Equatable {
  /// The gateway's instance.
  public let owner: ResourceID
  /// Now, by the gateway's clock.
  public let now: Timestamp
  /// Until when the right is wanted; longer than one call upstream may take.
  public let until: Timestamp

  /// Creates a request.
  public init(owner: ResourceID, now: Timestamp, until: Timestamp) {
    self.owner = owner
    self.now = now
    self.until = until
  }
}

/// The right to be the only writer to a heat pump, for a while.
///
/// Each new right of one heat pump has a higher fence, so that whoever holds an older one is told
/// apart, however late it comes back.
public struct LaneLease: Sendable, Equatable {
  /// The heat pump.
  public let heatPump: HeatPumpReference
  /// The number of this right among all that were given for the heat pump.
  public let fence: Int64
  /// When it ends unless it is renewed.
  public var until: Timestamp

  /// Creates a lease.
  public init(heatPump: HeatPumpReference, fence: Int64, until: Timestamp) {
    self.heatPump = heatPump
    self.fence = fence
    self.until = until
  }
}
