public import GatewayCore

/// A storage that several gateways share.
public protocol SharedStorage: MeasuredStorage {
  /// Says that a gateway lives. Those that have not said so for a while, by the storage's clock,
  /// are dead: they are forgotten, and their lanes are free.
  ///
  /// - Parameters:
  ///   - deadAfter: longer than a gateway that was cut off may still be waiting for the upstream.
  /// - Returns: all that live, in the order of their ids.
  /// - Throws: ``StorageFault``.
  func meet(
    _ member: ResourceID, deadAfter: Duration
  ) async throws(StorageFault) -> [SharedMember]

  /// Says that a gateway ends. It gives its lanes back by itself, each when its work there is done.
  ///
  /// - Throws: ``StorageFault``.
  func leave(_ member: ResourceID) async throws(StorageFault)
}

/// A gateway among those that share a storage.
public struct SharedMember: Sendable, Hashable {
  /// The gateway's instance.
  public var id: ResourceID
  /// By how much its clock is ahead of the storage's; `nil` for other gateways.
  public var clockOffset: Duration?

  /// Creates a record.
  public init(id: ResourceID, clockOffset: Duration? = nil) {
    self.id = id
    self.clockOffset = clockOffset
  }
}
