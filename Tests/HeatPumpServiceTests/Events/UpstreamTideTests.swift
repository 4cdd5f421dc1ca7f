import GatewayCore
import HeatPumps
import PoderoClient
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: listeners hear once that the upstream is in trouble, and once that it is out of it.
/// Method: the rule alone, and the service with an upstream that fails, over restarts.
@Suite struct UpstreamTideTests {
  private func told(_ looks: [(UpstreamHealth, Int)], from first: UpstreamHealth = .ok)
    -> [UpstreamHealth]
  {
    var tide = UpstreamTide(told: first)
    return looks.compactMap { health, second in
      let told = tide.note(health, at: MonotonicInstant(nanoseconds: Int64(second) * 1_000_000_000))
      if let told { tide.tell(told) }
      return told
    }
  }

  @Test func `only what lasts is told, and only once`() {
    #expect(told([(.degraded, 0), (.degraded, 29), (.ok, 30), (.down, 31), (.down, 60)]) == [])
    #expect(told([(.degraded, 0), (.down, 30), (.down, 90), (.degraded, 200)]) == [.down])
    #expect(
      told([(.down, 0), (.ok, 10), (.ok, 45), (.down, 50), (.ok, 60), (.ok, 89), (.ok, 90)])
        == [])
    #expect(
      told([(.down, 0), (.down, 30), (.ok, 40), (.down, 60), (.ok, 65), (.ok, 94), (.ok, 95)])
        == [.down, .ok])
    #expect(told([(.ok, 0), (.ok, 30)], from: .down) == [.ok])
  }

  @Test func `it is told to all of the organisation, and not again after a restart`()
    async throws
  {
    let fixture = OrganisationFixture(upstream: { $0.readRetries = 0 })
    fixture.upstream.setOutage(.status(500))
    try await watching(fixture) {
      await fail(fixture, for: 60)
      let events = try await fixture.loggedEvents()
      #expect(
        events.map(line) == ["gateway.upstream_degraded - /freshness/upstream"])
      #expect(events.first?.heatPump == nil)
      #expect(events.first?.isPersonal == false)
      #expect(events.first?.changes.map(\.from) == ["ok"])
    }
    let heir = OrganisationFixture(after: fixture, upstream: { $0.readRetries = 0 })
    try await watching(heir) {
      await fail(heir, for: 60)
      #expect(try await heir.loggedEvents().count == 1)
      heir.upstream.setOutage(nil)
      heir.advance(60)
      _ = try await heir.read(cellar, "no-cache")
      await pass(60, heir)
      #expect(
        try await heir.loggedEvents().last.map(line)
          == "gateway.upstream_recovered - /freshness/upstream")
      #expect(try await heir.loggedEvents().count == 2)
    }
  }

  @Test func `one call that failed is no trouble`() async throws {
    let fixture = OrganisationFixture(upstream: { $0.readRetries = 0 })
    fixture.upstream.transport.append(.status(500))
    #expect(await fixture.readFault() != nil)
    try await watching(fixture) {
      await pass(120, fixture)
      let events = try await fixture.loggedEvents()
      #expect(events == [])
    }
  }

  private func watching(
    _ fixture: OrganisationFixture, _ body: () async throws -> Void
  ) async throws {
    try await fixture.running({ await $0.watchUpstream() }, during: body)
  }

  private func pass(_ seconds: Int, _ fixture: OrganisationFixture) async {
    for _ in 0..<seconds / 5 {
      fixture.advance(5)
      await fixture.clock.waitForSleepers(1)
    }
  }

  private func fail(_ fixture: OrganisationFixture, for seconds: Int) async {
    for _ in 0..<seconds / 5 {
      _ = await fixture.readFault(cellar, "no-cache")
      await pass(5, fixture)
    }
  }
}
