import GatewayCore
import HeatPumpService
import HeatPumps
import Storage

@testable import Gateway

let smithHome = HeatPumpAddress(user: smith, id: smithPump)
let jonesHome = HeatPumpAddress(user: jones, id: jonesPump)

/// What happens in tests.
enum EventSamples {
  /// A change of a reading; with another pointer, of that field.
  static func change(
    _ number: Int, at home: HeatPumpAddress = smithHome,
    _ pointers: [String] = ["/readings/power_w"],
    type: HeatPumpEventType = .stateChanged, of organisation: String = "acme"
  ) -> NewEvent {
    let event = HeatPumpEvent(
      id: id(number), type: type, timestamp: time, organisation: organisation,
      heatPump: EventHeatPump(
        userID: home.user, id: home.id, alias: nil,
        representation: Array(#"{"id":"\#(home.id)","comment":"key under the mat"}"#.utf8)),
      cause: .outside,
      changes: pointers.map { FieldChange(pointer: $0, from: "canary-old", to: "canary-new") })
    return stored(
      event,
      HeatPumpReference(organisation: organisation, user: home.user, id: home.id))
  }

  /// What is about no heat pump.
  static func degraded(_ number: Int) -> NewEvent {
    stored(
      HeatPumpEvent(id: id(number), type: .upstreamDegraded, timestamp: time, organisation: "acme"),
      nil)
  }

  private static func stored(_ event: HeatPumpEvent, _ heatPump: HeatPumpReference?) -> NewEvent {
    NewEvent(
      id: event.id, organisation: event.organisation, heatPump: heatPump,
      type: event.type.rawValue, at: event.timestamp, isPersonal: event.isPersonal,
      body: event.stored)
  }

  private static func id(_ number: Int) -> ResourceID {
    ResourceID(high: 0xE, low: UInt64(number))
  }

  private static let time = Timestamp(microseconds: 1_795_000_000_000_000)
}

extension GatewayFixture {
  /// Stores events and tells who follows.
  func happen(_ events: NewEvent...) async throws { try await happen(events) }

  func happen(_ events: [NewEvent]) async throws {
    try await self.events.journal.append(EventBatch(events: events))
  }

  /// Stores readings of heat pumps, the Smiths' without another address.
  func happen(_ numbers: ClosedRange<Int>, at home: HeatPumpAddress = smithHome) async throws {
    try await happen(numbers.map { EventSamples.change($0, at: home) })
  }
}

extension EventLogStorage {
  /// Forgets all events but the newest ones.
  func forgetEvents(butFor count: Int) async throws {
    let past = Timestamp(microseconds: 0)
    try await pruneEvents(
      EventRetention(before: past, events: count, openBefore: past, deliveriesBefore: past))
  }
}
