import GatewayCore
import HeatPumps
import PoderoClient
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: a process that starts knows what the one before it knew, and finishes what it began.
/// Method: a second service on the clock, the upstream and the storage of the first.
@Suite struct RecoveryTests {
  private let fixture = OrganisationFixture(aliases: [:])

  @Test func `last answers are taken up with their age, and stand in for an outage`() async throws {
    fixture.upstream.place(shed.id, of: peter)
    for address in [cellar, shed] { _ = try await fixture.read(address) }
    await keepAnswers()
    fixture.upstream.setOutage(.status(400))
    fixture.advance(60)
    let heir = try await successor()
    #expect(heir.directory.all == [cellar, shed])
    let served = try await heir.read()
    #expect(served.value.value("/market/price_zone") == "AT_HOURLY")
    #expect(served.outcome.kind == .revalidating)
    #expect(served.outcome.headers.contains(.init("Age", "60")))
    await turnsTrue("the refresh has failed") { heir.flights == 0 }
    fixture.advance(900)
    let stale = try await heir.read()
    #expect(stale.outcome.headers.contains(.init("Gateway-Stale", "true")))
    #expect(stale.outcome.headers.contains(.init("Age", "960")))
    #expect(
      stale.outcome.headers.contains {
        $0.name == "Cache-Status" && $0.value.hasPrefix("podero-gateway; fwd=stale")
      })
    fixture.advance(86400)
    #expect(await heir.readFault() == .upstreamError)
  }

  @Test func `what went is not taken up, nor more than there is room for`() async throws {
    fixture.upstream.place(attic.id, of: jana)
    for address in [cellar, attic] { _ = try await fixture.read(address) }
    await keepAnswers()
    #expect(try await successor(bytes: 0).directory.count == 0)
    #expect(try await successor(bytes: 1 << 20).directory.count == 2)
    fixture.upstream.remove(attic.id)
    #expect(await fixture.readFault(attic, "no-cache") == nil)
    fixture.advance(6)
    #expect(await fixture.readFault(attic, "no-cache") == .notFound)
    await keepAnswers()
    #expect(try await successor().directory.all == [cellar])
  }

  @Test func `answers that could not be kept are kept when the storage is back`() async throws {
    _ = try await fixture.read()
    fixture.storage.fail(with: .unavailable("full"))
    await keepAnswers()
    fixture.storage.fail(with: nil)
    #expect(try await successor().directory.count == 0)
    await keepAnswers()
    #expect(try await successor().directory.count == 1)
  }

  @Test func `past settings are known after a restart`() async throws {
    let tag = try await fixture.read().value.document.settingsTag
    await keepAnswers()
    fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
    let heir = try await successor()
    fixture.advance(60)
    let fault = try await heir.writeFault(
      #"{"market":{"price_zone":"AT"}}"#, ifMatch: .settings([tag]))
    #expect(fault.type == .preconditionFailed)
    #expect(fault.extensions["conflicts"]?.array?.count == 1)
    _ = try await heir.write(#"{"comment":"a"}"#, ifMatch: .settings([tag]))
  }

  @Test func `past settings that were kept by pointer are known, too`() async throws {
    _ = try await fixture.read()
    try await fixture.storage.keep(
      answers: [],
      settings: [
        StoredSettings(
          heatPump: reference, tag: 7,
          values: Array(#"{"/market/price_zone":"DE_LU","/comment":null}"#.utf8),
          seenAt: fixture.clock.wall)
      ], gone: [])
    let fault = try await fixture.writeFault(
      #"{"market":{"price_zone":"AT"}}"#, ifMatch: .settings([7]))
    #expect(fault.extensions["conflicts"]?.array?.count == 1)
    fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
    fixture.advance(31)
    _ = try await fixture.write(#"{"market":{"price_zone":"AT"}}"#, ifMatch: .settings([7]))
  }

  @Test(arguments: [60, 3599, 3600, 7200])
  func `settings are known for a day after they were left, however soon that was`(
    stay: Int
  ) async throws {
    _ = try await fixture.read()
    fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
    fixture.advance(60)
    let tag = try await fixture.read(cellar, "no-cache").value.document.settingsTag
    let came = fixture.clock.wall
    await keepAnswers()
    fixture.upstream.change(cellar.id, ["price_zone": "CH"])
    fixture.advance(stay)
    _ = try await fixture.read(cellar, "no-cache")
    await keepAnswers()
    // Written ahead for an hour, and once more when they stayed for longer.
    let row = try await fixture.storage.settings(of: reference, tag: tag)
    #expect(row?.seenAt == max(came + .seconds(3600), fixture.clock.wall))
    fixture.advance(86400 - 1)
    let heir = try await successor()
    #expect(try await heir.service.knownSettings(reference, tag) != nil)
    fixture.advance(3601)
    #expect(try await heir.service.knownSettings(reference, tag) == nil)
  }

  @Test func `an accepted write goes on waiting for the device, in the same window`() async throws {
    let written = try await fixture.write(#"{"comment":"hello"}"#)
    await keepAnswers()
    fixture.advance(100)
    let heir = try await successor()
    #expect(heir.cached()?.pending.map(\.operationID) == [written.operationID])
    #expect(heir.cached()?.pending.map(\.since) == [fixture.clock.wall - .seconds(100)])
    fixture.upstream.change(
      cellar.id, ["current_state_last_updated_at": .string(fixture.clock.wall.description)])
    _ = try await heir.read(cellar, "no-cache")
    try await heir.waitFor(.verified, of: written.operationID)
  }

  @Test func `of two accepted writes of one field only the newer waits after a restart`()
    async throws
  {
    let older = try await fixture.write(#"{"comment":"old","pause":{"active":true}}"#)
    let newer = try await fixture.write(#"{"comment":"new"}"#)
    let heir = try await successor()
    let pending = try await heir.read().value.pending
    #expect(Set(pending.map(\.requested)) == ["new", true])
    #expect(
      Set(pending.map(\.operationID)) == [older.operationID, newer.operationID])
    fixture.advance(10)
    fixture.upstream.change(
      cellar.id, ["current_state_last_updated_at": .string(fixture.clock.wall.description)])
    _ = try await heir.read(cellar, "no-cache")
    let ended = try await heir.waitFor(.verified, of: older.operationID)
    #expect(ended.supersededFields == ["/comment": newer.operationID])
    try await heir.waitFor(.verified, of: newer.operationID)
  }

  private var reference: HeatPumpReference {
    HeatPumpReference(organisation: "north", user: cellar.user, id: cellar.id)
  }

  /// A process that has started after this one.
  private func successor(bytes: Int = 1 << 20) async throws -> OrganisationFixture {
    let heir = OrganisationFixture(after: fixture, aliases: [:])
    try await heir.service.recover(bytes: bytes)
    return heir
  }

  /// What is kept behind is written once more as the task ends.
  private func keepAnswers() async {
    let task = Task { await fixture.service.keepAnswers() }
    task.cancel()
    await task.value
  }
}

/// Goal: no lane stays behind: what a dead process left is carried out once, by one successor.
/// Method: operations and leases of a process that is not there any more.
@Suite struct TakingUpTests {
  private let fixture = OrganisationFixture()

  @Test func `a gateway that is alone takes up at once what was queued`() async throws {
    let operation = try fixture.newOperation(#"{"comment":"left"}"#)
    try await fixture.leaveBehind(operation)
    try await takingUp(isAlone: true) {
      try await fixture.waitFor(.accepted, of: operation.id)
    }
    #expect(fixture.upstream.updates == [["comment": "left"]])
  }

  @Test func `among others it waits until the lease has ended`() async throws {
    let operation = try fixture.newOperation(#"{"comment":"left"}"#)
    try await fixture.leaveBehind(operation)
    try await takingUp(isAlone: false) {
      for _ in 0..<29 {
        fixture.advance(2)
        await fixture.clock.waitForSleepers(1)
      }
      #expect(try await fixture.stored(operation.id).state == .queued)
      #expect(fixture.upstream.log == [])
      fixture.advance(2)
      try await fixture.waitFor(.accepted, of: operation.id)
    }
    #expect(fixture.upstream.updates == [["comment": "left"]])
  }

  @Test func `what was sent and arrived is found by reading, and not sent again`() async throws {
    let operation = try fixture.newOperation(#"{"comment":"left"}"#)
    try await fixture.leaveBehind(operation, isSent: true)
    fixture.upstream.change(cellar.id, ["comment": "left"])
    try await takingUp(isAlone: true) {
      try await fixture.waitFor(.accepted, of: operation.id)
    }
    #expect(fixture.upstream.updates == [])
    #expect(fixture.cached()?.pending.map(\.operationID) == [operation.id])
    let trail = try await fixture.storage.auditTrail(after: 0, limit: 9)
    #expect(trail.map(\.entry.operationID) == [operation.id])
  }

  @Test func `what was sent and did not arrive is sent once more, after two equal reads`()
    async throws
  {
    let operation = try fixture.newOperation(#"{"comment":"left"}"#)
    try await fixture.leaveBehind(operation, isSent: true)
    try await takingUp(isAlone: true) {
      // The sweep and the settling.
      let ended = try await fixture.advance(until: .accepted, of: operation.id, sleepers: 2)
      #expect(ended.attempts.count == 2)
      // The upstream might have been at work for 20 s, and one more read has to agree.
      let pause = try #require(ended.attempts.last).at - operation.acceptedAt
      #expect(pause >= .seconds(21))
      #expect(pause < .seconds(60))
    }
    let methods = fixture.upstream.log.map { $0.prefix(3) }
    #expect(methods.count { $0 == "PUT" } == 1)
    #expect(methods.firstIndex(of: "PUT") ?? 0 >= 3)
  }

  @Test func `what was queued behind what was sent goes after it`() async throws {
    let sent = try fixture.newOperation(#"{"comment":"first"}"#, number: 1)
    let queued = try fixture.newOperation(#"{"comment":"second"}"#, number: 2)
    try await fixture.leaveBehind(sent, isSent: true)
    try await fixture.leaveBehind(queued)
    fixture.upstream.change(cellar.id, ["comment": "first"])
    try await takingUp(isAlone: true) {
      try await fixture.waitFor(.accepted, of: queued.id)
    }
    #expect(fixture.upstream.updates == [["comment": "second"]])
    #expect(try await fixture.stored(sent.id).state == .superseded)
  }

  @Test func `what came too late is not sent`() async throws {
    let operation = try fixture.newOperation(#"{"comment":"left"}"#, within: .seconds(30))
    try await fixture.leaveBehind(operation)
    fixture.advance(30)
    try await takingUp(isAlone: true) {
      try await fixture.waitFor(.expired, of: operation.id)
    }
    #expect(fixture.upstream.log == [])
  }

  @Test func `another organisation's lanes are left alone`() async throws {
    var operation = try fixture.newOperation(#"{"comment":"left"}"#)
    operation.heatPump = HeatPumpReference(organisation: "south", user: jana, id: cellar.id)
    try await fixture.leaveBehind(operation)
    try await takingUp(isAlone: true) {
      // Two more sweeps.
      for _ in 0..<2 {
        fixture.advance(2)
        await fixture.clock.waitForSleepers(1)
      }
      try await fixture.waitFor(.queued, of: operation.id)
    }
    #expect(fixture.upstream.log == [])
  }

  @Test func `a storage that fails meanwhile is asked again`() async throws {
    let operation = try fixture.newOperation(#"{"comment":"left"}"#)
    fixture.storage.fail(with: .unavailable("locked"))
    try await takingUp(isAlone: false) {
      await fixture.clock.waitForSleepers(1)
      fixture.storage.fail(with: nil)
      try await fixture.leaveBehind(operation)
      fixture.advance(61)
      try await fixture.waitFor(.accepted, of: operation.id)
    }
    #expect(fixture.log.text.contains("lanes could not be looked after"))
  }

  private func takingUp(isAlone: Bool, _ body: () async throws -> Void) async throws {
    let task = Task { await fixture.service.takeUpLanes(isAlone: isAlone) }
    defer { task.cancel() }
    await fixture.clock.waitForSleepers(1)
    try await body()
  }
}
