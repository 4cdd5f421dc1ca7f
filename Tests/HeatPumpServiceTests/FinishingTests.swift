import GatewayCore
import HeatPumps
import PoderoClient
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: at the end nothing of the service's is left running, and nothing is lost by that.
/// Method: the service is finished while work is held at each of its steps. The clock stands still,
/// so that whoever waits for time would wait for ever.
@Suite struct FinishingTests {
  private let fixture = OrganisationFixture()

  private func finish() async {
    await fixture.service.finish(
      by: fixture.clock.monotonic + .seconds(20), hasCallers: false)
    #expect(fixture.service.errands.count == 0)
    #expect(fixture.flights == 0)
  }

  @Test func `an update under way is seen through, and what is queued behind it stays`()
    async throws
  {
    let first = try await heldUpdate()
    let second = try await fixture.writeAsync(#"{"comment":"2"}"#)
    async let end: Void = finish()
    await turnsTrue("it stops") { fixture.service.isStopping }
    fixture.releaseUpdate()
    await end
    #expect(try await fixture.stored(first.request.id).state == .accepted)
    #expect(try await fixture.stored(second.request.id).state == .queued)
    try await fixture.waitForFreeLane()
  }

  @Test func `an update without an answer is broken off in the end, and its lane given back`()
    async throws
  {
    let held = try await heldUpdate()
    async let end: Void = finish()
    await turnsTrue("it stops") { fixture.service.isStopping }
    fixture.advance(20)
    await end
    #expect(try await fixture.stored(held.request.id).state == .sent)
    try await fixture.waitForFreeLane()
  }

  @Test func `a write whose read is broken off is not given up`() async throws {
    fixture.upstream.transport.append(.hold)
    let write = try await fixture.writeAsync(#"{"comment":"1"}"#)
    await fixture.upstream.transport.waitForRequests(1)
    async let end: Void = finish()
    await turnsTrue("it stops") { fixture.service.isStopping }
    fixture.advance(20)
    await end
    #expect(try await fixture.stored(write.request.id).state == .queued)
    try await fixture.waitForFreeLane()
  }

  @Test func `a lane that pauses is given back at once`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.fail(TransportFault(.tls, mayHaveBeenSent: false)))
    let write = try await fixture.writeAsync(#"{"comment":"1"}"#)
    await turnsTrue("it pauses") { fixture.service.bells.hasBell(cellar.id) }
    await finish()
    #expect(try await fixture.stored(write.request.id).state == .queued)
    // Whoever comes next takes it up when it is due.
    fixture.advance(20)
    try await fixture.waitForFreeLane()
  }

  @Test func `a lane that waits for what an update has come to is given back at once`()
    async throws
  {
    _ = try await fixture.read()
    fixture.upstream.transport.append(
      .fail(TransportFault(.interrupted, mayHaveBeenSent: true)))
    let fault = try await fixture.writeFault(#"{"comment":"1"}"#)
    #expect(fault.type == .outcomeUnknown)
    await turnsTrue("it pauses") { fixture.service.bells.hasBell(cellar.id) }
    await finish()
    #expect(try await fixture.stored(try #require(fault.operationID)).state == .sent)
    try await fixture.waitForFreeLane()
  }

  @Test func `a read that nobody waits for is broken off at once`() async throws {
    fixture.upstream.transport.append(.hold, .hold)
    fixture.service.refresh(cellar)
    fixture.service.refresh(user: jana)
    await fixture.upstream.transport.waitForRequests(2)
    await finish()
  }

  private func heldUpdate() async throws -> StoredOperation {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.hold)
    let write = try await fixture.writeAsync(#"{"comment":"0"}"#)
    await fixture.upstream.transport.waitForRequests(2)
    return write
  }
}
