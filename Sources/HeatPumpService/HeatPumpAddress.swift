public import GatewayCore

/// Where the upstream keeps a heat pump: below its owner.
public struct HeatPumpAddress: Hashable, Sendable, Comparable {
  /// The owner.
  public let user: ResourceID
  /// The heat pump.
  public let id: ResourceID

  /// Creates an address.
  public init(user: ResourceID, id: ResourceID) {
    self.user = user
    self.id = id
  }

  /// Ids are random already: one of them tells two addresses apart as well as both.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }

  /// Orders by the heat pump's id.
  public static func < (left: HeatPumpAddress, right: HeatPumpAddress) -> Bool {
    (left.id, left.user) < (right.id, right.user)
  }
}
