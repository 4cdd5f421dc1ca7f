import GatewayCore
import HeatPumps
import Testing
import Webhooks

/// Goal: nobody is told of a heat pump that they may not see, nor of personal data without the
/// right. Method: one event of each kind, and audiences with and without each right.
@Suite struct EventAudienceTests {
  private let user = ResourceID(high: 1, low: 1)
  private let heatPump = ResourceID(high: 2, low: 2)

  private func event(_ pointers: [String], about isHeatPump: Bool = true) -> HeatPumpEvent {
    HeatPumpEvent(
      id: ResourceID(high: 3, low: 3), sequence: 7,
      type: isHeatPump ? .settingsChanged : .upstreamDegraded,
      timestamp: Timestamp(microseconds: 0), organisation: "acme",
      heatPump: isHeatPump ? EventHeatPump(userID: user, id: heatPump, alias: nil) : nil,
      changes: pointers.map { FieldChange(pointer: $0, from: "before", to: "after") })
  }

  private func audience(personal: Bool = false, sees: Bool = true) -> EventAudience {
    let (user, heatPump) = (user, heatPump)
    return EventAudience(seesPersonalData: personal) { sees && $0 == user && $1 == heatPump }
  }

  @Test func `a heat pump that may not be seen is not told of`() {
    let event = event(["/hot_water/standard_temperature"])
    #expect(audience().admits(event))
    #expect(!audience(sees: false).admits(event))
    #expect(audience(sees: false).body(of: event) == nil)
    #expect(audience(sees: false).cloudEvent(of: event, source: "/gateway") == nil)
  }

  @Test func `what is about the gateway as a whole everybody may know`() {
    #expect(audience(sees: false).admits(event([], about: false)))
  }

  @Test func `personal data is told only to those who may see it`() throws {
    let comment = try #require(FieldTable.fields.first { $0.isPersonal }?.pointer)
    let both = event([comment, "/hot_water/standard_temperature"])
    let shown = try #require(audience().body(of: both))
    #expect(!String(decoding: shown, as: UTF8.self).contains(comment))
    let whole = try #require(audience(personal: true).body(of: both))
    #expect(String(decoding: whole, as: UTF8.self).contains(comment))
    #expect(!audience().admits(event([comment])))
    #expect(audience(personal: true).admits(event([comment])))
  }
}
