import GatewayCore
import HeatPumpService
import PoderoClient
import ResponseCache
import TestSupport
import Testing

/// Goal: an upstream that fails costs readers their patience at most once, and never the answer.
/// Method: outages of several kinds after one good read, with a clock moved by hand.
@Suite struct OutageTests {
  private let fixture = OrganisationFixture()

  @Test func `the last answer stands in for a failure, for a day`() async throws {
    _ = try await fixture.read()
    fixture.upstream.setOutage(.status(400))
    fixture.advance(931)
    let served = try await fixture.read()
    #expect(served.outcome.kind == .replaced)
    #expect(served.outcome.headers.contains(.init("Gateway-Stale", "true")))
    #expect(served.outcome.headers.contains(.init("Age", "931")))
    fixture.advance(86400 - 932)
    #expect(try await fixture.read().outcome.kind == .replaced)
    fixture.advance(1)
    #expect(await fixture.readFault() == .upstreamError)
  }

  @Test func `whoever limits the age gets the failure`() async throws {
    _ = try await fixture.read()
    fixture.upstream.setOutage(.status(400))
    fixture.advance(60)
    #expect(await fixture.readFault(cellar, "no-cache") == .upstreamError)
    #expect(await fixture.readFault(cellar, "max-age=59") == .upstreamError)
    #expect(try await fixture.read(cellar, "max-age=61").outcome.kind == .revalidating)
  }

  @Test func `garbage is unreadable, and replaced where there is an answer`() async throws {
    let garbage = FakeTransport.Step.respond(
      TransportResponse(
        status: 200, headers: [.init("Content-Type", "application/json")],
        body: Array("{\"id\":}".utf8)))
    fixture.upstream.transport.append(garbage)
    #expect(await fixture.readFault() == .upstreamUnreadable)
    _ = try await fixture.read()
    fixture.advance(931)
    fixture.upstream.transport.append(garbage)
    let headers = try await fixture.read().outcome.headers
    #expect(
      headers.contains(
        .init("Cache-Status", "podero-gateway; fwd=stale; detail=upstream-unreadable")))
  }

  @Test func `after a failure others don't wait for the next one`() async throws {
    _ = try await fixture.read()
    fixture.advance(931)
    fixture.upstream.transport.append(.status(400), .hold)
    #expect(try await fixture.read().outcome.kind == .replaced)
    fixture.advance(6)
    // The second try hangs, but nobody waits for it.
    #expect(try await fixture.read().outcome.kind == .replaced)
    await fixture.upstream.transport.waitForRequests(3)
    for _ in 0..<50 { #expect(try await fixture.read().outcome.kind == .replaced) }
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    await turnsTrue("recovered") {
      fixture.cached()?.fetchedAt
        == fixture.clock.monotonic
    }
    #expect(try await fixture.read().outcome.kind == .hit)
    #expect(fixture.upstream.log.count == 3)
  }

  @Test func `an open breaker is met at once`() async throws {
    let fixture = OrganisationFixture(upstream: {
      $0.breakerThreshold = 1; $0.readRetries = 0
    })
    _ = try await fixture.read()
    fixture.advance(931)
    fixture.upstream.setOutage(.status(500))
    #expect(try await fixture.read().outcome.kind == .replaced)
    for _ in 0..<100 { #expect(try await fixture.read().outcome.kind == .replaced) }
    #expect(await fixture.readFault(cellar, "no-cache") == .upstreamUnavailable)
    #expect(fixture.upstream.log.count == 2)
  }

  @Test func `a caller in a hurry gets the last answer when its time is over`() async throws {
    _ = try await fixture.read()
    fixture.advance(931)
    fixture.upstream.transport.append(.hold)
    async let hurried = fixture.service.heatPump(cellar, .none, fixture.context(.seconds(2)))
    async let patient = fixture.read()
    await fixture.upstream.transport.waitForRequests(2)
    await fixture.clock.waitForSleepers(1)
    fixture.advance(2)
    #expect(try await hurried.outcome.kind == .replaced)
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    #expect(try await patient.outcome.kind == .fetched)
  }

  @Test func `a caller in a hurry gets a time-out where there is no last answer`() async throws {
    fixture.upstream.transport.append(.hold)
    async let hurried = fault()
    await fixture.upstream.transport.waitForRequests(1)
    await fixture.clock.waitForSleepers(1)
    fixture.advance(2)
    #expect(await hurried == .upstreamTimeout)
    fixture.upstream.transport.releaseAll(.status(500))
  }

  @Test func `a reader that is cancelled doesn't take the request along`() async throws {
    fixture.upstream.transport.append(.hold)
    let reader = Task { try await fixture.read() }
    await fixture.upstream.transport.waitForRequests(1)
    reader.cancel()
    await #expect(throws: GatewayFault.self) { _ = try await reader.value }
    #expect(fixture.upstream.transport.heldCount == 1)
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    await turnsTrue("stored all the same") { fixture.cache.figures.entries == 1 }
  }

  private func fault() async -> ProblemType? {
    do {
      _ = try await fixture.service.heatPump(cellar, .none, fixture.context(.seconds(2)))
      return nil
    } catch {
      return error.type
    }
  }
}
