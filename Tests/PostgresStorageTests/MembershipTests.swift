import GatewayCore
import Storage
import TestSupport
import Testing

@testable import PostgresStorage
@testable import StorageConformance

/// Goal: gateways on one schema know of each other, and the lanes of one that is gone are free.
/// Method: two storages on a schema; how long silence lasts is up to the test.
@Suite struct MembershipTests {
  @Test func `all that live are named, until they leave`() async throws {
    try await withTwo { first, second in
      let (one, two) = (Samples.id(9, 1), Samples.id(9, 2))
      #expect(
        try await first.meet(one, silentAfter: .seconds(60), deadAfter: .seconds(60)).map(\.id) == [
          one
        ])
      let members = try await second.meet(two, silentAfter: .seconds(60), deadAfter: .seconds(60))
      #expect(members.map(\.id) == [one, two])
      // One machine has one clock.
      let offset = try #require(members[1].clockOffset)
      #expect(members[0].clockOffset == nil && offset < .seconds(1) && offset > .seconds(-1))
      try await first.leave(one)
      #expect(
        try await second.meet(two, silentAfter: .seconds(60), deadAfter: .seconds(60)).map(\.id)
          == [two])
    }
  }

  @Test func `lanes of a gateway that fell silent are anybody's`() async throws {
    try await withTwo { first, second in
      let (one, two) = (Samples.request(1), Samples.request(2))
      _ = try await first.meet(one.owner, silentAfter: .seconds(60), deadAfter: .seconds(60))
      _ = try await second.meet(two.owner, silentAfter: .seconds(60), deadAfter: .seconds(60))
      let heatPump = Samples.heatPump()
      let lease = try #require(try await first.claimLane(heatPump, one))
      #expect(try await second.claimLane(heatPump, two) == nil)
      _ = try await second.meet(two.owner, silentAfter: .seconds(60), deadAfter: .seconds(60))
      #expect(try await second.claimLane(heatPump, two) == nil)
      #expect(
        try await second.meet(two.owner, silentAfter: .zero, deadAfter: .zero).map(\.id) == [
          two.owner
        ])
      #expect(try await second.claimLane(heatPump, two)?.fence == lease.fence + 1)
      await #expect(throws: StorageFault.leaseLost) {
        try await first.renewLane(lease, until: Samples.time(90))
      }
    }
  }

  @Test func `what a silent gateway was delivering is due at once, and its turn is another's`()
    async throws
  {
    try await withTwo { first, second in
      let (one, two) = (Samples.claim(1).owner, Samples.claim(2).owner)
      _ = try await first.meet(one, silentAfter: .seconds(60), deadAfter: .seconds(60))
      _ = try await second.meet(two, silentAfter: .seconds(60), deadAfter: .seconds(60))
      try await first.subscribe(1)
      try await first.happen(1)
      // As a gateway does, by the time that it is.
      let clock = SystemClock()
      var claim = Samples.claim(1)
      (claim.now, claim.until) = (clock.wall, clock.wall + .seconds(600))
      let lease = try #require(try await first.claimDeliveries(claim).first).lease
      guard case .turn(let turn) = try await first.turn(one) else {
        Issue.record("no turn")
        return
      }
      #expect(try await second.turn(two) == .wait)
      _ = try await second.meet(two, silentAfter: .zero, deadAfter: .seconds(60))
      claim.owner = two
      claim.now = clock.wall
      let again = try #require(try await second.claimDeliveries(claim).first)
      #expect(again.lease.fence == lease.fence + 1)
      await #expect(throws: StorageFault.leaseLost) {
        try await first.conclude(
          DeliveryConclusion(lease: lease, outcome: .delivered, attempt: nil), at: clock.wall)
      }
      guard case .turn(let next) = try await second.turn(two) else {
        Issue.record("no turn")
        return
      }
      #expect(next.fence == turn.fence + 1)
      let late = try await first.keepToken(Samples.token, in: turn)
      #expect(late == nil)
      // It was silent, and is not dead: its next word makes it one of them again.
      #expect(
        try await first.meet(one, silentAfter: .seconds(60), deadAfter: .seconds(60)).count == 2)
    }
  }

  @Test func `who was silent itself judges nobody`() async throws {
    try await withTwo { first, second in
      let (one, two) = (Samples.request(1), Samples.request(2))
      _ = try await first.meet(one.owner, silentAfter: .zero, deadAfter: .zero)
      // Never heard before: as after an outage, in which all have been silent.
      let members = try await second.meet(two.owner, silentAfter: .zero, deadAfter: .zero)
      #expect(members.count == 2)
      _ = try await second.meet(two.owner, silentAfter: .zero, deadAfter: .zero)
      #expect(try await second.meet(two.owner, silentAfter: .zero, deadAfter: .zero).count == 1)
    }
  }

  @Test func `what is listened to elsewhere is known, and goes with the gateway`() async throws {
    try await withTwo { first, second in
      let (one, two) = (Samples.request(1).owner, Samples.request(2).owner)
      _ = try await first.meet(one, silentAfter: .seconds(60), deadAfter: .seconds(60))
      _ = try await second.meet(two, silentAfter: .seconds(60), deadAfter: .seconds(60))
      let users: Set<ResourceID> = [Samples.id(1, 1), Samples.id(1, 2)]
      try await first.setListening(users, to: "north", at: one)
      #expect(try await second.listening(to: "north", besides: two) == users)
      #expect(try await first.listening(to: "north", besides: one) == [])
      #expect(try await second.listening(to: "south", besides: two) == [])
      try await first.leave(one)
      #expect(try await second.listening(to: "north", besides: two) == [])
    }
  }

  private func withTwo(
    _ body: (PostgresStorage, PostgresStorage) async throws -> Void
  ) async throws {
    let settings = try await freshSettings()
    let first = try await PostgresStorage.open(settings)
    let second = try await PostgresStorage.open(settings)
    try await body(first, second)
    await first.close()
    await second.close()
  }
}

extension SharedStorage {
  /// Asks for the turn to fetch the first token.
  fileprivate func turn(_ member: ResourceID) async throws -> SharedTokenAnswer {
    try await token(of: Samples.place, newerThan: 0, for: member, turnTime: .seconds(60))
  }
}
