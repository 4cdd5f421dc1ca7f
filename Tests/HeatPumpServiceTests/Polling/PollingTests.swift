import GatewayCore
import HeatPumps
import PoderoClient
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: the lists of those whom somebody listens to are read in their turn, and no more than that.
/// Method: the poller against a played upstream, on a clock that is moved second by second.
@Suite struct PollingTests {
  private func fixture(
    after previous: OrganisationFixture? = nil, interval: Int = 60, users: Int = 20
  ) -> OrganisationFixture {
    let fixture = OrganisationFixture(
      after: previous, aliases: [:],
      configure: { $0.polling = PollSettings(interval: .seconds(interval)) })
    guard previous == nil else { return fixture }
    for number in 1...users { fixture.upstream.place(pump(number), of: user(number)) }
    return fixture
  }

  private func user(_ number: Int) -> ResourceID {
    ResourceID(high: 1, low: 0x9E37_79B9_7F4A_7C15 &* UInt64(number))
  }

  private func pump(_ number: Int) -> ResourceID { ResourceID(high: 3, low: UInt64(number)) }

  private func users(_ count: Int) -> Set<ResourceID> { Set((1...count).map(user)) }

  private func polling(
    _ fixture: OrganisationFixture, _ body: () async throws -> Void
  ) async throws {
    try await fixture.running({ await $0.poll() }, during: body)
  }

  /// Moves the clock on, each second's polls having ended before the next.
  private func pass(_ seconds: Int, _ fixture: OrganisationFixture) async {
    for _ in 0..<4 * seconds {
      fixture.clock.advance(by: .milliseconds(250))
      await turnsTrue("polls have ended") {
        fixture.flights == 0 && fixture.clock.sleeperCount > 0
      }
      await Task.yield()
    }
  }

  private func lists(_ fixture: OrganisationFixture) -> [String] {
    fixture.upstream.log.filter { $0.hasSuffix("/heat-pumps") || $0.hasSuffix("/heat-pumps/") }
  }

  @Test func `each list is read once an interval, evenly spread`() async throws {
    let fixture = fixture()
    fixture.service.setInterest(users(20))
    try await polling(fixture) {
      var perTenSeconds: [Int] = []
      for _ in 0..<18 {
        let before = lists(fixture).count
        await pass(10, fixture)
        perTenSeconds.append(lists(fixture).count - before)
      }
      #expect(lists(fixture).count == 60)
      #expect(perTenSeconds.max() ?? 99 <= 7)
      #expect(Dictionary(grouping: lists(fixture)) { $0 }.values.allSatisfy { $0.count == 3 })
      #expect(fixture.service.pollFigures.polls == [.read: 60])
      #expect(fixture.service.pollFigures.users == 20)
      #expect(fixture.service.pollFigures.interval == .seconds(60))
    }
  }

  @Test func `nobody's list is read when nobody listens`() async throws {
    let fixture = fixture(users: 2)
    fixture.service.setInterest(users(2))
    fixture.service.setInterest([])
    try await polling(fixture) {
      await pass(60, fixture)
      let count = fixture.upstream.log.count
      #expect(count == 0)
    }
  }

  @Test func `a restart brings no burst, and each list keeps its place`() async throws {
    let fixture = fixture()
    fixture.service.setInterest(users(20))
    try await polling(fixture) { await pass(60, fixture) }
    let order = lists(fixture)
    let heir = self.fixture(after: fixture)
    heir.service.setInterest(users(20))
    try await polling(heir) {
      await pass(1, heir)
      #expect(lists(heir).count - 20 <= 2)
      await pass(59, heir)
      // Two that are due in the same moment may change places.
      let later = Array(lists(heir).dropFirst(20))
      #expect(later.count == order.count)
      for (place, list) in later.enumerated() {
        #expect(abs((order.firstIndex(of: list) ?? 99) - place) <= 1)
      }
    }
  }

  @Test func `a list that somebody has just read counts as polled, and is looked at`()
    async throws
  {
    let fixture = fixture(interval: 10, users: 1)
    _ = try await fixture.list(of: user(1))
    fixture.service.setInterest(users(1))
    try await polling(fixture) {
      await pass(10, fixture)
      #expect(lists(fixture).count == 1)
      #expect(fixture.service.pollFigures.polls == [.cached: 1])
    }
    try await fixture.detecting {
      await fixture.deskIsIdle()
      let row = try await fixture.detector(HeatPumpAddress(user: user(1), id: pump(1)))
      #expect(row != nil)
    }
  }

  @Test func `a poll that is refused slows polling down, and time speeds it up again`()
    async throws
  {
    let fixture = fixture(interval: 10, users: 1)
    fixture.service.setInterest(users(1))
    fixture.upstream.setOutage(.status(429, headers: [.init("Retry-After", "20")]))
    try await polling(fixture) {
      await pass(30, fixture)
      #expect(fixture.service.pollFigures.polls[.throttled] ?? 0 >= 1)
      let slow = fixture.service.pollFigures
      #expect(slow.backpressure >= 2)
      #expect(slow.interval >= .seconds(20))
      // One request, and the next not before the upstream's pause is over.
      #expect(fixture.upstream.log.count <= 2)
      fixture.upstream.setOutage(nil)
      await pass(300, fixture)
      #expect(fixture.service.pollFigures.backpressure == 1)
      #expect(fixture.service.pollFigures.interval == .seconds(10))
    }
  }

  @Test func `while the breaker is open nothing is polled`() async throws {
    let fixture = OrganisationFixture(
      aliases: [:], upstream: { $0.readRetries = 0 },
      configure: { $0.polling = PollSettings(interval: .seconds(1)) })
    for number in 1...20 { fixture.upstream.place(pump(number), of: user(number)) }
    fixture.service.setInterest(users(20))
    fixture.upstream.setOutage(.status(500))
    try await polling(fixture) {
      await pass(60, fixture)
      // Without a look at the breaker, some 1200 polls would have failed.
      let failed = fixture.service.pollFigures.polls.values.reduce(0, +)
      #expect(failed < 60)
      fixture.upstream.setOutage(nil)
      await pass(120, fixture)
      #expect(fixture.service.pollFigures.polls[.read] ?? 0 >= 20)
    }
  }

  @Test func `after a write its user's list is read often, until the device shows it`()
    async throws
  {
    let fixture = fixture(interval: 3600, users: 1)
    let address = HeatPumpAddress(user: user(1), id: pump(1))
    let written = try await fixture.write(#"{"market":{"price_zone":"DE_LU"}}"#, address)
    // The first list may be read as soon as somebody verifies, before this test goes on.
    let before = fixture.upstream.log.count
    let verifying = Task { await fixture.service.verifyWrites() }
    try await polling(fixture) {
      await pass(120, fixture)
      // Lists only: nothing is asked twice for the sake of verification.
      let reads = fixture.upstream.log.count - before
      #expect(3...4 ~= reads)
      #expect(lists(fixture).count == reads)
      fixture.observeDevice(address)
      await pass(31, fixture)
      try await fixture.waitFor(.verified, of: written.operationID)
      // Whoever verifies may be slow to hear that time passes.
      for _ in 0..<60 where fixture.service.pollFigures.users != 0 { await pass(1, fixture) }
      #expect(fixture.service.pollFigures.users == 0)
    }
    verifying.cancel()
    await verifying.value
  }

  @Test func `a user who is gone is no failure`() async throws {
    let fixture = fixture(interval: 10, users: 1)
    fixture.upstream.remove(user: user(1))
    fixture.service.setInterest(users(1))
    try await polling(fixture) {
      await pass(10, fixture)
      #expect(fixture.service.pollFigures.polls == [.notFound: 1])
    }
  }
}
