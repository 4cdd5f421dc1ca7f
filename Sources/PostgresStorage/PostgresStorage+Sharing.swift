public import GatewayCore
public import Storage

extension PostgresStorage: SharedStorage {
  /// ``SharedStorage/meet(_:deadAfter:)``.
  public func meet(
    _ member: ResourceID, deadAfter: Duration
  ) async throws(StorageFault) -> [SharedMember] {
    let clock = clock
    return try await write { session in
      let before = clock.wall
      let (members, time) = try await session.meet(member, deadAfter: deadAfter)
      // The server's time lies between question and answer, in the middle most probably.
      let offset = (before - time + (clock.wall - time)) / 2
      return members.map { SharedMember(id: $0, clockOffset: $0 == member ? offset : nil) }
    }
  }

  /// ``SharedStorage/leave(_:)``.
  public func leave(_ member: ResourceID) async throws(StorageFault) {
    try await write { $0.leave(member) }
  }
}
