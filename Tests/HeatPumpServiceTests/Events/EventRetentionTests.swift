import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: the log keeps what the settings say, and no more.
/// Method: events of different ages, and one round of the upkeep.
@Suite struct EventRetentionTests {
  @Test func `old events go with the upkeep, those that a receiver waits for stay twice as long`()
    async throws
  {
    let fixture = OrganisationFixture(
      configure: { $0.retention = RetentionSettings(events: .seconds(7200)) })
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      for zone in ["DE_LU", "CH", "FR"] {
        fixture.upstream.change(cellar.id, ["price_zone": .string(zone)])
        try await fixture.poll()
        await fixture.deskIsIdle()
        fixture.advance(3600)
      }
    }
    let task = Task { await fixture.service.prune() }
    await fixture.clock.waitForSleepers(1)
    task.cancel()
    await task.value
    #expect(
      try await fixture.loggedEvents().map { $0.changes.first?.to } == ["CH", "FR"])
    let retention = fixture.service.settings.retention.events(at: fixture.clock.wall)
    #expect(retention.bytes == 1 << 30)
    #expect(fixture.clock.wall - retention.openBefore == .seconds(14400))
    #expect(fixture.clock.wall - retention.deliveriesBefore == .seconds(7 * 86400))
  }
}
