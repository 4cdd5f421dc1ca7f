import GatewayCore
import HeatPumps
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: what a dead gateway had sent is seen through by another, as what it is: older than what has
/// been written since.
/// Method: two services on one storage, of which one is not heard of any more.
@Suite struct TakenUpWritesTests {
  private let dead = OrganisationFixture()
  private let other: OrganisationFixture

  init() { other = OrganisationFixture(after: dead) }

  @Test func `what is taken up from a dead gateway does not overtake what is newer`() async throws {
    let older = try await dead.write(#"{"comment":"old","pause":{"active":true}}"#)
    dead.advance(1)
    let newer = try await other.write(#"{"comment":"new"}"#)
    try await other.service.takeOver()
    let pending = try await other.read().value.pending
    #expect(Set(pending.map(\.requested)) == ["new", true])
    try await observe()
    let ended = try await other.waitFor(.verified, of: older.operationID)
    #expect(ended.supersededFields == ["/comment": newer.operationID])
    try await other.waitFor(.verified, of: newer.operationID)
  }

  @Test func `of which nothing is left ends as superseded`() async throws {
    let older = try await dead.write(#"{"comment":"old"}"#)
    dead.advance(1)
    let newer = try await other.write(#"{"comment":"new"}"#)
    try await other.service.takeOver()
    let ended = try await other.waitFor(.superseded, of: older.operationID)
    #expect(ended.supersededFields == ["/comment": newer.operationID])
    #expect(try await other.read().value.pending.map(\.requested) == ["new"])
  }

  @Test func `it is read until the device shows it`() async throws {
    let written = try await dead.write(#"{"comment":"old"}"#)
    try await other.service.takeOver()
    // Once more changes nothing.
    try await other.service.takeOver()
    try await observe()
    try await other.waitFor(.verified, of: written.operationID)
  }

  private func observe() async throws {
    dead.advance(10)
    dead.upstream.change(
      cellar.id, ["current_state_last_updated_at": .string(dead.clock.wall.description)])
    _ = try await other.read(cellar, "no-cache")
  }
}
