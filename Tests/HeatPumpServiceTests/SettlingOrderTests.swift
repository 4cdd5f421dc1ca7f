import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: what a dead process sent one by one is settled one by one.
/// Method: two writes of one field that the upstream refused together; the first was then sent by
/// itself and carried out, and the process died before it could say so.
@Suite struct SettlingOrderTests {
  private let fixture = OrganisationFixture()

  @Test func `a write that was carried out is not judged by the one behind it`() async throws {
    let together = SendAttempt(at: fixture.clock.wall, body: 1)
    let alone = SendAttempt(at: fixture.clock.wall + .seconds(1), body: 2)
    let ids = try await leave([("first", [together, alone]), ("second", [together])])
    fixture.upstream.change(cellar.id, ["comment": "first"])
    fixture.advance(100)
    let lanes = Task { await fixture.service.takeUpLanes(isAlone: true) }
    defer { lanes.cancel() }
    try await eventually("end of both writes") {
      // One second between two reads of the settlement.
      fixture.advance(1)
      return try await fixture.storage.openOperations(of: fixture.service.reference(cellar))
        .isEmpty
    }
    var states: [OperationState?] = []
    for id in ids { states.append(try await fixture.storage.operation(id)?.state) }
    // The second then took the field over.
    #expect(states == [.superseded, .accepted])
    #expect(fixture.upstream.updates == [["comment": "second"]])
  }

  // Operations with their comment and attempts, in a lane whose holder is gone.
  private func leave(
    _ writes: [(comment: String, attempts: [SendAttempt])]
  ) async throws -> [ResourceID] {
    var ids: [ResourceID] = []
    var lease: LaneLease?
    for (number, write) in writes.enumerated() {
      let request = try fixture.request(#"{"comment":"\#(write.comment)"}"#)
      let id = ResourceID(high: 5, low: UInt64(number))
      let acceptance = try await fixture.storage.accept(
        NewOperation(
          id: id, heatPump: fixture.service.reference(cellar), origin: request.origin,
          patch: request.patch.body.encoded, acceptedAt: fixture.clock.wall,
          expiresAt: fixture.clock.wall + .seconds(600), retries: true),
        key: nil,
        lane: LaneRequest(
          owner: ResourceID(high: 8, low: 8), now: fixture.clock.wall,
          until: fixture.clock.wall + .seconds(60)))
      if case .accepted(_, let given?) = acceptance { lease = given }
      for attempt in write.attempts {
        try await fixture.storage.markSent([id], attempt, lease: try #require(lease))
      }
      ids.append(id)
    }
    return ids
  }
}
