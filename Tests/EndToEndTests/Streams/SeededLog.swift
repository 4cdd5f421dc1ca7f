import GatewayCore
import HeatPumps
import PoderoSimulator
import Storage
import TestSupport

/// A database with events in it, in which a gateway starts: what another gateway, or an earlier
/// run, has left there.
struct SeededLog: Sendable {
  let path: String
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/gateway.db"
  }

  /// Lets a gateway use it, and its apps read events.
  func apply(to setup: inout GatewaySetup) {
    setup.more["storage"] = ["sqlite": ["path": .string(path)]]
    setup.scopes = [
      "full": ["events:read"], "portal": ["events:read"], "narrow": ["events:read"],
    ]
  }

  /// Stores events, also while a gateway runs.
  func append(_ events: [NewEvent]) async throws {
    let storage = try await TestStorage.open(path)
    do {
      try await storage.append(EventBatch(events: events))
    } catch {
      await storage.close()
      throw error
    }
    await storage.close()
  }

  /// Stores changes of a reading of a heat pump.
  func append(_ numbers: ClosedRange<Int>, pump: Int = 1, of user: Int = 1) async throws {
    try await append(numbers.map { Self.change($0, pump: pump, of: user) })
  }

  /// Forgets all events but the newest ones.
  func forget(butFor count: Int) async throws {
    let storage = try await TestStorage.open(path)
    let past = Timestamp(microseconds: 0)
    try await storage.pruneEvents(
      EventRetention(before: past, events: count, openBefore: past, deliveriesBefore: past))
    await storage.close()
  }

  /// A change of a heat pump's power, as large as a real one.
  static func change(_ number: Int, pump: Int = 1, of user: Int = 1) -> NewEvent {
    let (id, owner) = (PoderoSimulator.heatPumpID(pump), PoderoSimulator.userID(user))
    let event = HeatPumpEvent(
      id: SystemRandomSource().timeOrderedID(at: SystemClock().wall), type: .stateChanged,
      timestamp: SystemClock().wall, organisation: "acme",
      heatPump: EventHeatPump(
        userID: owner, id: id, alias: pump == 1 ? "smith-home" : nil,
        representation: representation(id, owner)),
      cause: .outside,
      changes: [
        FieldChange(
          pointer: "/readings/power_w", from: .number(ExactDecimal(number)),
          to: .number(ExactDecimal(number + 1)))
      ])
    return NewEvent(
      id: event.id, organisation: "acme",
      heatPump: HeatPumpReference(organisation: "acme", user: owner, id: id),
      type: event.type.rawValue, at: event.timestamp, isPersonal: event.isPersonal,
      body: event.stored)
  }

  private static func representation(_ id: ResourceID, _ owner: ResourceID) -> [UInt8] {
    var object = JSONObject()
    object["id"] = .string(id.description)
    object["user_id"] = .string(owner.description)
    object["comment"] = "key under the mat"
    // Some 2 KB, as the simplified heat pump has.
    var readings = JSONObject()
    for field in FieldTable.fields where field.pointer.hasPrefix("/readings/") {
      readings[String(field.pointer.dropFirst("/readings/".count))] = 21
    }
    object["readings"] = .object(readings)
    var device = JSONObject()
    device["cloud_service_instructions"] = .string(String(repeating: "read me. ", count: 180))
    object["device"] = .object(device)
    return JSONValue.object(object).encoded
  }
}
