import GatewayCore
import HeatPumps
import PoderoClient
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: the end of each write is told once, in one step with its being stored.
/// Method: writes that end in each way, with storages that fail at the wrong moment.
@Suite struct WriteEventTests {
  private let fixture = OrganisationFixture()

  private func writeEvents(_ gateway: OrganisationFixture? = nil) async throws -> [HeatPumpEvent] {
    try await (gateway ?? fixture).loggedEvents().filter { $0.operationID != nil }
  }

  @Test func `a write that the device shows is told to be verified`() async throws {
    let written = try await fixture.write(#"{"market":{"price_zone":"DE_LU"}}"#)
    fixture.advance(60)
    fixture.observeDevice()
    try await fixture.poll()
    try await fixture.waitFor(.verified, of: written.operationID)
    let event = try #require(try await writeEvents().first)
    #expect(event.type == .writeVerified)
    #expect(event.operationID == written.operationID)
    #expect(event.cause == .app)
    #expect(
      event.changes == [
        FieldChange(pointer: "/market/price_zone", from: "AT_HOURLY", to: "DE_LU")
      ])
    #expect(event.heatPump?.id == cellar.id)
    #expect(event.heatPump?.alias == "smith-home")
    #expect(event.heatPump?.representation != nil)
    #expect(fixture.service.eventFigures.events["heat_pump.write_verified"] == 1)
  }

  @Test func `of a write that the device never shows, what was missed is told`() async throws {
    let written = try await fixture.write(
      #"{"market":{"price_zone":"DE_LU"},"space_heating":{"enabled":false}}"#)
    fixture.advance(60)
    fixture.observeDevice()
    fixture.upstream.change(cellar.id, ["price_zone": "AT_HOURLY"])
    try await fixture.poll()
    fixture.advance(2700)
    try await fixture.poll()
    try await fixture.waitFor(.unverified, of: written.operationID)
    let event = try #require(try await writeEvents().first)
    #expect(event.type == .writeFailed)
    #expect(event.changes.map(\.pointer) == ["/market/price_zone"])
    #expect(try await writeEvents().count == 1)
  }

  @Test func `a write that changed nothing is told to have failed`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.json(["detail": "no"], status: 422))
    let fault = try await fixture.writeFault(#"{"market":{"price_zone":"DE_LU"}}"#)
    let event = try #require(try await writeEvents().first)
    #expect(event.type == .writeFailed)
    #expect(event.operationID == fault.operationID)
    #expect(
      event.changes == [
        FieldChange(pointer: "/market/price_zone", from: "AT_HOURLY", to: "DE_LU")
      ])
  }

  @Test func `each end is told as what it is, and one that nobody waits for not at all`() {
    let told = OperationState.allCases.map { ($0, $0.eventType) }
    for (state, type) in told {
      let expected: HeatPumpEventType? =
        switch state {
        case .verified: .writeVerified
        case .failed, .rejected, .expired, .unknown, .unverified: .writeFailed
        default: nil
        }
      #expect(type == expected, "\(state)")
    }
  }

  @Test func `an end that could not be stored is told after the restart`()
    async throws
  {
    let written = try await fixture.write(#"{"market":{"price_zone":"DE_LU"}}"#)
    fixture.advance(60)
    fixture.observeDevice()
    fixture.storage.fail(with: .unavailable("full"))
    try await fixture.poll()
    await turnsTrue("said") { fixture.log.text.contains("verifications could not be stored") }
    fixture.storage.fail(with: nil)
    #expect(try await writeEvents() == [])
    let heir = OrganisationFixture(after: fixture)
    try await heir.service.recover(bytes: 1 << 20)
    try await heir.poll()
    try await heir.waitFor(.verified, of: written.operationID)
    let event = try #require(try await writeEvents().first)
    #expect(event.type == .writeVerified)
    // What was there before the write, that process never saw.
    #expect(event.changes.map(\.from) == [.null])
    #expect(try await writeEvents().count == 1)
  }

  @Test func `an end that could not be stored is told once the storage is back`() async throws {
    let written = try await fixture.write(#"{"market":{"price_zone":"DE_LU"}}"#)
    fixture.advance(60)
    fixture.observeDevice()
    let end = fixture.clock.wall
    fixture.storage.fail(with: .unavailable("full"))
    try await fixture.poll()
    await turnsTrue("said") { fixture.log.text.contains("verifications could not be stored") }
    try await verifying { beat in
      await beat()
      await beat()
      fixture.storage.fail(with: nil)
      await beat()
      await beat()
    }
    try await fixture.waitFor(.verified, of: written.operationID)
    let events = try await writeEvents()
    #expect(events.map(\.type) == [.writeVerified])
    #expect(events.map(\.timestamp) == [end])
    #expect(events.first?.changes.map(\.from) == ["AT_HOURLY"])
    #expect(fixture.log.text.split(separator: "could not be stored").count == 2)
    #expect(fixture.log.text.contains("verifications can be stored again"))
  }

  @Test func `an end that another one's fault held up is told all the same`() async throws {
    let first = try await fixture.write(#"{"market":{"price_zone":"DE_LU"}}"#)
    fixture.upstream.place(attic.id, of: jana)
    let second = try await fixture.write(#"{"comment":"a"}"#, attic)
    fixture.advance(60)
    for address in [cellar, attic] { fixture.observeDevice(address) }
    fixture.storage.fail(with: .unavailable("full"))
    try await fixture.poll()
    await turnsTrue("both wait") { fixture.service.state.withLock { $0.unstored.count } == 2 }
    fixture.storage.fail(with: nil)
    try await fixture.storage.conclude(
      [Conclusion(operationID: first.operationID, state: .unverified)], at: fixture.clock.wall,
      lease: nil, audit: [])
    try await verifying { beat in await beat() }
    try await fixture.waitFor(.verified, of: second.operationID)
    #expect(try await writeEvents().map(\.operationID) == [second.operationID])
  }

  @Test func `a write that was overtaken ends though the end of the newer one has to wait`()
    async throws
  {
    let older = try await fixture.write(#"{"comment":"a"}"#)
    let count = fixture.upstream.log.count
    fixture.upstream.transport.append(.hold)
    async let newer = fixture.write(#"{"comment":"b"}"#)
    await fixture.upstream.transport.waitForRequests(count + 1)
    let update = try #require(fixture.upstream.transport.requests.last)
    #expect(update.method == .put)
    fixture.storage.fail(with: .unavailable("full"))
    fixture.upstream.transport.release(fixture.upstream.carryOut(update))
    let result = try await newer
    await turnsTrue("it waits") { fixture.service.state.withLock { $0.unstored.count } == 1 }
    fixture.storage.fail(with: nil)
    let loop = Task { await fixture.service.verifyWrites() }
    defer { loop.cancel() }
    _ = try await fixture.advance(until: .superseded, of: older.operationID, sleepers: 1)
    _ = try await fixture.advance(until: .accepted, of: result.operationID, sleepers: 1)
  }

  /// Runs the loop that sees writes through; `beat` lets it go round once.
  private func verifying(_ body: (() async -> Void) async throws -> Void) async throws {
    let task = Task { await fixture.service.verifyWrites() }
    defer { task.cancel() }
    await fixture.clock.waitForSleepers(1)
    try await body {
      fixture.advance(5)
      await fixture.clock.waitForSleepers(1)
    }
  }

  @Test func `events of a write have its request's trace, also after a restart`() async throws {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    var request = try fixture.request(#"{"market":{"price_zone":"DE_LU"}}"#)
    request.context.traceparent = trace
    let written = try await fixture.service.write(request).result
    let heir = OrganisationFixture(after: fixture)
    try await heir.service.recover(bytes: 1 << 20)
    heir.advance(60)
    heir.observeDevice()
    try await heir.poll()
    try await heir.waitFor(.verified, of: written.operationID)
    #expect(try await writeEvents().map(\.traceparent) == [trace])
  }

  @Test func `the event of a write that fails has its request's trace`() async throws {
    fixture.upstream.setOutage(.status(400))
    var request = try fixture.request(#"{"comment":"a"}"#)
    request.context.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    _ = try await fixture.writeFault(request)
    #expect(try await writeEvents().map(\.traceparent) == [request.context.traceparent])
  }

  @Test func `followers of the log hear of the ends of writes`() async throws {
    let calls = Locked(0)
    _ = fixture.service.journal.follow("north") { calls.withLock { $0 += 1 } }
    fixture.upstream.setOutage(.status(400))
    _ = try await fixture.writeFault(#"{"comment":"a"}"#)
    #expect(calls.withLock { $0 } == 1)
  }
}
