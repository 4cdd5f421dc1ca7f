public import GatewayCore

/// Names a heat pump in a way that outlives the process.
public struct HeatPumpReference: Hashable, Sendable {
  /// The organisation's configured name.
  public let organisation: String
  /// The owner.
  public let user: ResourceID
  /// The heat pump.
  public let id: ResourceID

  /// Creates a reference.
  public init(organisation: String, user: ResourceID, id: ResourceID) {
    self.organisation = organisation
    self.user = user
    self.id = id
  }

  /// Ids are random already: one of them tells two references apart as well as all members.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
