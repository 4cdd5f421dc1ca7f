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
      #expect(try await first.meet(one, deadAfter: .seconds(60)).map(\.id) == [one])
      let members = try await second.meet(two, deadAfter: .seconds(60))
      #expect(members.map(\.id) == [one, two])
      // One machine has one clock.
      let offset = try #require(members[1].clockOffset)
      #expect(members[0].clockOffset == nil && offset < .seconds(1) && offset > .seconds(-1))
      try await first.leave(one)
      #expect(try await second.meet(two, deadAfter: .seconds(60)).map(\.id) == [two])
    }
  }

  @Test func `lanes of a gateway that fell silent are anybody's`() async throws {
    try await withTwo { first, second in
      let (one, two) = (Samples.request(1), Samples.request(2))
      _ = try await first.meet(one.owner, deadAfter: .seconds(60))
      _ = try await second.meet(two.owner, deadAfter: .seconds(60))
      let heatPump = Samples.heatPump()
      let lease = try #require(try await first.claimLane(heatPump, one))
      #expect(try await second.claimLane(heatPump, two) == nil)
      _ = try await second.meet(two.owner, deadAfter: .seconds(60))
      #expect(try await second.claimLane(heatPump, two) == nil)
      #expect(try await second.meet(two.owner, deadAfter: .zero).map(\.id) == [two.owner])
      #expect(try await second.claimLane(heatPump, two)?.fence == lease.fence + 1)
      await #expect(throws: StorageFault.leaseLost) {
        try await first.renewLane(lease, until: Samples.time(90))
      }
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
