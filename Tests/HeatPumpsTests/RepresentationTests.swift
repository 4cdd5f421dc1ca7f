import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: a reader gets the resource of the contract, and nothing that is not meant for him.
/// Method: the golden resource, byte by byte, and what changes with the context.
@Suite struct RepresentationTests {
  @Test func `the full resource is the golden one, byte by byte`() throws {
    let shown = try Fixtures.answer().representation(context(personal: true))
    #expect(
      String(decoding: shown, as: UTF8.self) == text(try Fixtures.bytes("representation.json")))
  }

  @Test func `without the scope no personal data is shown`() throws {
    var context = try context(personal: false)
    context.pending.append(
      PendingValue(
        pointer: "/comment", requested: "ring Maria", since: noon, operationID: context.userID))
    let shown = text(try Fixtures.answer().representation(context))
    for word in [
      "owner", "comment", "Schlüssel", "links", "resolution_link", "relogin", "signup",
      "example.org",
      "Nováková", "K-2291", "Maria",
    ] {
      #expect(!shown.contains(word), "\(word)")
    }
    #expect(shown.contains("REAUTHENTICATE"))
    #expect(shown.contains("/pause/until"))
    let expected = try Fixtures.json("representation.json")
    let value = try JSONValue(parsing: Array(shown.utf8))
    for field in FieldTable.fields where !field.isPersonal && field.kind != .actions {
      #expect(value.at(pointer: field.pointer) == expected.at(pointer: field.pointer))
    }
  }

  @Test(arguments: FieldTable.topLevelNames)
  func `one wanted member comes with the id alone`(name: String) throws {
    var context = try context(personal: true)
    context.groups = [name]
    let value = try JSONValue(parsing: Fixtures.answer().representation(context))
    let expected = try Fixtures.json("representation.json")
    #expect(try #require(value.object).keys == (name == "id" ? ["id"] : ["id", name]))
    #expect(value[name] == expected[name])
  }

  @Test func `the members' names are those of the resource, in their order`() throws {
    let keys = try #require(Fixtures.json("representation.json").object).keys
    #expect(RepresentationContext.groupNames == keys)
  }

  @Test func `what the upstream leaves out is absent`() throws {
    let document = try Fixtures.small("\"pause_power_until\":null,\"device_model\":{}")
    let shown = text(document.representation(try context(personal: true)))
    #expect(
      shown.hasPrefix(
        "{\"id\":\"\(Fixtures.id)\",\"user_id\":\"b6a0f1d2-7c3e-4f58-9a1b-2c3d4e5f6a7b\","
          + "\"organisation\":\"acme\",\"alias\":\"novak-home\",\"pause\":{\"until\":null},"
          + "\"freshness\":{"))
  }

  @Test func `names are escaped, a missing alias is null`() throws {
    var context = try context(personal: true)
    context.organisation = "a\"b\\"
    context.alias = nil
    let value = try JSONValue(parsing: Fixtures.answer().representation(context))
    #expect(value["organisation"] == "a\"b\\")
    #expect(value["alias"] == .null)
  }

  @Test func `every shown value is the value of its field`() throws {
    let document = try Fixtures.answer()
    let shown = try JSONValue(parsing: document.representation(context(personal: true)))
    for field in FieldTable.fields where !field.answerPath.isEmpty {
      #expect(shown.at(pointer: field.pointer) == document.value(field), "\(field.pointer)")
    }
  }

  @Test(arguments: [
    (0, FreshnessState.live), (-60, .live), (1199, .live), (1200, .ageing), (3599, .ageing),
    (3600, .stale), (86400, .stale),
  ])
  func `freshness is judged from the device's own time`(age: Int, state: FreshnessState) {
    let freshness = Freshness.judge(observedAt: noon - .seconds(age), now: noon)
    #expect(freshness.state == state)
    let next: Timestamp? =
      switch state {
      case .live: noon - .seconds(age) + .seconds(1200)
      case .ageing: noon - .seconds(age) + .seconds(3600)
      default: nil
      }
    #expect(freshness.nextChange == next)
    if let next {
      #expect(Freshness.judge(observedAt: freshness.observedAt, now: next).state != state)
    }
  }

  @Test func `without an observation time the freshness is unknown`() {
    let freshness = Freshness.judge(observedAt: nil, now: noon, upstream: .down)
    #expect(freshness.state == .unknown && freshness.nextChange == nil)
    #expect(freshness.upstream == .down)
  }

  @Test func `the hash is the same everywhere and moves with every byte`() {
    #expect(stableHash([]) == 10_865_989_429_863_811_683)
    #expect(stableHash(Array("heat pump".utf8)) == 6_158_560_529_898_312_568)
    var bytes = [UInt8](repeating: 7, count: 61)
    var seen: Set<UInt64> = [stableHash(bytes)]
    for index in bytes.indices {
      bytes[index] ^= 1
      seen.insert(stableHash(bytes))
      bytes[index] ^= 1
    }
    for count in 0...40 { seen.insert(stableHash([UInt8](repeating: 0, count: count))) }
    #expect(seen.count == 62 + 41)
  }

  private func context(personal: Bool) throws -> RepresentationContext {
    let document = try Fixtures.answer()
    let operation = try #require(ResourceID("01936d0e-0000-7000-8000-000000000001"))
    return RepresentationContext(
      organisation: "acme", alias: "novak-home", userID: try #require(document.ownerID),
      freshness: .judge(observedAt: document.observedAt, now: try time("2026-11-24T08:42:00Z")),
      pending: [
        PendingValue(
          pointer: "/pause/until", requested: "2026-11-24T20:00:00Z",
          since: try time("2026-11-24T08:41:00Z"), operationID: operation)
      ],
      includesPersonalData: personal)
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
