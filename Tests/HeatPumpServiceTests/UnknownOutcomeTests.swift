import GatewayCore
import HeatPumps
import PoderoClient
import ResponseCache
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: an update without an answer is settled by reading, and what stays unknown is said to be.
/// Method: updates that time out, break off or fail, carried out or not.
@Suite struct UnknownOutcomeTests {
  private let fixture = OrganisationFixture()

  @Test(arguments: [TransportFault.Kind.timeout, .interrupted])
  func `an update that was carried out counts as applied`(kind: TransportFault.Kind) async throws {
    let result = try await carriedOut(then: .fail(TransportFault(kind, mayHaveBeenSent: true)))
    #expect(result.unapplied == [])
    #expect(result.entry.value("/comment") == "hello")
    #expect(result.entry.pending.map(\.pointer) == ["/comment"])
    #expect(fixture.upstream.updates.count == 1)
  }

  @Test func `an unreadable answer to an update that was carried out is no failure`() async throws {
    let page = TransportResponse(
      status: 200, headers: [.init("Content-Type", "text/html")], body: Array("<html>".utf8))
    #expect(try await carriedOut(then: .respond(page)).unapplied == [])
  }

  @Test func `an update that is not seen has an unknown outcome`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.fail(TransportFault(.interrupted, mayHaveBeenSent: true)))
    let fault = try await fixture.writeFault(#"{"comment":"hello"}"#)
    #expect(fault.type == .outcomeUnknown)
    #expect(fault.operationID != nil)
    #expect(fixture.upstream.updates.count == 1)
    #expect(fixture.cached()?.pending == [])
  }

  @Test func `an upstream that cannot be read leaves the outcome unknown`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(
      .fail(TransportFault(.interrupted, mayHaveBeenSent: true)), .status(400))
    #expect(try await fixture.writeFault(#"{"comment":"hello"}"#).type == .outcomeUnknown)
  }

  @Test func `an update that ended in the upstream's error and is not seen has failed`()
    async throws
  {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.status(500))
    let fault = try await fixture.writeFault(#"{"comment":"hello"}"#)
    #expect(fault.type == .upstreamError)
    #expect(fault.operationID != nil)
  }

  @Test func `an update that never left is no unknown outcome`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.fail(TransportFault(.tls, mayHaveBeenSent: false)))
    #expect(try await fixture.writeFault(#"{"comment":"hello"}"#).type == .upstreamUnreachable)
    #expect(fixture.upstream.log.count == 2)
  }

  @Test func `no newer update is sent while the old one may still be at work`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.fail(TransportFault(.interrupted, mayHaveBeenSent: true)))
    #expect(try await fixture.writeFault(#"{"comment":"old"}"#).type == .outcomeUnknown)
    let newer = try fixture.request(#"{"comment":"new"}"#, within: .seconds(60))
    async let result = fixture.service.write(newer)
    try await fixture.waitForOpen(2)
    await fixture.clock.waitForSleepers(1)
    #expect(fixture.upstream.updates.count == 1)
    fixture.advance(20)
    // Two equal reads behind the upstream's time-out decide that the old one did not arrive.
    await fixture.clock.waitForSleepers(2)
    fixture.advance(2)
    #expect(try await result.result.entry.value("/comment") == "new")
    #expect(fixture.upstream.updates.count == 2)
  }

  @Test func `what an old update did late is seen`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.fail(TransportFault(.interrupted, mayHaveBeenSent: true)))
    #expect(try await fixture.writeFault(#"{"comment":"old"}"#).type == .outcomeUnknown)
    fixture.upstream.change(cellar.id, ["comment": "old"])
    await fixture.clock.waitForSleepers(1)
    fixture.advance(20)
    await turnsTrue("read again") { fixture.cached()?.value("/comment") == "old" }
    try await fixture.waitForOpen(0)
  }

  private func carriedOut(then step: FakeTransport.Step) async throws -> WriteResult {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.hold)
    async let result = fixture.write(#"{"comment":"hello"}"#)
    await fixture.upstream.transport.waitForRequests(2)
    _ = fixture.upstream.carryOut(fixture.upstream.transport.requests[1])
    fixture.upstream.transport.release(step)
    return try await result
  }
}

/// Goal: writes to one heat pump go out one at a time, in order, and none too late.
/// Method: writes that are held while others come.
@Suite struct WriteOrderTests {
  private let fixture = OrganisationFixture()

  @Test func `two writes to one heat pump go out in their order`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.hold)
    async let first = fixture.write(#"{"comment":"first"}"#)
    await fixture.upstream.transport.waitForRequests(2)
    async let second = fixture.write(#"{"comment":"second"}"#)
    try await fixture.waitForOpen(2)
    #expect(fixture.upstream.updates.count == 1)
    release(1)
    #expect(try await first.entry.value("/comment") == "first")
    #expect(try await second.entry.value("/comment") == "second")
    #expect(fixture.upstream.updates == [["comment": "first"], ["comment": "second"]])
    try await fixture.waitForOpen(0)
  }

  @Test func `writes to two heat pumps don't wait for one another`() async throws {
    fixture.upstream.place(attic.id, of: jana)
    _ = try await fixture.list()
    fixture.upstream.transport.append(.hold)
    async let first = fixture.write(#"{"comment":"first"}"#)
    await fixture.upstream.transport.waitForRequests(2)
    _ = try await fixture.write(#"{"comment":"second"}"#, attic)
    release(1)
    _ = try await first
  }

  @Test func `a write goes on when its caller leaves`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.hold)
    let caller = Task { try await fixture.write(#"{"comment":"hello"}"#) }
    await fixture.upstream.transport.waitForRequests(2)
    caller.cancel()
    #expect(fixture.upstream.transport.heldCount == 1)
    release(1)
    await turnsTrue("carried out") { fixture.cached()?.value("/comment") == "hello" }
    try await fixture.waitForOpen(0)
  }

  @Test func `a write whose time is over while it waits is told so and not sent`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.hold)
    async let first = fixture.write(#"{"comment":"first"}"#)
    await fixture.upstream.transport.waitForRequests(2)
    let late = try fixture.request(#"{"comment":"late"}"#, within: .seconds(2))
    async let second = fault(late)
    await fixture.clock.waitForSleepers(1)
    fixture.advance(2)
    let found = await second
    #expect(found?.type == .upstreamTimeout)
    #expect(found?.detail.contains("nothing was sent") == true)
    // The lane is the first one's still.
    try await fixture.waitForOpen(1)
    release(1)
    _ = try await first
    #expect(fixture.upstream.updates == [["comment": "first"]])
    try await fixture.waitForOpen(0)
  }

  private func release(_ index: Int) {
    fixture.upstream.transport.release(
      fixture.upstream.carryOut(fixture.upstream.transport.requests[index]))
  }

  private func fault(_ request: WriteRequest) async -> GatewayFault? {
    do {
      _ = try await fixture.service.write(request)
      return nil
    } catch {
      return error
    }
  }
}
