import GatewayCore
import HeatPumpService
import HeatPumps
import ResponseCache
import TestSupport
import Testing

/// Goal: `If-Match` refuses lost updates, and nothing else.
/// Method: settings that somebody else changes between a caller's read and write.
@Suite struct PreconditionTests {
  private let fixture = OrganisationFixture()

  @Test func `the settings in force pass`() async throws {
    let tag = try await seen()
    _ = try await fixture.write(#"{"comment":"a"}"#, ifMatch: .settings([0, tag]))
    _ = try await fixture.write(#"{"comment":"b"}"#, ifMatch: .exists)
    #expect(fixture.upstream.updates.count == 2)
  }

  @Test func `readings that change don't matter`() async throws {
    let tag = try await seen()
    fixture.upstream.change(cellar.id, ["indoor_actual_temperature": "22.0"])
    fixture.advance(31)
    _ = try await fixture.write(#"{"comment":"a"}"#, ifMatch: .settings([tag]))
  }

  @Test func `a field that somebody else changed is a conflict`() async throws {
    let tag = try await seen()
    fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
    fixture.advance(31)
    let fault = try await fixture.writeFault(
      #"{"market":{"price_zone":"AT"},"pause":{"active":true}}"#, ifMatch: .settings([tag]))
    #expect(fault.type == .preconditionFailed)
    #expect(
      fault.extensions["conflicts"] == [
        ["pointer": "/market/price_zone", "requested": "AT", "actual": "DE_LU"]
      ])
    #expect(fixture.upstream.updates == [])
  }

  @Test func `other fields that somebody else changed are none`() async throws {
    let tag = try await seen()
    fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
    fixture.advance(31)
    _ = try await fixture.write(#"{"pause":{"active":true}}"#, ifMatch: .settings([tag]))
    #expect(fixture.upstream.updates == [["is_pause_power_active": true]])
  }

  @Test func `settings are known for a day after they were left`() async throws {
    let tag = try await seen()
    fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
    fixture.advance(3600)
    _ = try await fixture.read(cellar, "no-cache")
    fixture.advance(86400 - 1)
    _ = try await fixture.write(#"{"pause":{"active":true}}"#, ifMatch: .settings([tag]))
    fixture.advance(1)
    let fault = try await fixture.writeFault(
      #"{"pause":{"active":false}}"#, ifMatch: .settings([tag]))
    #expect(fault.type == .preconditionFailed)
  }

  @Test func `settings that were never seen are refused`() async throws {
    let fault = try await fixture.writeFault(#"{"comment":"a"}"#, ifMatch: .settings([1]))
    #expect(fault.type == .preconditionFailed)
    #expect(fixture.upstream.updates == [])
  }

  @Test func `personal values are in no conflict`() async throws {
    let tag = try await seen()
    fixture.upstream.change(cellar.id, ["comment": "private"])
    fixture.advance(31)
    let fault = try await fixture.writeFault(#"{"comment":"a"}"#, ifMatch: .settings([tag]))
    #expect(fault.type == .preconditionFailed)
    #expect(fault.extensions["conflicts"] == [])
  }

  @Test(arguments: ["", " , ", "\"abc\"", "*, *", "W/*"])
  func `what is no list of our tags is malformed`(header: String) {
    #expect(throws: GatewayFault.self) { try WritePrecondition(header: header) }
  }

  @Test func `a list of tags is read`() throws {
    let (first, second) = (EntityTag(settings: 1, rest: 2), EntityTag(settings: 3, rest: 4))
    #expect(try WritePrecondition(header: "*") == .exists)
    #expect(
      try WritePrecondition(header: "\(first) ,\t\(second)") == .settings([1, 3]))
  }

  private func seen() async throws -> UInt64 {
    try await fixture.read().value.document.settingsTag
  }
}
