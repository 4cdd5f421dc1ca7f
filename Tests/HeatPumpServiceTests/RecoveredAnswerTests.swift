import GatewayCore
import HeatPumps
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: what an earlier process kept is good for reading, and no ground to judge a write by: the
/// process may have written more than it kept.
/// Method: a kept answer, and an upstream in which the dead process's last write has come after it.
@Suite struct RecoveredAnswerTests {
  private let fixture = OrganisationFixture()

  @Test(arguments: [0, 5])
  func `the last write before a crash is not taken for a reset after it`(
    age: Int
  ) async throws {
    try await recover(age: age)
    let result = try await fixture.write(#"{"comment":"hello"}"#)
    #expect(result.reset == nil)
    #expect(fixture.upstream.updates == [["comment": "hello"]])
    #expect(result.entry.value("/space_heating/enabled") == false)
    #expect(fixture.service.writeMode == .sparse)
  }

  @Test func `reading goes on from what was kept`() async throws {
    try await recover(age: 5)
    #expect(try await fixture.read().outcome.kind == .hit)
    #expect(fixture.upstream.log.isEmpty)
  }

  private func recover(age: Int) async throws {
    let kept = HeatPumpReference(organisation: "north", user: cellar.user, id: cellar.id)
    guard case .respond(let shown) = fixture.upstream.detail(cellar.id) else { return }
    try await fixture.storage.keep(
      answers: [
        StoredHeatPump(heatPump: kept, upstream: shown.body, fetchedAt: fixture.clock.wall)
      ], settings: [], gone: [])
    fixture.upstream.change(cellar.id, ["is_space_heating_enabled": false])
    fixture.advance(age)
    try await fixture.service.recover(bytes: 1 << 20)
  }
}
