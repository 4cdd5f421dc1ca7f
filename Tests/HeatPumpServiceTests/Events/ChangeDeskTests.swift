import GatewayCore
import HeatPumps
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: each change of a heat pump that somebody listens to is told once, as whose doing it is.
/// Method: answers of a played upstream before and after changes, with the desk at work.
@Suite struct ChangeDeskTests {
  private let fixture = OrganisationFixture()

  @Test func `a change from outside is told once, with the heat pump as it is then`()
    async throws
  {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      #expect(try await fixture.events() == [])
      fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
      for _ in 0..<3 { try await fixture.poll() }
      let events = try await fixture.events()
      #expect(
        events.map(line) == ["heat_pump.settings_changed outside /market/price_zone"])
      let event = try #require(events.first)
      #expect(
        event.changes == [
          FieldChange(pointer: "/market/price_zone", from: "AT_HOURLY", to: "DE_LU")
        ])
      #expect(event.heatPump?.userID == jana)
      #expect(event.heatPump?.alias == "smith-home")
      let shown = try JSONValue(parsing: #require(event.heatPump?.representation))
      #expect(shown["market"]?["price_zone"] == "DE_LU")
      #expect(event.organisation == "north")
      #expect(event.timestamp == fixture.clock.wall)
      #expect(fixture.service.eventFigures.events == ["heat_pump.settings_changed": 1])
    }
  }

  @Test func `a heat pump that nobody listens to leaves no trace`() async throws {
    try await fixture.detecting {
      try await fixture.poll()
      fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
      try await fixture.poll()
      #expect(try await fixture.events() == [])
      #expect(try await fixture.detector() == nil)
      #expect(fixture.service.eventFigures.observations == 0)
    }
  }

  @Test(arguments: [OperationOrigin.Kind.app, .hook, .job])
  func `what the gateway wrote is its doing`(_ kind: OperationOrigin.Kind) async throws {
    try await fixture.detecting {
      var request = try fixture.request(#"{"market":{"price_zone":"DE_LU"}}"#)
      request.origin = OperationOrigin(kind: kind, name: "x", occasion: "y")
      _ = try await fixture.service.write(request)
      fixture.upstream.change(cellar.id, ["is_space_heating_enabled": false])
      try await fixture.poll()
      #expect(
        try await fixture.events().map(line) == [
          "heat_pump.settings_changed \(kind.rawValue) /market/price_zone",
          "heat_pump.settings_changed outside /space_heating/enabled",
        ])
    }
  }

  @Test func `a written value that does not show yet is no change`() async throws {
    fixture.service.setInterest([jana])
    fixture.upstream.setBehaviour(.ignores(["price_zone"]))
    try await fixture.detecting {
      try await fixture.poll()
      _ = try await fixture.write(#"{"market":{"price_zone":"DE_LU"}}"#)
      try await fixture.poll()
      #expect(try await fixture.events() == [])
      // Neither is one that the upstream comes up with while it is pending.
      fixture.upstream.change(cellar.id, ["price_zone": "CH"])
      try await fixture.poll()
      #expect(try await fixture.events() == [])
    }
  }

  @Test func `what is to be done is told once it is known`() async throws {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      fixture.upstream.setActions([["code": "reconnect", "link": "https://example.org"]])
      fixture.upstream.change(cellar.id, ["action_needed": true])
      try await fixture.poll()
      await turnsTrue("the detail has come") { fixture.flights == 0 }
      let events = try await fixture.events()
      #expect(
        events.map(line) == [
          "heat_pump.action_needed outside /status/action_needed /status/actions"
        ])
      let shown = try JSONValue(parsing: #require(events.first?.heatPump?.representation))
      #expect(shown["status"]?["actions"]?[0]?["code"] == "reconnect")
    }
  }

  @Test func `that something is to be done is told even if nobody learns what`() async throws {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      fixture.upstream.change(cellar.id, ["action_needed": true])
      fixture.upstream.transport.append(fixture.upstream.list(jana), .status(400))
      try await fixture.poll()
      await turnsTrue("the detail has failed") { fixture.flights == 0 }
      #expect(try await fixture.events() == [])
      fixture.advance(60)
      fixture.upstream.transport.append(fixture.upstream.list(jana), .status(400))
      try await fixture.poll()
      #expect(
        try await fixture.events().map(line) == [
          "heat_pump.action_needed outside /status/action_needed"
        ])
    }
  }

  @Test func `answers that come in a different order than they were asked for tell nothing old`()
    async throws
  {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      fixture.upstream.transport.append(.hold)
      async let late: Void = fixture.poll()
      await fixture.upstream.transport.waitForRequests(2)
      let old = fixture.upstream.list(jana)
      fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
      fixture.advance(1)
      try await fixture.poll()
      fixture.upstream.transport.release(old)
      try await late
      #expect(try await fixture.events().count == 1)
    }
  }

  @Test func `what the gateway wrote is its doing though an old answer ended the wait for it`()
    async throws
  {
    fixture.service.setInterest([jana])
    fixture.upstream.setBehaviour(.ignores(["price_zone"]))
    try await fixture.detecting {
      try await fixture.poll()
      let written = try await fixture.write(#"{"market":{"price_zone":"DE_LU"}}"#)
      fixture.advance(60)
      let count = fixture.upstream.log.count
      fixture.upstream.transport.append(.hold)
      async let late: Void = fixture.poll()
      await fixture.upstream.transport.waitForRequests(count + 1)
      fixture.advance(1)
      try await fixture.poll()
      fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
      fixture.observeDevice()
      fixture.upstream.transport.release(fixture.upstream.list(jana))
      try await late
      try await fixture.waitFor(.verified, of: written.operationID)
      try await fixture.poll()
      #expect(
        try await fixture.events().filter { $0.operationID == nil }.map(line) == [
          "heat_pump.settings_changed app /market/price_zone"
        ])
    }
  }

  @Test func `an answer that comes too late leaves what it was told of writes to the next`()
    async throws
  {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      let own = WrittenValue(
        pointer: "/market/price_zone", requested: "DE_LU", cause: .hook, isPending: false)
      let answers: [(Int64, String, [WrittenValue])] = [
        (2, "AT", []), (1, "AT", [own]), (3, "DE_LU", []),
      ]
      for (second, zone, writes) in answers {
        fixture.service.desk.add(
          .observe(try observation(second, zone, writes)), of: cellar)
        await fixture.deskIsIdle()
      }
      #expect(
        try await fixture.events().map(line) == [
          "heat_pump.settings_changed hook /market/price_zone"
        ])
    }
  }

  @Test func `an answer that comes again tells what it has not told yet, and that once`()
    async throws
  {
    fixture.service.setInterest([jana])
    func own(isPending: Bool) -> [WrittenValue] {
      [
        WrittenValue(
          pointer: "/market/price_zone", requested: "DE_LU", cause: .app, isPending: isPending)
      ]
    }
    try await fixture.detecting {
      var putOff = try observation(2, "CH", own(isPending: true))
      var observations = [try observation(1, "AT", []), putOff]
      putOff.writes = own(isPending: false)
      observations.append(putOff)
      putOff.writes = []
      // The last is another answer, though of the same moment.
      observations += [putOff, putOff, try observation(2, "UK", [])]
      var told: [Int] = []
      for observation in observations {
        fixture.service.desk.add(.observe(observation), of: cellar)
        await fixture.deskIsIdle()
        told.append(try await fixture.events().count)
      }
      #expect(told == [0, 0, 1, 1, 1, 2])
    }
  }

  private func observation(
    _ second: Int64, _ zone: String, _ writes: [WrittenValue]
  ) throws -> Observation {
    let json = #"{"id":"\#(cellar.id)","price_zone":"\#(zone)"}"#
    return Observation(
      entry: CachedHeatPump(
        document: try HeatPumpDocument(parsing: Array(json.utf8)),
        identity: HeatPumpIdentity(organisation: "north", alias: nil, userID: jana),
        fetchedAt: MonotonicInstant(nanoseconds: second)),
      source: .partial, writes: writes, at: fixture.clock.wall)
  }

  @Test func `who comes back after an hour begins with what is the case then`() async throws {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      fixture.service.setInterest([])
      fixture.advance(3599)
      fixture.service.desk.rest(
        fixture.service.listeners.settle(pending: [], at: fixture.clock.monotonic))
      await fixture.deskIsIdle()
      #expect(try await fixture.detector()?.state.isEmpty == false)
      fixture.advance(1)
      fixture.service.desk.rest(
        fixture.service.listeners.settle(pending: [], at: fixture.clock.monotonic))
      await fixture.deskIsIdle()
      #expect(try await fixture.detector()?.state == [])
      fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
      fixture.service.setInterest([jana])
      try await fixture.poll()
      #expect(try await fixture.events() == [])
      #expect(try await fixture.detector()?.state.isEmpty == false)
    }
  }

  @Test func `what was told before a restart is forgotten, too, if nobody comes back`()
    async throws
  {
    fixture.service.setInterest([jana])
    try await fixture.detecting { try await fixture.poll() }
    let heir = OrganisationFixture(after: fixture)
    try await heir.service.recover(bytes: 1 << 20)
    let listeners = heir.service.listeners
    try await heir.running({ await $0.poll() }) {
      try await heir.detecting {
        heir.advance(60)
        await turnsTrue("it counts as left") { listeners.contains(jana) }
        await heir.clock.waitForSleepers(1)
        heir.advance(3595)
        await heir.clock.waitForSleepers(1)
        #expect(listeners.contains(jana))
        let kept = try await heir.detector()
        #expect(kept?.state.isEmpty == false)
        heir.advance(10)
        await turnsTrue("it is forgotten") { !listeners.contains(jana) }
      }
    }
    #expect(try await heir.detector()?.state == [])
  }
}
