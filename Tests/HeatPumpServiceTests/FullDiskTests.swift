import GatewayCore
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: whoever waits for a write hears what is so when the storage fails in the middle of it.
/// Method: a storage that takes no writes from some moment on, and still reads.
@Suite struct FullDiskTests {
  private static let json = #"{"pause":{"active":true}}"#
  private static let full = StorageFault.unavailable("disk full")

  @Test func `a write that cannot be stored is refused, and nothing goes upstream`() async throws {
    let fixture = OrganisationFixture()
    fixture.storage.fail(with: Self.full, canRead: true)
    let fault = try await fixture.writeFault(Self.json)
    #expect(fault.type == .storageUnavailable && fault.retryAfter == .seconds(5))
    #expect(fault.operationID == nil)
    #expect(fixture.upstream.log.isEmpty)
  }

  @Test func `a write that is stored, and then neither sent nor withdrawn, is not called sent`()
    async throws
  {
    let fixture = OrganisationFixture()
    fixture.upstream.transport.append(.hold)
    async let outcome = fixture.writeFault(Self.json)
    try await fixture.waitForOpen(1)
    await turnsTrue("the read before the write") { fixture.upstream.transport.heldCount == 1 }
    fixture.storage.fail(with: Self.full, canRead: true)
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    // The caller waits for its outcome, and the lane for the storage.
    await fixture.clock.waitForSleepers(2)
    fixture.advance(16)
    let fault = try await outcome
    #expect(fault.type == .outcomeUnknown && fault.operationID != nil)
    #expect(fault.detail.hasPrefix("The update has not been sent"), "\(fault.detail)")
    #expect(fixture.upstream.updates.isEmpty)
    // It comes to its end by itself once there is room, and is not sent then, as it is too late.
    await fixture.clock.waitForSleepers()
    fixture.storage.fail(with: nil)
    fixture.advance(30)
    try await fixture.waitForOpen(0)
    #expect(fixture.upstream.updates.isEmpty)
  }
}
