import GatewayCore
import HeatPumps
import PoderoClient
import ResponseCache
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: discovery learns and forgets the estate on its beat, and gets over outages soon.
/// Method: the loop runs against a clock that the test moves from pause to pause.
@Suite struct DiscoveryTests {
  private let fixture = OrganisationFixture(
    aliases: [:], configure: { $0.discoveryInterval = .seconds(600) })

  private func discovering(_ body: () async throws -> Void) async rethrows {
    let loop = Task { await fixture.service.discover() }
    await roundEnds(1)
    try await body()
    loop.cancel()
    await loop.value
    #expect(fixture.clock.sleeperCount == 0)
  }

  private func nextRound(_ number: Int, after seconds: Int) async {
    fixture.advance(seconds)
    await roundEnds(number)
  }

  private func roundEnds(_ number: Int) async {
    await turnsTrue("round \(number) has ended") {
      let lines = fixture.log.text.split(separator: "\n")
      return number
        == lines.count {
          $0.contains("organisation discovered") || $0.contains("discovery failed")
        }
    }
    await fixture.clock.waitForSleepers(1)
  }

  @Test func `all users' heat pumps are known after the first round`() async {
    fixture.upstream.place(shed.id, of: peter)
    await discovering {
      #expect(fixture.directory.all == [cellar, shed])
      #expect(fixture.upstream.log.count == 3)
      #expect(fixture.log.text.contains("organisation discovered"))
    }
  }

  @Test func `later rounds learn what is new and forget what is gone`() async {
    fixture.upstream.place(shed.id, of: peter)
    await discovering {
      fixture.upstream.place(attic.id, of: jana)
      fixture.upstream.remove(user: peter)
      // Within the time that a stale list is served, the new one comes in the background.
      await nextRound(2, after: 600)
      await nextRound(3, after: 600)
      await turnsTrue("learned") { fixture.directory.all == [cellar, attic] }
    }
  }

  @Test func `an outage is tried again after a minute`() async {
    fixture.upstream.setOutage(.status(400))
    await discovering {
      #expect(fixture.directory.count == 0)
      #expect(fixture.log.text.contains("discovery failed"))
      fixture.upstream.setOutage(nil)
      await nextRound(2, after: 60)
      #expect(fixture.directory.all == [cellar])
    }
  }

  @Test func `a user whose list fails is tried again after a minute`() async {
    fixture.upstream.transport.append(
      .json([["id": .string(jana.description)]]), .status(400))
    await discovering {
      #expect(fixture.directory.count == 0)
      await nextRound(2, after: 60)
      #expect(fixture.directory.all == [cellar])
    }
  }

  @Test func `an answer that is no list of users changes nothing`() async throws {
    _ = try await fixture.list()
    fixture.upstream.transport.append(.json(["users": []]))
    await discovering {
      #expect(fixture.directory.all == [cellar])
      #expect(fixture.log.text.contains("discovery failed"))
    }
  }
}
