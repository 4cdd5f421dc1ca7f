import GatewayCore
import HeatPumps
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: outages, restarts and a second gateway neither lose a change nor tell it twice.
/// Method: changes right before, during and after each of them.
@Suite struct ChangeDurabilityTests {
  private let fixture = OrganisationFixture()

  private func successor() async throws -> OrganisationFixture {
    let heir = OrganisationFixture(after: fixture)
    try await heir.service.recover(bytes: 1 << 20)
    heir.service.setInterest([jana])
    return heir
  }

  @Test func `a change during an outage of the storage is told after it, with one warning`()
    async throws
  {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      await fixture.deskIsIdle()
      fixture.storage.fail(with: .unavailable("full"))
      for zone in ["DE_LU", "CH", "FR"] {
        fixture.upstream.change(cellar.id, ["price_zone": .string(zone)])
        try await fixture.poll()
        await fixture.clock.waitForSleepers(1)
        fixture.advance(60)
      }
      await fixture.clock.waitForSleepers(1)
      #expect(fixture.log.text.split(separator: "changes cannot be stored").count == 2)
      fixture.storage.fail(with: nil)
      fixture.advance(60)
      let events = try await fixture.events()
      #expect(events.first?.changes.first?.from == "AT_HOURLY")
      #expect(events.last?.changes.first?.to == "FR")
      #expect(fixture.log.text.contains("changes can be stored again"))
    }
    #expect(try await fixture.detector()?.version == 2)
  }

  @Test func `an outage keeps no more than two answers of a heat pump`() throws {
    var queue = ObservationQueue(most: 2)
    for number in 0..<10 {
      for address in [cellar, shed] {
        queue.append(.observe(try observation(number, of: address)), of: address)
      }
    }
    queue.append(.observe(try observation(0, of: attic)), of: attic)
    #expect(queue.count == 2)
    #expect(queue.dropped == 1)
    let entries = queue.take(10)
    #expect(entries.map(\.address) == [cellar, shed])
    for entry in entries {
      let seen = entry.tasks.compactMap { task -> Int? in
        guard case .observe(let observation) = task else { return nil }
        #expect(observation.writes.map(\.requested) == writes(of: observation))
        return Int(observation.at.microseconds)
      }
      #expect(seen == [0, 9])
    }
    queue.append(.remove(at: noon), of: cellar)
    queue.putBack(entries)
    #expect(queue.take(9).map(\.tasks.count).sorted() == [2, 3])
  }

  @Test func `a full queue still takes what is said only once`() throws {
    var queue = ObservationQueue(most: 1)
    for address in [cellar, attic] {
      queue.append(.observe(try observation(0, of: address)), of: address)
    }
    queue.append(.remove(at: noon), of: shed)
    queue.append(.noteDiscovery, of: ServiceMark.discovered.address)
    #expect(queue.dropped == 1)
    #expect(queue.take(9).map(\.address) == [cellar, shed, ServiceMark.discovered.address])
  }

  @Test func `a batch that fails leaves neither events nor what they tell`() async throws {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      await fixture.deskIsIdle()
      let before = try await fixture.detector()
      fixture.storage.fail(with: .unavailable("full"), canRead: true)
      fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
      try await fixture.poll()
      await fixture.clock.waitForSleepers(1)
      #expect(try await fixture.detector() == before)
      #expect(try await fixture.loggedEvents() == [])
      fixture.storage.fail(with: nil)
      fixture.advance(1)
      #expect(try await fixture.events().count == 1)
      #expect(try await fixture.detector() != before)
    }
  }

  @Test func `a restart tells what changed meanwhile, and nothing else`() async throws {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
      try await fixture.poll()
      #expect(try await fixture.events().count == 1)
    }
    let heir = try await successor()
    try await heir.detecting {
      try await heir.poll()
      #expect(try await heir.events().count == 1)
      fixture.upstream.change(cellar.id, ["is_space_heating_enabled": false])
      try await heir.poll()
      #expect(
        try await heir.events().last.map(line)
          == "heat_pump.settings_changed outside /space_heating/enabled")
      #expect(try await heir.events().count == 2)
    }
  }

  @Test func `what was seen right before the end is stored at the end`() async throws {
    fixture.service.setInterest([jana])
    try await fixture.poll()
    fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
    try await fixture.poll()
    let task = Task { await fixture.service.detectChanges() }
    task.cancel()
    await task.value
    #expect(try await fixture.loggedEvents().count == 1)
  }

  @Test func `of two gateways that see a change one tells it`() async throws {
    fixture.service.setInterest([jana])
    let other = OrganisationFixture(after: fixture)
    other.service.setInterest([jana])
    try await fixture.detecting {
      try await other.detecting {
        for gateway in [fixture, other] {
          try await gateway.poll()
          await gateway.deskIsIdle()
        }
        for zone in ["DE_LU", "CH", "FR"] {
          fixture.upstream.change(cellar.id, ["price_zone": .string(zone)])
          try await fixture.poll()
          try await other.poll()
          await other.deskIsIdle()
          await fixture.deskIsIdle()
        }
        #expect(
          try await fixture.loggedEvents().compactMap { $0.changes.first?.to } == [
            "DE_LU", "CH", "FR",
          ])
      }
    }
    #expect(!fixture.log.text.contains("changes cannot be stored"))
  }

  @Test func `an unreadable row begins anew`() async throws {
    fixture.service.setInterest([jana])
    try await fixture.storage.append(
      EventBatch(
        events: [],
        detectors: [DetectorChange(heatPump: fixture.service.reference(cellar), state: [99])]))
    try await fixture.detecting {
      try await fixture.poll()
      #expect(try await fixture.events() == [])
      fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
      try await fixture.poll()
      #expect(try await fixture.events().count == 1)
    }
  }

  private let noon = Timestamp(microseconds: 0)

  private func observation(_ number: Int, of address: HeatPumpAddress) throws -> Observation {
    let document = try HeatPumpDocument(
      parsing: Array(#"{"id":"\#(address.id)"}"#.utf8))
    return Observation(
      entry: CachedHeatPump(
        document: document,
        identity: HeatPumpIdentity(organisation: "north", alias: nil, userID: address.user),
        fetchedAt: MonotonicInstant(nanoseconds: Int64(number))),
      source: .partial,
      writes: [
        WrittenValue(
          pointer: number.isMultiple(of: 2) ? "/comment" : "/pause/active",
          requested: .number(ExactDecimal(number)), cause: .app, isPending: true)
      ], at: Timestamp(microseconds: Int64(number)))
  }

  // The newest of each field, of all answers that came together in one.
  private func writes(of observation: Observation) -> [JSONValue] {
    observation.at.microseconds == 0
      ? [.number(ExactDecimal(0))] : [.number(ExactDecimal(8)), .number(ExactDecimal(9))]
  }
}
