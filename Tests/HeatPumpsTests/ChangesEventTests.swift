import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: an event says what the contract says, to each reader what he may see.
/// Method: events in all their forms, and back.
@Suite struct ChangesEventTests {
  @Test func `the body has the members of the contract, in their order`() throws {
    let event = try event()
    let body = try json(#require(event.body(includesPersonalData: true)))
    #expect(body.object?.keys == ["type", "timestamp", "data"])
    #expect(body["type"] == "heat_pump.settings_changed")
    #expect(body["timestamp"] == "2026-11-24T12:00:00Z")
    let data = try #require(body["data"]?.object)
    #expect(
      data.keys == [
        "id", "sequence", "organisation", "user_id", "heat_pump_id", "alias", "cause", "changes",
        "heat_pump",
      ])
    #expect(data["sequence"] == 17)
    #expect(data["organisation"] == "acme")
    #expect(data["heat_pump_id"] == .string(Fixtures.id))
    #expect(data["alias"] == "novak-home")
    #expect(data["cause"] == "app")
    #expect(
      data["changes"] == [
        ["pointer": "/comment", "from": "a", "to": "b"],
        ["pointer": "/pause/active", "from": true, "to": false],
      ])
    #expect(try data["heat_pump"] == event.heatPump?.representation.map(json))
    #expect(data["heat_pump"]?["owner"]?["email"] == "jana.novakova@example.org")
  }

  @Test func `without the scope the body has the reduced heat pump and no personal change`()
    throws
  {
    let event = try event()
    let bytes = try #require(event.body(includesPersonalData: false))
    let body = try json(bytes)
    let document = try Fixtures.answer()
    #expect(
      try body["data"]?["heat_pump"] == json(document.representation(context(personal: false))))
    #expect(body["data"]?["changes"]?.array?.count == 1)
    for word in ["owner", "comment", "Nováková", "example.org", "resolution_link", "relogin"] {
      #expect(!String(decoding: bytes, as: UTF8.self).contains(word), "\(word)")
    }
  }

  @Test func `the reduced heat pump is the one that a reader without the scope gets`() throws {
    let names = Set(FieldTable.fields.compactMap(\.answerPath.first)).subtracting(["id"])
    for name in names.sorted() {
      for document in [
        try Fixtures.document(without: [name]), try Fixtures.document([name: .null]),
      ] {
        let full = try json(document.representation(context(personal: true)))
        let reduced = try json(document.representation(context(personal: false)))
        #expect(FieldTable.removingPersonalData(from: full) == reduced, "\(name)")
      }
    }
    #expect(FieldTable.removingPersonalData(from: ["new": 1, "id": 2]) == ["id": 2])
  }

  @Test func `an event that is personal through and through is kept from who lacks the scope`()
    throws
  {
    var event = try event()
    event.changes = [FieldChange(pointer: "/comment", from: "a", to: .null)]
    #expect(event.isPersonal)
    #expect(event.body(includesPersonalData: false) == nil)
    #expect(event.cloudEvent(source: "/acme", includesPersonalData: false) == nil)
    #expect(event.body(includesPersonalData: true) != nil)
    event.changes = []
    #expect(event.body(includesPersonalData: false) != nil)
  }

  @Test(arguments: HeatPumpEventType.allCases)
  func `every type is stored and read back`(type: HeatPumpEventType) throws {
    var event = try event()
    event.type = type
    if !type.isAboutHeatPump {
      event.heatPump = nil
      event.cause = nil
      event.changes = []
    }
    if type == .writeFailed { event.operationID = event.id }
    if type == .removed { event.heatPump?.representation = nil }
    #expect(try HeatPumpEvent(stored: event.stored, sequence: 17) == event)
    let body = try json(#require(event.body(includesPersonalData: true)))
    #expect(body["data"]?["heat_pump_id"]?.isNull == !type.isAboutHeatPump)
    #expect((body["data"]?["operation_id"] != nil) == (type == .writeFailed))
  }

  @Test func `what is no stored event is refused with the member's name`() throws {
    let whole = try #require(json(event().stored).object)
    let data = try #require(whole["data"]?.object)
    func fault(_ body: JSONObject) -> String? {
      let bytes = JSONValue.object(body).encoded
      do throws(EventFault) {
        _ = try HeatPumpEvent(stored: bytes, sequence: 1)
        return nil
      } catch { return error.member }
    }
    for name in ["id", "organisation", "user_id", "changes"] {
      var body = whole
      var damaged = data
      damaged[name] = 7
      body["data"] = .object(damaged)
      #expect(fault(body) == name)
    }
    for name in ["type", "timestamp"] {
      var body = whole
      body[name] = "tomorrow"
      #expect(fault(body) == name)
    }
    #expect(throws: EventFault.self) { try HeatPumpEvent(stored: [1], sequence: 1) }
  }

  @Test func `as a CloudEvent it has the required attributes and the same data`() throws {
    var event = try event()
    let cloud = try json(
      #require(event.cloudEvent(source: "https://gw.example", includesPersonalData: true)))
    #expect(
      cloud.object?.keys == [
        "specversion", "id", "source", "type", "time", "subject", "datacontenttype", "data",
      ])
    #expect(cloud["specversion"] == "1.0")
    #expect(cloud["id"] == .string(event.id.description))
    #expect(cloud["source"] == "https://gw.example")
    #expect(cloud["subject"]?.string?.hasSuffix("/heat-pumps/\(Fixtures.id)") == true)
    let body = try json(#require(event.body(includesPersonalData: true)))
    #expect(cloud["data"] == body["data"])
    event.heatPump = nil
    let bare = try #require(event.cloudEvent(source: "/x", includesPersonalData: true))
    #expect(try json(bare)["subject"] == nil)
  }

  @Test func `a trace is stored, and is in the CloudEvent and nowhere in the plain form`() throws {
    var event = try event()
    event.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    #expect(try HeatPumpEvent(stored: event.stored, sequence: event.sequence) == event)
    let cloud = try json(#require(event.cloudEvent(source: "/x", includesPersonalData: true)))
    #expect(cloud["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    let body = try #require(event.body(includesPersonalData: true))
    #expect(!String(decoding: body, as: UTF8.self).contains("0af7651916cd43dd"))
    // Whatever has come into the database, no header is made of it.
    event.traceparent = "x\r\nX-Evil: 1"
    #expect(try HeatPumpEvent(stored: event.stored, sequence: 1).traceparent == nil)
  }

  @Test func `the owner of a subscription is stored with its event and never shown`() throws {
    var event = try event()
    event.type = .subscriptionDisabled
    event.heatPump = nil
    event.subscription = EventSubscription(id: event.id, app: "canary-app")
    #expect(try HeatPumpEvent(stored: event.stored, sequence: event.sequence) == event)
    let body = try #require(event.body(includesPersonalData: true))
    let cloud = try #require(event.cloudEvent(source: "/x", includesPersonalData: true))
    for bytes in [body, cloud] {
      #expect(!String(decoding: bytes, as: UTF8.self).contains("canary"))
      #expect(try json(bytes)["data"]?["subscription_id"]?.string == event.id.description)
    }
  }

  @Test func `the schema has every member, and requires what is always there`() throws {
    let schema = HeatPumpEvent.schema(heatPump: ["$ref": "#/components/schemas/HeatPump"])
    let data = try #require(schema["properties"]?["data"])
    var event = try event()
    event.operationID = event.id
    event.subscription = EventSubscription(id: event.id, app: "comfort")
    let body = try json(#require(event.body(includesPersonalData: true)))
    #expect(schema["properties"]?.object?.keys == body.object?.keys)
    #expect(data["properties"]?.object?.keys == body["data"]?.object?.keys)
    event.operationID = nil
    event.subscription = nil
    event.heatPump = nil
    let least = try json(#require(event.body(includesPersonalData: false)))
    #expect(data["required"]?.array?.map(\.string) == least["data"]?.object?.keys)
    #expect(schema["required"]?.array?.map(\.string) == least.object?.keys)
    let types = schema["properties"]?["type"]?["x-extensible-enum"]?.array
    #expect(types?.count == HeatPumpEventType.allCases.count)
    #expect(data["properties"]?["heat_pump"]?["anyOf"]?[1] == ["type": "null"])
    #expect(
      data["properties"]?["changes"]?["items"]?["required"] == ["pointer", "from", "to"])
  }

  private func json(_ bytes: [UInt8]) throws -> JSONValue { try JSONValue(parsing: bytes) }

  private func context(personal: Bool) throws -> RepresentationContext {
    let document = try Fixtures.answer()
    let user = try #require(document.ownerID)
    return RepresentationContext(
      organisation: "acme", alias: "novak-home", userID: user,
      freshness: .judge(observedAt: document.observedAt, now: noon),
      pending: [
        PendingValue(pointer: "/comment", requested: "Maria", since: noon, operationID: user),
        PendingValue(pointer: "/pause/active", requested: true, since: noon, operationID: user),
      ], includesPersonalData: personal)
  }

  private func event() throws -> HeatPumpEvent {
    let detected = DetectedChange(
      kind: .settingsChanged, cause: .app,
      changes: [
        FieldChange(pointer: "/comment", from: "a", to: "b"),
        FieldChange(pointer: "/pause/active", from: true, to: false),
      ])
    var event = HeatPumpEvent(
      detected, id: SeededRandom(seed: 1).timeOrderedID(at: noon), timestamp: noon,
      organisation: "acme",
      heatPump: EventHeatPump(try Fixtures.answer(), try context(personal: false)))
    event.sequence = 17
    return event
  }
}
