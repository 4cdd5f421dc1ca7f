import GatewayCore
import HeatPumps
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: every accepted write ends as verified or unverified, whether or not anybody reads.
/// Method: the loop that sees them through, with a clock moved from beat to beat.
@Suite struct VerifyingTests {
  private let fixture = OrganisationFixture()

  @Test func `a write is verified by a read of the gateway's own`() async throws {
    let written = try await fixture.write(#"{"comment":"hello"}"#)
    try await verifying {
      await beat(5)
      fixture.upstream.change(
        cellar.id,
        ["current_state_last_updated_at": .string(fixture.clock.wall.description)])
      let before = fixture.upstream.log.count
      await beat(59)
      #expect(fixture.upstream.log.count == before)
      fixture.advance(5)
      try await fixture.waitFor(.verified, of: written.operationID)
      #expect(fixture.upstream.log.count == before + 1)
    }
    #expect(fixture.cached()?.pending == [])
    #expect(fixture.upstream.updates.count == 1)
  }

  @Test func `a write that the device never shows is unverified after 45 minutes`() async throws {
    let written = try await fixture.write(#"{"comment":"hello"}"#)
    let start = fixture.clock.wall
    try await verifying {
      await beat(2699)
      #expect(try await fixture.stored(written.operationID).state == .accepted)
      #expect(fixture.cached()?.pending.count == 1)
      fixture.advance(5)
      let ended = try await fixture.waitFor(.unverified, of: written.operationID)
      #expect(ended.changedAt >= start + .seconds(2700))
      #expect(fixture.cached()?.pending == [])
    }
  }

  @Test func `an old observation verifies nothing, though it shows the value`() async throws {
    fixture.upstream.change(cellar.id, ["comment": "hello"])
    let written = try await fixture.write(#"{"comment":"hello"}"#)
    fixture.advance(60)
    _ = try await fixture.read(cellar, "no-cache")
    #expect(try await fixture.stored(written.operationID).state == .accepted)
  }

  @Test func `waits grow between reads of what does not show`() async throws {
    _ = try await fixture.write(#"{"comment":"hello"}"#)
    try await verifying {
      let before = fixture.upstream.log.count
      for _ in 0..<120 {
        await beat(5)
        await turnsTrue("read") { fixture.flights == 0 }
      }
      // After 1, 3 and 7 minutes.
      #expect(fixture.upstream.log.count == before + 3)
    }
  }

  @Test func `a verification that could not be stored is made up for after a restart`()
    async throws
  {
    let written = try await fixture.write(#"{"comment":"hello"}"#)
    fixture.advance(10)
    fixture.upstream.change(
      cellar.id, ["current_state_last_updated_at": .string(fixture.clock.wall.description)])
    fixture.storage.fail(with: .unavailable("full"))
    _ = try await fixture.read(cellar, "no-cache")
    await turnsTrue("said") { fixture.log.text.contains("verifications could not be stored") }
    fixture.storage.fail(with: nil)
    #expect(try await fixture.stored(written.operationID).state == .accepted)
    let heir = OrganisationFixture(after: fixture)
    try await heir.service.recover(bytes: 1 << 20)
    _ = try await heir.read()
    try await heir.waitFor(.verified, of: written.operationID)
  }

  private func verifying(_ body: () async throws -> Void) async throws {
    let task = Task { await fixture.service.verifyWrites() }
    defer { task.cancel() }
    await fixture.clock.waitForSleepers(1)
    try await body()
  }

  /// Moves the clock and waits until the loop sleeps again.
  private func beat(_ seconds: Int) async {
    fixture.advance(seconds)
    await fixture.clock.waitForSleepers(1)
  }
}
