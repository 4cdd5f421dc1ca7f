public import GatewayCore
public import Storage

extension PostgresStorage: SharedStorage {
  /// ``SharedStorage/meet(_:silentAfter:deadAfter:)``.
  public func meet(
    _ member: ResourceID, silentAfter: Duration, deadAfter: Duration
  ) async throws(StorageFault) -> [SharedMember] {
    let clock = clock
    let members = try await write { session -> [SharedMember] in
      let before = clock.wall
      let (members, time) = try await session.meet(
        member, silentAfter: silentAfter, deadAfter: deadAfter, at: before)
      // The server's time lies between question and answer, in the middle most probably.
      let offset = (before - time + (clock.wall - time)) / 2
      return members.map { SharedMember(id: $0, clockOffset: $0 == member ? offset : nil) }
    }
    others.withLock { $0 = members.count { $0.id != member } }
    return members
  }

  /// ``SharedStorage/leave(_:)``.
  public func leave(_ member: ResourceID) async throws(StorageFault) {
    try await write { $0.leave(member) }
  }

  /// ``SharedStorage/token(of:newerThan:for:turnTime:)``.
  public func token(
    of place: SharedTokenPlace, newerThan generation: Int64, for member: ResourceID,
    turnTime: Duration?
  ) async throws(StorageFault) -> SharedTokenAnswer {
    guard turnTime != nil else {
      return try await read {
        try await $0.token(of: place, newerThan: generation, for: member, turnTime: nil)
      }
    }
    return try await write {
      try await $0.token(of: place, newerThan: generation, for: member, turnTime: turnTime)
    }
  }

  /// ``SharedStorage/keepToken(_:in:)``.
  public func keepToken(
    _ token: NewSharedToken, in turn: SharedTokenTurn
  ) async throws(StorageFault) -> Int64? {
    try await write { try await $0.keepToken(token, in: turn) }
  }

  /// ``SharedStorage/endTurn(_:pause:reason:)``.
  public func endTurn(
    _ turn: SharedTokenTurn, pause: Duration, reason: String
  ) async throws(StorageFault) {
    try await write { $0.endTurn(turn, pause: pause, reason: reason) }
  }

  /// ``SharedStorage/keyProof(orKeep:)``.
  public func keyProof(orKeep sealed: [UInt8]) async throws(StorageFault) -> [UInt8] {
    try await write { try await $0.keyProof(orKeep: sealed) }
  }

  /// ``SharedStorage/setListening(_:to:at:)``.
  public func setListening(
    _ users: Set<ResourceID>, to organisation: String, at member: ResourceID
  ) async throws(StorageFault) {
    try await write { try await $0.setListening(users, to: organisation, at: member) }
  }

  /// ``SharedStorage/listening(to:besides:)``.
  public func listening(
    to organisation: String, besides member: ResourceID
  ) async throws(StorageFault) -> Set<ResourceID> {
    try await read { try await $0.listening(to: organisation, besides: member) }
  }
}
