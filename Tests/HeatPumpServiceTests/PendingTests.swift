import GatewayCore
import HeatPumps
import PoderoClient
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: a written value is pending until the device shows it, or its window has passed.
/// Method: writes, then answers whose observation time lies before or after them.
@Suite struct PendingTests {
  private let fixture = OrganisationFixture()

  @Test func `a written value is pending until a later observation shows it`() async throws {
    let operation = try await fixture.write(#"{"comment":"hello","pause":{"active":true}}"#)
    #expect(operation.entry.pending.map(\.pointer) == ["/pause/active", "/comment"])
    #expect(Set(operation.entry.pending.map(\.operationID)) == [operation.operationID])
    #expect(operation.entry.pending.map(\.since) == [fixture.clock.wall, fixture.clock.wall])
    fixture.advance(60)
    // The upstream has the value, the device has not been seen since.
    #expect(try await fixture.read(cellar, "no-cache").value.pending.count == 2)
    try await observe(["comment": "hello", "is_pause_power_active": false])
    #expect(
      try await fixture.read(cellar, "no-cache").value.pending.map(\.pointer) == ["/pause/active"])
    try await observe(["is_pause_power_active": true])
    #expect(try await fixture.read(cellar, "no-cache").value.pending == [])
  }

  @Test func `a value that never shows is pending for the window`() async throws {
    _ = try await fixture.write(#"{"comment":"hello"}"#)
    fixture.advance(2679)
    try await observe(["comment": "other"])
    #expect(try await fixture.read(cellar, "no-cache").value.pending.count == 1)
    fixture.advance(6)
    #expect(try await fixture.read(cellar, "no-cache").value.pending == [])
  }

  @Test func `of one field only the newest value is pending`() async throws {
    _ = try await fixture.write(#"{"comment":"old"}"#)
    let second = try await fixture.write(#"{"comment":"new"}"#)
    #expect(second.entry.pending.map(\.requested) == ["new"])
  }

  @Test func `what is gone has nothing pending when it comes back`() async throws {
    _ = try await fixture.write(#"{"comment":"old"}"#)
    fixture.upstream.remove(cellar.id)
    fixture.advance(10)
    #expect(await fixture.readFault(cellar, "no-cache") == .notFound)
    fixture.upstream.place(cellar.id, of: jana)
    #expect(try await fixture.read().value.pending == [])
  }

  @Test func `of equal patches on two heat pumps each settles by itself`() throws {
    var pending = PendingWrites()
    let patch = try fixture.request(#"{"comment":"x"}"#).patch
    for address in [cellar, attic] {
      _ = pending.add(
        patch.assignments, to: address.id, at: fixture.clock.wall, operationID: address.id,
        sequence: 1)
    }
    let shown = try document(cellar.id, #""comment":"x""#, observed: "2026-11-24T10:00:01Z")
    let settled = pending.settle(
      cellar.id, with: shown, now: fixture.clock.wall + .seconds(2), window: .seconds(10))
    #expect(settled.open == [])
    #expect(settled.ended.map(\.operationID) == [cellar.id])
    #expect(settled.ended.map(\.state) == [.verified])
    let other = try document(attic.id, #""comment":"x""#, observed: "2026-11-24T10:00:00Z")
    let open = pending.settle(
      attic.id, with: other, now: fixture.clock.wall + .seconds(2), window: .seconds(10))
    #expect(open.open.map(\.operationID) == [attic.id])
    #expect(open.ended == [])
  }

  private func observe(_ changes: [String: JSONValue], after seconds: Int = 10) async throws {
    fixture.advance(seconds)
    var changes = changes
    changes["current_state_last_updated_at"] = .string(fixture.clock.wall.description)
    fixture.upstream.change(cellar.id, changes)
    fixture.advance(10)
  }

  private func document(
    _ id: ResourceID, _ members: String, observed: String
  ) throws -> HeatPumpDocument {
    try HeatPumpDocument(
      parsing: Array(
        #"{"id":"\#(id)","current_state_last_updated_at":"\#(observed)",\#(members)}"#.utf8))
  }
}
