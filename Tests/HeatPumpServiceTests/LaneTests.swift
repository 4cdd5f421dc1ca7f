import GatewayCore
import HeatPumps
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: writes that wait together go as one, and each is told what became of its own fields.
/// Method: an update is held while others come in behind it.
@Suite struct MergingTests {
  private let fixture = OrganisationFixture()

  @Test func `what newer writes overtake is superseded, in whole or in part`() async throws {
    let first = try await held(#"{"comment":"0"}"#)
    let whole = try await fixture.writeAsync(#"{"comment":"1","pause":{"active":true}}"#)
    let part = try fixture.request(#"{"comment":"2","away":{"enabled":true}}"#)
    async let partReply = fixture.service.write(part)
    try await fixture.waitForOpen(3)
    let newest = try await fixture.writeAsync(#"{"comment":"3","pause":{"active":false}}"#)
    fixture.releaseUpdate()

    let result = try await partReply.result
    #expect(result.superseded == ["/comment": newest.request.id])
    #expect(result.unapplied == [])
    #expect(result.status(of: part.patch) == "partially_applied")
    #expect(!result.isWhole)
    try await fixture.waitForOpen(0)
    #expect(
      fixture.upstream.updates == [
        ["comment": "0"],
        ["comment": "3", "is_pause_power_active": false, "is_away_mode_enabled": true],
      ])
    let stored = try await fixture.stored(whole.request.id)
    #expect(stored.state == .superseded)
    #expect(
      stored.supersededFields == [
        "/comment": newest.request.id, "/pause/active": newest.request.id,
      ])
    let partly = try await fixture.stored(result.operationID)
    #expect(partly.state == .accepted)
    #expect(partly.supersededFields == ["/comment": newest.request.id])
    #expect(try await fixture.stored(newest.request.id).state == .accepted)
    // Of the one that was sent before, the newest has overtaken the only field since.
    let before = try await fixture.stored(first.request.id)
    #expect(before.state == .superseded)
    #expect(before.supersededFields == ["/comment": newest.request.id])
    #expect(
      Set(fixture.cached()?.pending.map(\.operationID) ?? [])
        == [result.operationID, newest.request.id])
    // The audit trail has each of them.
    #expect(try await fixture.storage.auditTrail(after: 0, limit: 9).count == 4)
  }

  @Test func `a conditional write goes by itself, between those before and behind it`()
    async throws
  {
    _ = try await held(#"{"comment":"0"}"#)
    _ = try await fixture.writeAsync(#"{"comment":"1"}"#)
    _ = try await fixture.writeAsync(#"{"comment":"2"}"#, ifMatch: .exists)
    _ = try await fixture.writeAsync(#"{"comment":"3"}"#)
    _ = try await fixture.writeAsync(#"{"comment":"4"}"#)
    fixture.releaseUpdate()
    try await fixture.waitForOpen(0)
    #expect(
      fixture.upstream.updates.compactMap { $0["comment"]?.string } == ["0", "1", "2", "4"])
  }

  @Test func `one that breaks the rules is refused, and takes no other with it`() async throws {
    _ = try await held(#"{"comment":"0"}"#)
    let good = try await fixture.writeAsync(#"{"comment":"1"}"#)
    let bad = try await fixture.writeAsync(#"{"space_heating":{"minimum_temperature":24}}"#)
    let last = try await fixture.writeAsync(#"{"pause":{"active":true}}"#)
    fixture.releaseUpdate()
    try await fixture.waitForOpen(0)
    #expect(try await fixture.stored(bad.request.id).state == .rejected)
    for fine in [good, last] {
      #expect(try await fixture.stored(fine.request.id).state == .accepted)
    }
    #expect(
      fixture.upstream.updates.last == ["comment": "1", "is_pause_power_active": true])
  }

  @Test func `of a batch that the upstream refuses each goes by itself`() async throws {
    _ = try await held(#"{"comment":"0"}"#)
    let bad = try await fixture.writeAsync(#"{"comment":"1"}"#)
    let good = try await fixture.writeAsync(#"{"pause":{"active":true}}"#)
    let refusal = FakeTransport.Step.json(
      ["detail": [["type": "value_error", "loc": ["body", "data", "comment"], "msg": "no"]]],
      status: 422)
    fixture.upstream.transport.append(refusal, refusal)
    fixture.releaseUpdate()
    try await fixture.waitForOpen(0)
    #expect(try await fixture.stored(bad.request.id).state == .rejected)
    #expect(try await fixture.stored(good.request.id).state == .accepted)
    #expect(fixture.upstream.updates.count == 4)
    #expect(fixture.upstream.updates.last == ["is_pause_power_active": true])
  }

  @Test func `one by one, too, none goes before an older one that has to be tried again`()
    async throws
  {
    _ = try await held(#"{"comment":"0"}"#)
    let older = try await fixture.writeAsync(#"{"comment":"1"}"#)
    let newer = try await fixture.writeAsync(#"{"comment":"2"}"#)
    fixture.upstream.transport.append(
      .json(["detail": "no"], status: 422),
      .fail(TransportFault(.tls, mayHaveBeenSent: false)))
    fixture.releaseUpdate()
    _ = try await fixture.advance(until: .accepted, of: newer.request.id, sleepers: 1)
    try await fixture.waitForOpen(0)
    #expect(try await fixture.stored(older.request.id).state == .superseded)
    #expect(fixture.upstream.updates.last == ["comment": "2"])
  }

  @Test func `whoever comes after a death among them finds those behind waiting`() async throws {
    _ = try await held(#"{"comment":"0"}"#)
    _ = try await fixture.writeAsync(#"{"comment":"1"}"#)
    _ = try await fixture.writeAsync(#"{"comment":"2"}"#)
    fixture.upstream.transport.append(.json(["detail": "no"], status: 422), .hold)
    fixture.releaseUpdate()
    await fixture.upstream.transport.waitForRequests(4)
    let open = try await fixture.storage.openOperations(of: fixture.service.reference(cellar))
    #expect(open.map(\.state) == [.sent, .queued])
    fixture.releaseUpdate()
    try await fixture.waitForOpen(0)
    #expect(fixture.upstream.updates.last == ["comment": "2"])
  }

  /// A write whose update is held upstream.
  private func held(_ json: String) async throws -> StoredOperation {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.hold)
    let operation = try await fixture.writeAsync(json)
    await fixture.upstream.transport.waitForRequests(2)
    return operation
  }
}

/// Goal: whoever has lost a lane sends nothing any more, and whoever has it finishes the work.
/// Method: another gateway takes the lane while the worker waits for the upstream.
@Suite struct LostLaneTests {
  private let fixture = OrganisationFixture()

  @Test func `nothing is sent once the lane is another's`() async throws {
    fixture.upstream.transport.append(.hold)
    async let fault = fixture.writeFault(fixture.request(#"{"comment":"late"}"#))
    await fixture.upstream.transport.waitForRequests(1)
    try await fixture.takeLane()
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    await turnsTrue("said") { fixture.log.text.contains("a lane was lost") }
    #expect(fixture.upstream.updates == [])
    #expect(
      try await fixture.storage.openOperations(of: fixture.service.reference(cellar)).map(\.state)
        == [.queued])
    // The caller's time runs out, and its write with it.
    fixture.advance(15)
    #expect(try await fault.type == .upstreamTimeout)
    try await fixture.waitForOpen(0)
  }

  @Test func `what was sent before the lane was lost is settled by its new holder`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.hold)
    async let reply = fixture.write(#"{"comment":"hello"}"#)
    await fixture.upstream.transport.waitForRequests(2)
    let lease = try await fixture.takeLane()
    fixture.releaseUpdate()
    // The change is made, and its caller hears so, but the record is the new holder's to write.
    let result = try await reply
    #expect(result.unapplied == [])
    await turnsTrue("said") { fixture.log.text.contains("a lane was lost") }
    #expect(try await fixture.stored(result.operationID).state == .sent)
    #expect(try await fixture.storage.auditTrail(after: 0, limit: 9) == [])

    let other = OrganisationFixture(after: fixture)
    other.service.work(in: lease)
    try await other.waitFor(.accepted, of: result.operationID)
    #expect(fixture.upstream.updates.count == 1)
  }

  @Test func `a process that stops lets its lanes go`() async throws {
    fixture.upstream.transport.append(.hold)
    let operation = try await fixture.writeAsync(#"{"comment":"first"}"#)
    await fixture.upstream.transport.waitForRequests(1)
    let behind = try await fixture.writeAsync(#"{"pause":{"active":true}}"#, ifMatch: .exists)
    fixture.service.stopLanes()
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    try await fixture.waitFor(.accepted, of: operation.request.id)
    #expect(try await fixture.stored(behind.request.id).state == .queued)

    // The next process need not wait for the lease to end.
    let heir = OrganisationFixture(after: fixture)
    try await heir.waitForFreeLane()
    let task = Task { await heir.service.takeUpLanes(isAlone: false) }
    try await heir.waitFor(.accepted, of: behind.request.id)
    task.cancel()
    #expect(fixture.upstream.updates.count == 2)
  }
}
