import GatewayCore
import HeatPumps
import PoderoClient
import ResponseCache
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: a service that is configured anew keeps all that it knows; requests go by the settings that
/// they began with, and work without a caller by those in force.
/// Method: two faces of one service before a scripted upstream.
@Suite struct ReconfiguringTests {
  private let fixture = OrganisationFixture()

  private func face(_ change: (inout OrganisationSettings) -> Void) -> OrganisationService {
    var settings = fixture.service.settings
    change(&settings)
    var upstream = UpstreamSettings(
      organisationID: ResourceID(high: 1, low: 1), apiBase: "https://api.example/")
    upstream.requestsPerSecond = 7
    return OrganisationService(
      fixture.service, settings: settings,
      client: PoderoClient(fixture.service.client, settings: upstream))
  }

  @Test func `each face goes by its own settings, over the same answers`() async throws {
    _ = try await fixture.read()
    let other = face { $0.cache = CachePolicy(fresh: .seconds(3600)) }
    other.takeForce(after: fixture.service)
    fixture.advance(120)
    #expect(try other.heatPumpAtOnce(cellar, .none)?.outcome.kind == .hit)
    #expect(try fixture.service.heatPumpAtOnce(cellar, .none)?.outcome.kind == .revalidating)
    #expect(other.figures.reads == fixture.service.figures.reads)
    #expect(fixture.service.current.settings.cache.fresh == .seconds(3600))
    #expect(other.current === other)
  }

  @Test func `the way to write stays as it was found out, unless another is configured`() {
    fixture.service.writeMode = .merge
    let same = face { $0.onReset = .report }
    same.takeForce(after: fixture.service)
    #expect(same.writeMode == .merge && fixture.service.current.settings.onReset == .report)
    let third = OrganisationService(
      same, settings: OrganisationSettings(name: "north", index: 0, writeMode: .merge),
      client: PoderoClient(
        same.client,
        settings: UpstreamSettings(
          organisationID: ResourceID(high: 1, low: 1), apiBase: "https://api.example/")))
    third.writeMode = .sparse
    third.takeForce(after: same)
    #expect(fixture.service.writeMode == .merge)
  }

  @Test func `another alias shows at once, and the answer stays`() async throws {
    _ = try await fixture.read()
    let calls = fixture.upstream.transport.requestCount
    fixture.service.setAliases(["cellar": cellar])
    #expect(fixture.cached()?.identity.alias == "cellar")
    #expect(fixture.service.directory.resolve("smith-home") == nil)
    #expect(fixture.service.directory.resolve("cellar") == cellar)
    #expect(try fixture.service.heatPumpAtOnce(cellar, .none) != nil)
    fixture.service.setAliases([:])
    #expect(fixture.cached()?.identity.alias == nil)
    #expect(fixture.service.directory.address(of: cellar.id) == cellar)
    #expect(fixture.upstream.transport.requestCount == calls)
  }

  @Test func `a heat pump that was configured and never met is forgotten with its alias`() {
    let never = HeatPumpAddress(user: cellar.user, id: ResourceID(high: 77, low: 77))
    fixture.service.setAliases(["never": never, "smith-home": cellar])
    #expect(fixture.service.directory.address(of: never.id) == never)
    fixture.service.setAliases(["smith-home": cellar])
    #expect(fixture.service.directory.address(of: never.id) == nil)
    #expect(fixture.service.directory.address(of: cellar.id) == cellar)
  }

  @Test func `discovery begins, pauses and goes on as the settings say, without a round too many`()
    async throws
  {
    let loop = Task { await fixture.service.discover() }
    func rounds() -> Int {
      fixture.log.text.split(separator: "\n").count { $0.contains("organisation discovered") }
    }
    let on = face { $0.discoveryInterval = .seconds(600) }
    on.takeForce(after: fixture.service)
    await turnsTrue("the first round") { rounds() == 1 }
    await fixture.clock.waitForSleepers(1)
    let off = face { $0.discoveryInterval = nil }
    off.takeForce(after: on)
    await turnsTrue("a pause") { fixture.clock.sleeperCount == 0 }
    on.takeForce(after: off)
    await fixture.clock.waitForSleepers(1)
    #expect(rounds() == 1)
    fixture.advance(600)
    await turnsTrue("the second round") { rounds() == 2 }
    loop.cancel()
    await loop.value
  }
}
