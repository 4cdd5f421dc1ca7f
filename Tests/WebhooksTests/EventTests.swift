import GatewayCore
import HeatPumps
import Testing

@testable import Webhooks

/// Goal: a proven source's body is read strictly, and an event has one key however often it comes.
/// Method: bodies in both formats through the open door.
@Suite struct EventTests {
  private func event(
    _ body: String, type: String? = "application/json", eventID: Hook.EventIDSource = .bodyHash,
    storesBody: Bool = true, redacted: [String] = [], headers: [(String, String)] = []
  ) throws(HookRefusal) -> ReceivedEvent {
    try receive(
      request(body, headers, type: type),
      hook(openDoor, eventID: eventID, storesBody: storesBody, redacted: redacted), token: "t")
  }

  private func refusal(
    _ body: String, type: String? = "application/json", eventID: Hook.EventIDSource = .bodyHash,
    headers: [(String, String)] = []
  ) throws -> HookRefusal {
    try #require(throws: HookRefusal.self) {
      try event(body, type: type, eventID: eventID, headers: headers)
    }
  }

  @Test(arguments: [
    "application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\"",
    "application/cloudevents+json",
  ])
  func `JSON is read`(type: String) throws {
    let event = try event("{\"a\":1}", type: type)
    #expect(event.body == ["a": 1] && event.format == .json)
    #expect(event.raw == Array("{\"a\":1}".utf8))
  }

  @Test(
    arguments: [
      nil, "", "text/plain", "application/jsonx", "json", "application/json; charset=latin1",
      "multipart/form-data; boundary=x", "+json",
    ] as [String?])
  func `other content types are refused`(type: String?) throws {
    let refusal = try refusal("{}", type: type)
    #expect(refusal.reason == .unsupportedMediaType && refusal.fault.status == 415)
  }

  @Test(arguments: ["Content-Encoding", "Content-Type"])
  func `a coded body and a second content type are refused`(header: String) throws {
    let refusal = try refusal("{}", headers: [(header, "application/json")])
    #expect(refusal.fault.status == 415)
  }

  @Test(arguments: [
    ("{", ProblemType.malformedJSON), ("", .malformedJSON), ("{\"a\":1,\"a\":2}", .malformedJSON),
    ("[]", .malformedRequest), ("1", .malformedRequest), ("null", .malformedRequest),
  ])
  func `a body that is no JSON object is refused`(body: String, type: ProblemType) throws {
    let refusal = try refusal(body)
    #expect(refusal.fault.type == type && refusal.reason == .malformedBody)
  }

  @Test(arguments: [
    ("a=1&b=x+y%21&c=", "{\"a\":\"1\",\"b\":\"x y!\",\"c\":\"\"}"),
    ("a=1&b=2&a=3&a=4", "{\"a\":[\"1\",\"3\",\"4\"],\"b\":\"2\"}"),
    ("a&&b=1=2&%C3%A9=%e2%82%ac", "{\"a\":\"\",\"b\":\"1=2\",\"é\":\"€\"}"), ("", "{}"),
  ])
  func `a form becomes an object of texts`(body: String, expected: String) throws {
    let event = try event(body, type: "application/x-www-form-urlencoded; charset=utf-8")
    #expect(event.body.text == expected && event.format == .form)
    #expect(event.storedBody()?.text == expected)
  }

  @Test(arguments: ["a=%", "a=%4", "a=%zz", "%ff=1", "a=%C3", "%4"])
  func `a broken form is refused`(body: String) throws {
    let refusal = try refusal(body, type: "application/x-www-form-urlencoded")
    #expect(refusal.fault.type == .malformedRequest)
  }

  @Test func `a form with very many fields of one name is read in one go`() throws {
    let body = String(repeating: "a&", count: 100_000)
    let event = try event(body, type: "application/x-www-form-urlencoded")
    #expect(event.body["a"]?.array?.count == 100_000)
  }

  @Test func `the same event has the same key, another one another`() throws {
    let source = Hook.EventIDSource.pointer("/id")
    let one = try event("{\"id\":\"7\",\"a\":1}", eventID: source).key
    #expect(one.count == 32)
    #expect(try event("{\"a\":2,\"id\":\"7\"}", eventID: source).key == one)
    #expect(try event("{\"id\":7}", eventID: source).key != one)
    #expect(try event("{\"id\":\"8\"}", eventID: source).key != one)
    #expect(
      try event("id=7", type: "application/x-www-form-urlencoded", eventID: source).key == one)
    let hash = try event("{\"id\":\"7\"}").key
    #expect(try event("{\"id\":\"7\"}").key == hash)
    #expect(try event("{\"id\": \"7\"}").key != hash)
    let other = try receive(
      request("{\"id\":\"7\"}"), hook(openDoor, name: "other", eventID: source), token: "t")
    #expect(other.key != one)
  }

  @Test func `an id may stand in a header`() throws {
    let source = Hook.EventIDSource.header("Webhook-Id")
    let one = try event("{}", eventID: source, headers: [("webhook-id", "7")]).key
    #expect(try event("{\"a\":1}", eventID: source, headers: [("webhook-id", "7")]).key == one)
    #expect(try refusal("{}", eventID: source).reason == .missingEventID)
    let twice = [("webhook-id", "7"), ("webhook-id", "7")]
    #expect(try refusal("{}", eventID: source, headers: twice).reason == .missingEventID)
  }

  @Test(arguments: [
    "{}", "{\"id\":null}", "{\"id\":\"\"}", "{\"id\":true}", "{\"id\":[1]}", "{\"id\":{}}",
    "{\"id\":\"\(String(repeating: "x", count: 257))\"}",
  ])
  func `an event without an id is refused`(body: String) throws {
    let refusal = try refusal(body, eventID: .pointer("/id"))
    #expect(refusal.reason == .missingEventID && refusal.fault.status == 400)
    #expect(refusal.fault.detail.contains("at /id"))
  }

  @Test func `the longest id is taken`() throws {
    let id = String(repeating: "x", count: 256)
    #expect(throws: Never.self) { try event("{\"id\":\"\(id)\"}", eventID: .pointer("/id")) }
  }

  @Test func `what is kept of a body is what its hook allows`() throws {
    let body = "{\"who\":{\"name\":\"Ada\",\"id\":1},\"list\":[1,2]}"
    let redacted = try event(body, redacted: ["/who/name", "/list/1", "/nothing"])
    #expect(
      redacted.storedBody()?.text
        == "{\"who\":{\"name\":\"[redacted]\",\"id\":1},\"list\":[1,\"[redacted]\"]}")
    #expect(redacted.body["who"]?["name"] == "Ada")
    #expect(try event(body, storesBody: false).storedBody() == nil)
  }
}
