import GatewayCore
import HeatPumps
import PoderoClient
import ResponseCache
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: statistics and savings are passed on, cached by their query, and never as garbage.
/// Method: calls with equal and different queries, before and during an outage.
@Suite struct DocumentTests {
  private let fixture = OrganisationFixture()
  private let daily = PoderoCall.statistics(
    user: jana, id: cellar.id, query: "resolution=1DAY")

  private func document(
    _ call: PoderoCall, _ directives: String = ""
  ) async throws -> Served<CachedDocument> {
    try await fixture.service.document(
      call, CacheDirectives(header: directives), fixture.context)
  }

  @Test func `a document is fetched once for each query`() async throws {
    let first = try await document(daily)
    #expect(try JSONValue(parsing: first.value.body)["metadata"] == ["kind": "statistics"])
    #expect(try await document(daily).outcome.kind == .hit)
    let savings = PoderoCall.savings(user: jana, id: cellar.id, query: "resolution=1DAY")
    #expect(try await document(savings).outcome.kind == .fetched)
    let monthly = PoderoCall.statistics(user: jana, id: cellar.id, query: "resolution=1MONTH")
    #expect(try await document(monthly).outcome.kind == .fetched)
    #expect(fixture.upstream.log.count == 3)
  }

  @Test func `it is refreshed behind the caller's back, and stands in for a failure`() async throws
  {
    _ = try await document(daily)
    fixture.advance(31)
    for _ in 0..<10 { #expect(try await document(daily).outcome.kind == .revalidating) }
    await fixture.upstream.transport.waitForRequests(2)
    await turnsTrue("refreshed") { fixture.flights == 0 }
    fixture.upstream.setOutage(.status(400))
    fixture.advance(931)
    #expect(try await document(daily).outcome.kind == .replaced)
    #expect(fixture.upstream.log.count == 3)
  }

  @Test func `only-if-cached asks nobody, and a 404 removes it`() async throws {
    await #expect(throws: GatewayFault.self) { _ = try await document(daily, "only-if-cached") }
    #expect(fixture.upstream.log == [])
    _ = try await document(daily)
    fixture.upstream.remove(cellar.id)
    fixture.advance(10)
    await #expect(throws: GatewayFault.self) { _ = try await document(daily, "no-cache") }
    #expect(fixture.cache.figures.entries == 0)
  }

  @Test(arguments: [#"{"data":[}"#, #"{"data":[]} {}"#, #"{"data":[]"# + "}}"])
  func `garbage is not passed on`(body: String) async throws {
    fixture.upstream.transport.append(
      .respond(
        TransportResponse(
          status: 200, headers: [.init("Content-Type", "application/json")],
          body: Array(body.utf8))))
    do {
      _ = try await document(daily)
      Issue.record("garbage passed")
    } catch {
      #expect((error as? GatewayFault)?.type == .upstreamUnreadable)
    }
  }
}

/// Goal: many heat pumps at once cost one list for each user, and what is not to be had is not
/// shown.
/// Method: two users' heat pumps, fresh, stale, missing, and during an outage.
@Suite struct ManyTests {
  private let fixture = OrganisationFixture()

  init() {
    fixture.upstream.place(attic.id, of: jana)
    fixture.upstream.place(shed.id, of: peter)
  }

  private func all(_ directives: String = "") async -> [ResourceID?] {
    await fixture.service.heatPumps(
      at: [shed, cellar, attic], CacheDirectives(header: directives), fixture.context
    ).map { $0?.document.id }
  }

  @Test func `each user is listed once, and the order is the caller's`() async {
    #expect(await all() == [shed.id, cellar.id, attic.id])
    #expect(
      Set(fixture.upstream.log) == [
        "GET /users/\(jana)/heat-pumps", "GET /users/\(peter)/heat-pumps",
      ])
    #expect(fixture.upstream.log.count == 2)
    #expect(await all() == [shed.id, cellar.id, attic.id])
    #expect(fixture.upstream.log.count == 2)
  }

  @Test func `more users than are listed at once all get their turn`() async {
    let addresses = (1...30).map { number in
      HeatPumpAddress(
        user: ResourceID(high: 5, low: number), id: ResourceID(high: 6, low: number))
    }
    for address in addresses { fixture.upstream.place(address.id, of: address.user) }
    let entries = await fixture.service.heatPumps(at: addresses, .none, fixture.context)
    #expect(entries.map { $0?.document.id } == addresses.map(\.id))
  }

  @Test func `what is stale is served while its user is listed once in the background`() async {
    _ = await all()
    fixture.advance(31)
    for _ in 0..<10 { #expect(await all() == [shed.id, cellar.id, attic.id]) }
    await fixture.upstream.transport.waitForRequests(4)
    await turnsTrue("refreshed") { fixture.flights == 0 }
    #expect(fixture.upstream.log.count == 4)
  }

  @Test func `an outage is bridged for a day and no longer`() async {
    _ = await all()
    fixture.upstream.setOutage(.status(400))
    fixture.advance(86399)
    #expect(await all() == [shed.id, cellar.id, attic.id])
    #expect(await all("no-cache") == [nil, nil, nil])
    fixture.advance(1)
    #expect(await all() == [nil, nil, nil])
  }

  @Test func `only-if-cached asks nobody and shows nothing too old`() async {
    #expect(await all("only-if-cached") == [nil, nil, nil])
    #expect(fixture.upstream.log == [])
    _ = await all()
    #expect(await all("only-if-cached") == [shed.id, cellar.id, attic.id])
    fixture.advance(931)
    #expect(await all("only-if-cached") == [nil, nil, nil])
    #expect(fixture.upstream.log.count == 2)
  }

  @Test func `the wrong owner's address shows nothing`() async {
    let wrong = HeatPumpAddress(user: peter, id: cellar.id)
    _ = await all()
    let entries = await fixture.service.heatPumps(at: [wrong, cellar], .none, fixture.context)
    #expect(entries.map { $0?.document.id } == [nil, cellar.id])
  }
}
