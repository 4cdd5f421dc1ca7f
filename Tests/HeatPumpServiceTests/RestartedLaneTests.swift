import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: after a crash nobody waits for the leases of the dead process.
/// Method: lanes that another process holds for an hour, and a service that knows that it is alone.
@Suite struct RestartedLaneTests {
  private let fixture = OrganisationFixture()

  @Test func `a lane that was held with nothing in it takes the next write`() async throws {
    try await holdLane(of: cellar)
    let lanes = Task { await fixture.service.takeUpLanes(isAlone: true) }
    defer { lanes.cancel() }
    try await turnsFree(cellar)
    #expect(try await fixture.write(#"{"comment":"hello"}"#).unapplied == [])
  }

  @Test func `what was open is taken up, however long the lane was held for`() async throws {
    let request = try fixture.request(#"{"comment":"hello"}"#, cellar)
    _ = try await fixture.storage.accept(
      NewOperation(
        id: ResourceID(high: 5, low: 5), heatPump: fixture.service.reference(cellar),
        origin: request.origin, patch: request.patch.body.encoded,
        acceptedAt: fixture.clock.wall, expiresAt: fixture.clock.wall + .seconds(600)),
      key: nil, lane: lease)
    let lanes = Task { await fixture.service.takeUpLanes(isAlone: true) }
    defer { lanes.cancel() }
    try await fixture.waitForOpen(0)
    #expect(fixture.upstream.updates == [["comment": "hello"]])
  }

  private var lease: LaneRequest {
    LaneRequest(
      owner: ResourceID(high: 8, low: 8), now: fixture.clock.wall,
      until: fixture.clock.wall + .seconds(3600))
  }

  private func holdLane(of address: HeatPumpAddress) async throws {
    #expect(
      try await fixture.storage.claimLane(fixture.service.reference(address), lease) != nil)
  }

  // A lane that can be claimed and given back is free.
  private func turnsFree(_ address: HeatPumpAddress) async throws {
    let heatPump = fixture.service.reference(address)
    try await eventually("free lane") {
      guard let lease = try await fixture.storage.claimLane(heatPump, lease) else { return false }
      return try await fixture.storage.releaseLane(lease)
    }
  }
}
