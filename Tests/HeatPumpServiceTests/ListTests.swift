import GatewayCore
import HeatPumps
import PoderoClient
import ResponseCache
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: lists and single heat pumps feed one another, and what vanishes is dropped.
/// Method: a user with one or two heat pumps whose estate changes between the calls.
@Suite struct ListTests {
  private let fixture = OrganisationFixture(aliases: [:])

  @Test func `a list fills the single heat pumps`() async throws {
    fixture.upstream.place(attic.id, of: jana)
    let list = try await fixture.list()
    #expect(list.value.map(\.document.id) == [cellar.id, attic.id])
    #expect(list.outcome.kind == .fetched)
    #expect(try await fixture.read(attic).outcome.kind == .hit)
    #expect(try await fixture.list().outcome.kind == .hit)
    #expect(fixture.upstream.log == ["GET /users/\(jana)/heat-pumps"])
    #expect(fixture.directory.all == [cellar, attic])
  }

  @Test func `a list drops what has vanished`() async throws {
    fixture.upstream.place(attic.id, of: jana)
    _ = try await fixture.list()
    fixture.upstream.remove(attic.id)
    fixture.advance(10)
    #expect(try await fixture.list(of: jana, "no-cache").value.map(\.document.id) == [cellar.id])
    #expect(fixture.cached(attic.id) == nil)
    #expect(fixture.directory.all == [cellar])
  }

  @Test func `a user that is gone takes the heat pumps along`() async throws {
    _ = try await fixture.list()
    fixture.upstream.remove(user: jana)
    fixture.advance(10)
    await #expect(throws: GatewayFault.self) { _ = try await fixture.list(of: jana, "no-cache") }
    #expect(fixture.cache.figures.entries == 0)
    #expect(fixture.directory.all == [])
  }

  @Test func `a list whose heat pumps have partly left the memory is fetched again`() async throws {
    _ = try await fixture.list()
    fixture.cache.removeHeatPump(HeatPumpKey(organisation: 0, id: cellar.id), of: jana)
    #expect(try await fixture.list().outcome.kind == .fetched)
  }

  @Test func `a memory too small for the list doesn't make it empty`() async throws {
    let fixture = OrganisationFixture(cacheBytes: 160)
    fixture.upstream.place(attic.id, of: jana)
    for _ in 0..<3 {
      #expect(try await fixture.list().value.map(\.document.id) == [cellar.id, attic.id])
    }
  }

  @Test func `a stale list is served and refreshed once, an old one replaces a failure`()
    async throws
  {
    _ = try await fixture.list()
    fixture.advance(31)
    fixture.upstream.transport.append(.hold)
    for _ in 0..<50 { #expect(try await fixture.list().outcome.kind == .revalidating) }
    await fixture.upstream.transport.waitForRequests(2)
    fixture.upstream.transport.release(.status(400))
    await turnsTrue("the refresh has ended") { fixture.flights == 0 }
    fixture.upstream.setOutage(.status(400))
    fixture.advance(900)
    #expect(try await fixture.list().outcome.kind == .replaced)
    #expect(fixture.service.figures.reads[.replaced] == 1)
  }

  @Test func `an empty list is an answer like any other`() async throws {
    fixture.upstream.remove(cellar.id)
    #expect(try await fixture.list().value.isEmpty)
    #expect(try await fixture.list().outcome.kind == .hit)
  }

  @Test func `a list that is no array is unreadable`() async throws {
    fixture.upstream.transport.append(.json(["items": []]))
    do {
      _ = try await fixture.list()
      Issue.record("an object passed for a list")
    } catch {
      #expect((error as? GatewayFault)?.type == .upstreamUnreadable)
    }
  }
}

/// Goal: pending actions come with the detail answer, and neither list nor update clears them.
/// Method: a heat pump whose need for action comes and goes between list and detail calls.
@Suite struct ActionTests {
  private let fixture = OrganisationFixture()
  private let action: JSONValue = ["code": "REAUTHENTICATE", "resolution_link": nil]

  private func actions() -> JSONValue? {
    fixture.cached()?.value("/status/actions")
  }

  private func raise() {
    fixture.upstream.setActions([action])
    fixture.upstream.change(cellar.id, ["action_needed": true])
  }

  @Test func `they are fetched once a list shows that action is needed`() async throws {
    _ = try await fixture.list()
    #expect(actions() == nil)
    raise()
    fixture.advance(10)
    _ = try await fixture.list(of: jana, "no-cache")
    await turnsTrue("the actions are there") { actions() == [action] }
    fixture.advance(10)
    _ = try await fixture.list(of: jana, "no-cache")
    #expect(actions() == [action])
    // List, list, detail, list: the need was no news any more.
    #expect(fixture.upstream.log.count == 4)
  }

  @Test func `fetching them is tried again after a failure`() async throws {
    _ = try await fixture.list()
    raise()
    fixture.advance(10)
    fixture.upstream.transport.append(.hold, .status(400))
    async let list = fixture.list(of: jana, "no-cache")
    await fixture.upstream.transport.waitForRequests(2)
    fixture.upstream.transport.release(fixture.upstream.list(jana))
    _ = try await list
    await fixture.upstream.transport.waitForRequests(3)
    await turnsTrue("the detail call has failed") { fixture.flights == 0 }
    fixture.advance(10)
    _ = try await fixture.list(of: jana, "no-cache")
    await turnsTrue("the actions are there") { actions() == [action] }
  }

  @Test func `an update doesn't clear them, a detail answer does`() async throws {
    raise()
    _ = try await fixture.read()
    #expect(actions() == [action])
    _ = try await fixture.write(#"{"comment":"hello"}"#)
    #expect(actions() == [action])
    fixture.upstream.setActions([])
    fixture.upstream.change(cellar.id, ["action_needed": false])
    fixture.advance(10)
    _ = try await fixture.read(cellar, "no-cache")
    #expect(actions() == [])
  }

  @Test func `they are fetched again once a list shows that none is needed`() async throws {
    raise()
    _ = try await fixture.read()
    fixture.upstream.setActions([])
    fixture.upstream.change(cellar.id, ["action_needed": false])
    fixture.advance(10)
    _ = try await fixture.list()
    await turnsTrue("the actions are gone") { actions() == [] }
  }
}
