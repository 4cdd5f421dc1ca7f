import GatewayCore
import HeatPumps
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: a write to a heat pump at rest is stored as sent at once, and no other is.
/// Method: second writes, with something in the way of each but the first.
@Suite struct OutgoingUpdateTests {
  private let fixture = OrganisationFixture()

  @Test func `the second write to a heat pump leaves in the step that stores it`() async throws {
    #expect(try await stateWhenStored("first") == .queued)
    try await fixture.waitForRest()
    #expect(try await stateWhenStored("second") == .sent)
    try await fixture.waitForRest()
    #expect(fixture.upstream.updates == [["comment": "first"], ["comment": "second"]])
    #expect(fixture.upstream.log.count == 3)
    let operations = try await fixture.storage.operations(
      of: fixture.service.reference(cellar), before: nil, limit: 9)
    #expect(operations.map(\.attempts.count) == [1, 1])
    #expect(operations.map(\.state) == [.accepted, .superseded])
    #expect(fixture.cached()?.value("/comment") == "second")
  }

  @Test func `each goes out once, however many follow`() async throws {
    for number in 1...5 {
      let result = try await fixture.write(#"{"comment":"\#(number)"}"#)
      #expect(result.unapplied == [])
      #expect(result.entry.value("/comment") == .string(String(number)))
      try await fixture.waitForRest()
    }
    #expect(fixture.upstream.updates.count == 5)
    #expect(try await fixture.storage.auditTrail(after: 0, limit: 9).count == 5)
  }

  @Test func `whoever had the lane in between is looked at first`() async throws {
    _ = try await fixture.write(#"{"comment":"first"}"#)
    try await fixture.waitForRest()
    let other = LaneRequest(
      owner: ResourceID(high: 8, low: 8), now: fixture.clock.wall,
      until: fixture.clock.wall + .seconds(60))
    let heatPump = fixture.service.reference(cellar)
    let lease = try #require(try await fixture.storage.claimLane(heatPump, other))
    #expect(try await fixture.storage.releaseLane(lease))
    #expect(try await stateWhenStored("second") == .queued)
    try await fixture.waitForRest()
    #expect(fixture.upstream.updates.last == ["comment": "second"])
  }

  @Test func `an old copy is read anew first`() async throws {
    _ = try await fixture.write(#"{"comment":"first"}"#)
    try await fixture.waitForRest()
    fixture.advance(31)
    #expect(try await stateWhenStored("second") == .queued)
    try await fixture.waitForRest()
    #expect(fixture.upstream.updates.last == ["comment": "second"])
  }

  @Test func `a condition is weighed in the lane`() async throws {
    let tag = try await fixture.write(#"{"comment":"first"}"#).entry.settingsTag
    try await fixture.waitForRest()
    #expect(try await stateWhenStored("second", ifMatch: .settings([tag])) == .queued)
  }

  @Test func `what is against the rules is not sent`() async throws {
    _ = try await fixture.write(#"{"comment":"first"}"#)
    try await fixture.waitForRest()
    let fault = try await fixture.writeFault(#"{"space_heating":{"minimum_temperature":24}}"#)
    #expect(fault.type == .invalidPatch)
    #expect(fixture.upstream.updates == [["comment": "first"]])
  }

  @Test func `a merged update is made in the lane`() async throws {
    let fixture = OrganisationFixture(configure: { $0.writeMode = .merge })
    _ = try await fixture.write(#"{"comment":"first"}"#)
    try await fixture.waitForRest()
    let request = try fixture.request(#"{"comment":"second"}"#, waiting: .notAtAll)
    guard case .running(let stored) = try await fixture.service.write(request) else {
      Issue.record("not running")
      return
    }
    #expect(stored.state == .queued)
    try await fixture.waitForRest()
  }

  /// The state in which a write is stored that nobody waits for.
  private func stateWhenStored(
    _ comment: String, ifMatch: WritePrecondition? = nil
  ) async throws -> OperationState? {
    let request = try fixture.request(
      #"{"comment":"\#(comment)"}"#, ifMatch: ifMatch, waiting: .notAtAll)
    guard case .running(let stored) = try await fixture.service.write(request) else { return nil }
    return stored.state
  }
}
