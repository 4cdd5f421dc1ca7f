import GatewayCore
import HeatPumpService
import PoderoClient
import ResponseCache
import TestSupport
import Testing

/// Goal: a heat pump comes from memory while that is right, and else from the upstream, once.
/// Method: the real client over a partner API played by a script, with a clock moved by hand.
@Suite struct ReadingTests {
  private let fixture = OrganisationFixture()

  @Test func `the first read fetches, and those within the freshness don't`() async throws {
    let first = try await fixture.read()
    #expect(first.outcome.kind == .fetched)
    #expect(first.value.value("/comment") == .null)
    fixture.advance(29)
    let second = try await fixture.read()
    #expect(second.outcome.kind == .hit)
    #expect(second.outcome.age == .seconds(29))
    #expect(fixture.upstream.log == ["GET \(path(cellar))"])
    #expect(
      fixture.service.figures.reads == [.hit: 1, .revalidating: 0, .fetched: 1, .replaced: 0])
  }

  @Test func `a stale answer is served at once and refreshed by exactly one request`() async throws
  {
    _ = try await fixture.read()
    fixture.advance(31)
    fixture.upstream.change(cellar.id, ["comment": "new"])
    fixture.upstream.transport.append(.hold)
    for _ in 0..<100 {
      let served = try await fixture.read()
      #expect(served.outcome.kind == .revalidating)
      #expect(served.value.value("/comment") == .null)
    }
    await fixture.upstream.transport.waitForRequests(2)
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    await turnsTrue("refreshed") {
      fixture.cached()?.value("/comment") == "new"
    }
    #expect(try await fixture.read().outcome.kind == .hit)
    #expect(fixture.upstream.log.count == 2)
  }

  @Test func `a failing refresh is not tried again for every request`() async throws {
    _ = try await fixture.read()
    fixture.advance(31)
    fixture.upstream.setOutage(.status(400))
    _ = try await fixture.read()
    await fixture.upstream.transport.waitForRequests(2)
    await turnsTrue("the refresh has ended") { fixture.flights == 0 }
    for _ in 0..<100 {
      #expect(try await fixture.read().outcome.kind == .revalidating)
      await Task.yield()
    }
    #expect(fixture.upstream.log.count == 2)
    fixture.advance(5)
    _ = try await fixture.read()
    await fixture.upstream.transport.waitForRequests(3)
  }

  @Test func `a thousand readers at once cost one request`() async throws {
    fixture.upstream.transport.append(.hold)
    try await withThrowingTaskGroup(of: CacheOutcome.Kind.self) { group in
      for _ in 0..<1000 {
        group.addTask { try await fixture.read().outcome.kind }
      }
      await fixture.upstream.transport.waitForRequests(1)
      fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
      var kinds: [CacheOutcome.Kind: Int] = [:]
      for try await kind in group { kinds[kind, default: 0] += 1 }
      // Who came after the answer was in had a hit.
      #expect(kinds[.fetched, default: 0] + kinds[.hit, default: 0] == 1000)
    }
    #expect(fixture.upstream.log.count == 1)
  }

  @Test func `no-cache fetches what is older than five seconds, only-if-cached nothing`()
    async throws
  {
    #expect(await fixture.readFault(cellar, "only-if-cached") == .notCached)
    _ = try await fixture.read()
    fixture.advance(4)
    #expect(try await fixture.read(cellar, "no-cache").outcome.kind == .hit)
    fixture.advance(1)
    let again = try await fixture.read(cellar, "no-cache")
    #expect(
      again.outcome.headers.contains(.init("Cache-Status", "podero-gateway; fwd=request; stored")))
    fixture.advance(929)
    #expect(try await fixture.read(cellar, "only-if-cached").outcome.age == .seconds(929))
    await fixture.upstream.transport.waitForRequests(2)
    fixture.advance(1)
    #expect(await fixture.readFault(cellar, "only-if-cached") == .notCached)
    #expect(fixture.upstream.log.count == 2)
  }

  @Test func `an upstream that answers 404 takes the heat pump out of the memory`() async throws {
    _ = try await fixture.read()
    fixture.upstream.remove(cellar.id)
    fixture.advance(10)
    #expect(await fixture.readFault(cellar, "no-cache") == .notFound)
    #expect(fixture.cached() == nil)
    #expect(await fixture.readFault(cellar, "only-if-cached") == .notCached)
  }

  @Test func `an answer about another heat pump or of another owner is none`() async throws {
    fixture.upstream.transport.append(fixture.upstream.detail(cellar.id))
    #expect(await fixture.readFault(attic) == .notFound)
    fixture.upstream.place(cellar.id, of: peter)
    fixture.upstream.transport.append(fixture.upstream.detail(cellar.id))
    #expect(await fixture.readFault(cellar) == .notFound)
    #expect(fixture.cache.figures.entries == 0)
  }

  private func path(_ address: HeatPumpAddress) -> String {
    "/users/\(address.user)/heat-pumps/\(address.id)"
  }
}

/// Goal: whom a heat pump doesn't belong to never sees it, whatever the memory holds.
/// Method: readers under the right and the wrong owner, one after the other and at once.
@Suite struct OwnerTests {
  private let fixture = OrganisationFixture()
  private let wrong = HeatPumpAddress(user: peter, id: cellar.id)

  @Test func `the wrong owner gets 404 from the memory`() async throws {
    _ = try await fixture.read()
    #expect(await fixture.readFault(wrong) == .notFound)
    #expect(fixture.upstream.log.count == 1)
  }

  @Test func `the wrong owner doesn't share the right one's request`() async throws {
    fixture.upstream.transport.append(.hold)
    async let right = fixture.read()
    await fixture.upstream.transport.waitForRequests(1)
    #expect(await fixture.readFault(wrong) == .notFound)
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    #expect(try await right.value.identity.userID == jana)
  }

  @Test func `a 404 to the wrong owner takes nothing from the right one`() async throws {
    _ = try await fixture.list()
    let aliasless = OrganisationFixture(aliases: [:])
    _ = try await aliasless.list()
    aliasless.cache.removeHeatPump(HeatPumpKey(organisation: 0, id: cellar.id), of: jana)
    #expect(await aliasless.readFault(wrong) == .notFound)
    #expect(aliasless.directory.address(of: cellar.id) == cellar)
  }

  @Test func `a heat pump that has moved is found under its new owner`() async throws {
    _ = try await fixture.read()
    fixture.upstream.place(cellar.id, of: peter)
    #expect(await fixture.readFault(wrong) == .notFound)
    fixture.advance(31)
    #expect(try await fixture.read(wrong).value.identity.userID == peter)
    #expect(await fixture.readFault(cellar) == .notFound)
  }

  @Test func `the old owner's list doesn't drop what the new owner's has shown`() async throws {
    let fixture = OrganisationFixture(aliases: [:])
    _ = try await fixture.list()
    fixture.upstream.place(attic.id, of: jana)
    fixture.upstream.place(cellar.id, of: peter)
    fixture.advance(31)
    _ = try await fixture.list(of: peter)
    _ = try await fixture.list(of: jana, "no-cache")
    #expect(fixture.directory.address(of: cellar.id)?.user == peter)
    #expect(fixture.cached() != nil)
  }
}
