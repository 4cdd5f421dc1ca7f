import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: each accepted write ends its wait exactly once, as what it came to.
/// Method: writes, observations and the clock, in all orders that end a wait differently.
@Suite struct PendingWritesTests {
  private let fixture = OrganisationFixture()
  private static let window = Duration.seconds(100)

  @Test func `a write all of whose fields newer ones overtook is superseded`() throws {
    var pending = PendingWrites()
    #expect(try add(1, #"{"comment":"a","pause":{"active":true}}"#, to: &pending) == [])
    #expect(try add(2, #"{"comment":"b"}"#, to: &pending) == [])
    let ended = try add(3, #"{"pause":{"active":false}}"#, to: &pending)
    #expect(
      ended == [
        Verification(
          operationID: id(1), state: .superseded,
          supersededFields: ["/comment": id(2), "/pause/active": id(3)])
      ])
    #expect(pending.values(of: cellar.id).map(\.operationID) == [id(2), id(3)])
  }

  @Test func `a write that is noted again does not overtake itself`() throws {
    var pending = PendingWrites()
    _ = try add(1, #"{"comment":"a"}"#, to: &pending)
    #expect(try add(1, #"{"comment":"a"}"#, to: &pending) == [])
    #expect(pending.values(of: cellar.id).map(\.operationID) == [id(1)])
    #expect(try settle(#""comment":"a""#, at: 5, &pending).ended.map(\.state) == [.verified])
  }

  @Test func `a write of which a field was overtaken and the rest seen is verified`() throws {
    var pending = PendingWrites()
    _ = try add(1, #"{"comment":"a","pause":{"active":true}}"#, to: &pending)
    _ = try add(2, #"{"comment":"b"}"#, to: &pending)
    let settled = try settle(
      #""is_pause_power_active":true,"comment":"elsewhere""#, at: 5, &pending)
    #expect(
      settled.ended == [
        Verification(
          operationID: id(1), state: .verified, supersededFields: ["/comment": id(2)])
      ])
    #expect(settled.open.map(\.operationID) == [id(2)])
  }

  @Test func `a field that never showed makes the write unverified, though others did`() throws {
    var pending = PendingWrites()
    _ = try add(1, #"{"comment":"a","pause":{"active":true}}"#, to: &pending)
    #expect(
      try settle(#""is_pause_power_active":true,"comment":"x""#, at: 5, &pending).ended == [])
    let late = try settle(#""is_pause_power_active":true,"comment":"x""#, at: 100, &pending)
    #expect(late.ended.map(\.state) == [.unverified])
    #expect(late.open == [])
    #expect(pending.heatPumps == [])
  }

  @Test func `an observation of the moment of the write shows nothing yet`() throws {
    var pending = PendingWrites()
    _ = try add(1, #"{"comment":"a"}"#, to: &pending)
    #expect(try settle(#""comment":"a""#, at: 0, &pending).ended == [])
    #expect(try settle(#""comment":"a""#, at: 1, &pending).ended.map(\.state) == [.verified])
  }

  @Test func `windows end by themselves, each at its time`() throws {
    var pending = PendingWrites()
    _ = try add(1, #"{"comment":"a"}"#, to: &pending)
    _ = try add(2, #"{"pause":{"active":true}}"#, at: 40, to: &pending)
    #expect(expire(99, &pending).ended == [])
    let first = expire(100, &pending)
    #expect(first.changed == [cellar.id])
    #expect(first.ended.map(\.operationID) == [id(1)])
    #expect(first.ended.map(\.state) == [.unverified])
    #expect(pending.values(of: cellar.id).map(\.pointer) == ["/pause/active"])
    #expect(expire(140, &pending).ended.map(\.operationID) == [id(2)])
    #expect(pending.heatPumps == [])
    #expect(expire(1000, &pending).changed == [])
  }

  @Test func `of a heat pump that is gone nothing can be verified`() throws {
    var pending = PendingWrites()
    _ = try add(1, #"{"comment":"a"}"#, to: &pending)
    _ = try add(2, #"{"pause":{"active":true}}"#, to: &pending)
    #expect(pending.forget(cellar.id).map(\.state) == [.unverified, .unverified])
    #expect(pending.values(of: cellar.id) == [])
    #expect(pending.forget(cellar.id) == [])
  }

  @Test func `a write that was superseded in part before it was sent keeps that`() throws {
    var pending = PendingWrites()
    let fields = try fixture.patch(#"{"comment":"a"}"#).assignments
    _ = pending.add(
      fields, overtaken: ["/pause/active": id(9)], to: cellar.id, at: fixture.clock.wall,
      operationID: id(1), sequence: 1)
    let ended = try settle(#""comment":"a""#, at: 5, &pending).ended
    #expect(ended.map(\.supersededFields) == [["/pause/active": id(9)]])
    #expect(ended.map(\.state) == [.verified])
  }

  @Test func `a write that is heard of late does not overtake a newer one`() throws {
    var pending = PendingWrites()
    _ = try add(2, #"{"comment":"b"}"#, to: &pending)
    // By the clock of another gateway, which is ahead.
    #expect(try add(1, #"{"comment":"a","pause":{"active":true}}"#, at: 1, to: &pending) == [])
    #expect(pending.values(of: cellar.id).map(\.operationID) == [id(2), id(1)])
    let settled = try settle(#""is_pause_power_active":true,"comment":"b""#, at: 5, &pending)
    #expect(
      settled.ended == [
        Verification(operationID: id(1), state: .verified, supersededFields: ["/comment": id(2)]),
        Verification(operationID: id(2), state: .verified, supersededFields: [:]),
      ])
    _ = try add(4, #"{"comment":"d"}"#, to: &pending)
    #expect(
      try add(3, #"{"comment":"c"}"#, at: 1, to: &pending) == [
        Verification(operationID: id(3), state: .superseded, supersededFields: ["/comment": id(4)])
      ])
  }

  @Test func `another gateway's write is shown and overtakes, and its end is not ours to tell`()
    throws
  {
    var pending = PendingWrites()
    _ = try add(1, #"{"comment":"a"}"#, to: &pending)
    #expect(
      try add(2, #"{"comment":"b"}"#, isForeign: true, to: &pending).map(\.state) == [.superseded])
    #expect(pending.values(of: cellar.id).map(\.operationID) == [id(2)])
    #expect(pending.heatPumps == [cellar.id] && pending.awaited == [])
    #expect(pending.knows(id(2)) && !pending.isAwaited(id(2)))
    let settled = try settle(#""comment":"b""#, at: 5, &pending)
    #expect(settled.open == [] && settled.ended == [])
    #expect(!pending.knows(id(2)))
    // Until its gateway is gone.
    _ = try add(3, #"{"comment":"c"}"#, isForeign: true, to: &pending)
    _ = try add(3, #"{"comment":"c"}"#, to: &pending)
    #expect(pending.awaited == [cellar.id])
    #expect(expire(200, &pending).ended.map(\.state) == [.unverified])
  }

  private func id(_ number: UInt64) -> ResourceID { ResourceID(high: 5, low: number) }

  private func time(_ seconds: Int) -> Timestamp { fixture.clock.wall + .seconds(seconds) }

  private func add(
    _ number: UInt64, _ json: String, at seconds: Int = 0, isForeign: Bool = false,
    to pending: inout PendingWrites
  ) throws -> [Verification] {
    pending.add(
      try fixture.patch(json).assignments, to: cellar.id, at: time(seconds),
      operationID: id(number), sequence: Int64(number), isForeign: isForeign)
  }

  private func settle(
    _ members: String, at seconds: Int, _ pending: inout PendingWrites
  ) throws -> (open: [PendingValue], ended: [Verification]) {
    let shown = try HeatPumpDocument(
      parsing: Array(
        #"{"id":"\#(cellar.id)","current_state_last_updated_at":"\#(time(seconds))",\#(members)}"#
          .utf8))
    return pending.settle(cellar.id, with: shown, now: time(seconds), window: Self.window)
  }

  private func expire(
    _ seconds: Int, _ pending: inout PendingWrites
  ) -> (changed: [ResourceID], ended: [Verification]) {
    pending.expire(now: time(seconds), window: Self.window)
  }
}
