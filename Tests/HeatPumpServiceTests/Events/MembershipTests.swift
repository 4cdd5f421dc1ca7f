import GatewayCore
import HeatPumps
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: where all heat pumps are listed now and then, each that comes or goes is told once.
/// Method: rounds of discovery over an estate that changes, and restarts between them.
@Suite struct MembershipTests {
  private let fixture: OrganisationFixture

  init() {
    fixture = OrganisationFixture(
      aliases: [:], configure: { $0.discoveryInterval = .seconds(600) })
    fixture.upstream.place(shed.id, of: peter)
  }

  /// The process that follows, with so many bytes of the answers of the one before.
  private func successor(
    bytes: Int, aliases: [String: HeatPumpAddress] = [:]
  ) async throws -> OrganisationFixture {
    let heir = OrganisationFixture(
      after: fixture, aliases: aliases, configure: { $0.discoveryInterval = .seconds(600) })
    try await heir.service.recover(bytes: bytes)
    return heir
  }

  private func round(_ gateway: OrganisationFixture) async throws {
    let rounds = rounds(gateway)
    try await gateway.detecting {
      // What is cached must not be served in place of the upstream's list.
      gateway.advance(3600)
      let loop = Task { await gateway.service.discover() }
      await turnsTrue("a round has ended") {
        self.rounds(gateway) > rounds
      }
      await turnsTrue("its reads have ended") { gateway.flights == 0 }
      loop.cancel()
      await loop.value
    }
  }

  private func rounds(_ gateway: OrganisationFixture) -> Int {
    gateway.log.text.split(separator: "\n").count { $0.contains("organisation discovered") }
  }

  @Test func `the first discovery of all is no news, what comes later is`() async throws {
    try await round(fixture)
    #expect(try await fixture.events() == [])
    fixture.upstream.place(attic.id, of: jana)
    fixture.upstream.remove(user: peter)
    try await round(fixture)
    try await round(fixture)
    let events = try await fixture.events()
    #expect(events.map(line) == ["heat_pump.added -", "heat_pump.removed -"])
    #expect(events.first?.heatPump?.id == attic.id)
    let shown = try JSONValue(parsing: #require(events.first?.heatPump?.representation))
    #expect(shown["id"] == .string(attic.id.description))
    #expect(events.last?.heatPump?.id == shed.id)
    #expect(events.last?.heatPump?.representation == nil)
  }

  @Test func `a restart invents no arrivals, and misses none`() async throws {
    try await round(fixture)
    fixture.upstream.place(attic.id, of: jana)
    let heir = OrganisationFixture(
      after: fixture, aliases: [:], configure: { $0.discoveryInterval = .seconds(600) })
    // Without the answers of the process before, as with a memory that is too small for them.
    try await heir.service.recover(bytes: 0)
    try await round(heir)
    #expect(try await heir.events().compactMap(\.heatPump?.id) == [attic.id])
  }

  @Test func `a first discovery that failed half-way is still the first`() async throws {
    fixture.upstream.transport.append(
      .json([["id": .string(jana.description)], ["id": .string(peter.description)]]),
      fixture.upstream.list(jana), .status(400))
    try await fixture.detecting {
      let loop = Task { await fixture.service.discover() }
      await turnsTrue("a round has ended") {
        fixture.log.text.contains("organisation discovered")
      }
      loop.cancel()
      await loop.value
    }
    try await round(fixture)
    #expect(try await fixture.events() == [])
    fixture.upstream.place(attic.id, of: jana)
    try await round(fixture)
    #expect(try await fixture.events().count == 1)
  }

  @Test func `a new owner is one heat pump that went and one that came`() async throws {
    try await round(fixture)
    fixture.upstream.remove(shed.id)
    fixture.upstream.place(shed.id, of: jana)
    try await round(fixture)
    try await round(fixture)
    let events = try await fixture.events()
    #expect(events.map(line) == ["heat_pump.removed -", "heat_pump.added -"])
    #expect(events.map(\.heatPump?.userID) == [peter, jana])
  }

  @Test func `without discovery nothing is told, but what was known is forgotten`()
    async throws
  {
    let fixture = OrganisationFixture(aliases: [:])
    fixture.upstream.place(attic.id, of: jana)
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      await fixture.deskIsIdle()
      #expect(try await fixture.detector(attic) != nil)
      fixture.upstream.remove(attic.id)
      try await fixture.poll()
      #expect(try await fixture.events() == [])
      #expect(try await fixture.detector(attic) == nil)
      #expect(try await fixture.detector(cellar) != nil)
    }
  }

  @Test func `a heat pump that never was is not told to be gone`() async throws {
    try await round(fixture)
    try await fixture.detecting {
      #expect(await fixture.readFault(attic) == .notFound)
      let events = try await fixture.events()
      #expect(events == [])
    }
  }

  @Test func `what went while no gateway ran is told by the next one`() async throws {
    fixture.upstream.place(attic.id, of: jana)
    try await round(fixture)
    let keeping = Task { await fixture.service.keepAnswers() }
    keeping.cancel()
    await keeping.value
    fixture.upstream.remove(attic.id)
    let heir = try await successor(bytes: 1 << 20)
    try await round(heir)
    try await round(heir)
    let events = try await heir.events()
    #expect(events.map(line) == ["heat_pump.removed -"])
    #expect(events.first?.heatPump?.id == attic.id)
  }

  @Test func `what goes is told though its user's list has left the memory`() async throws {
    fixture.upstream.place(attic.id, of: jana)
    try await round(fixture)
    fixture.cache.storeList(nil, for: HeatPumpKey(organisation: 0, id: jana))
    fixture.upstream.remove(attic.id)
    try await round(fixture)
    #expect(try await fixture.events().map(line) == ["heat_pump.removed -"])
  }

  @Test func `a configured heat pump is told to be gone if it was there, and only then`()
    async throws
  {
    try await round(fixture)
    fixture.upstream.remove(shed.id)
    let heir = try await successor(bytes: 0, aliases: ["shed": shed, "never": attic])
    try await round(heir)
    try await round(heir)
    let events = try await heir.events()
    #expect(events.map(line) == ["heat_pump.removed -"])
    #expect(events.first?.heatPump?.id == shed.id)
  }

  @Test func `what appears while a list is under way is not gone`() async throws {
    try await round(fixture)
    try await fixture.detecting {
      fixture.upstream.transport.append(.hold)
      let count = fixture.upstream.log.count
      async let late: Void = fixture.poll()
      await fixture.upstream.transport.waitForRequests(count + 1)
      let old = fixture.upstream.list(jana)
      fixture.upstream.place(attic.id, of: jana)
      fixture.advance(1)
      _ = try await fixture.read(attic)
      fixture.upstream.transport.release(old)
      try await late
      #expect(try await fixture.events().map(line) == ["heat_pump.added -"])
      #expect(fixture.directory.address(of: attic.id) == attic)
    }
  }
}
