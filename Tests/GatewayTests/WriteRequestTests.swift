import GatewayCore
import HeatPumpService
import TestSupport
import Testing

@testable import Gateway

/// Goal: a write sends what was named and nothing else, and says what became of it.
/// Method: whole requests through the handler, in front of a scripted upstream.
@Suite struct WriteRequestTests {
  private let gateway = GatewayFixture()

  @Test func `a patch sends the named fields and answers with what was confirmed`() async {
    let answer = await gateway.patch(#"{"hot_water":{"standard_temperature":50.5}}"#)
    #expect(answer.status == 200)
    #expect(gateway.updates == [["dhw_standard_temperature": .number(ExactDecimal("50.5")!)]])
    #expect(answer.json["hot_water"]?["standard_temperature"]?.number == ExactDecimal("50.5"))
    let write = answer.json["write"]
    #expect(write?["status"] == "applied")
    #expect(write?["unapplied"] == [])
    #expect(write?["operation_id"]?.string.flatMap { ResourceID($0) } != nil)
    #expect(answer["Cache-Control"] == "no-store")
    #expect(answer["ETag"] != nil && answer["X-Request-Id"] != nil)
  }

  @Test func `a value that did not take is shown`() async {
    gateway.upstream.ignore("price_zone")
    let answer = await gateway.patch(
      #"{"market":{"price_zone":"BE"},"hot_water":{"standard_temperature":50}}"#)
    let write = answer.json["write"]
    #expect(write?["status"] == "partially_applied")
    #expect(
      write?["unapplied"] == [
        ["pointer": "/market/price_zone", "requested": "BE", "actual": "AT"]
      ])
  }

  @Test func `a personal value that did not take is shown only with the scope`() async {
    gateway.upstream.ignore("comment")
    let hidden = await gateway.patch(#"{"comment":"new"}"#, as: "writer")
    #expect(hidden.json["write"]?["status"] == "not_applied")
    #expect(hidden.json["write"]?["unapplied"] == [])
    #expect(!String(decoding: hidden.body, as: UTF8.self).contains("mat"))
    let shown = await gateway.patch(#"{"comment":"new"}"#, as: "all")
    #expect(shown.json["write"]?["unapplied"]?.array?.first?["actual"] == "key under the mat")
  }

  @Test func `an empty patch answers as a write does and sends nothing`() async {
    let answer = await gateway.patch("{}")
    #expect(answer.status == 200)
    #expect(answer.json["write"] == ["status": "applied", "unapplied": []])
    #expect(answer.json["id"]?.string == "\(smithPump)")
    #expect(answer["Cache-Control"] == "no-store")
    #expect(gateway.updates.isEmpty)
  }

  @Test(arguments: [
    (#"{"hot_water":{"standard_temperature":"hot"}}"#, "invalid-patch", "writer"),
    (#"{"hot_water":null}"#, "invalid-patch", "writer"), ("[]", "invalid-patch", "writer"),
    (#"{"hot_water":{"standard_temperature":90}}"#, "guard-rail", "writer"),
    (#"{"lifecycle":{"deleted_at":null}}"#, "forbidden", "writer"),
    // Both would apply, and 403 comes first.
    (#"{"lifecycle":{"deleted_at":7},"nothing":1}"#, "forbidden", "writer"),
    (#"{"hot_water":{"standard_temperature":60}}"#, "forbidden", "portal"),
    (#"{"hot_water":{"standard_temperature":90},"x":1}"#, "forbidden", "portal"),
    (#"{"market":{"price_zone":"AT"}}"#, "forbidden", "portal"),
    (#"{"comment":1,"comment":2}"#, "malformed-json", "writer"), ("", "malformed-json", "writer"),
  ])
  func `what breaks a rule is refused, and nothing is sent`(
    body: String, problem: String, app: String
  ) async {
    for tail in ["", "?dry_run=true"] {
      let answer = await gateway.patch(smithPath + tail, body, as: app)
      #expect(answer.problem == problem)
    }
    #expect(gateway.transport.requestCount == 0)
  }

  @Test func `all findings come together`() async {
    let answer = await gateway.patch(
      #"{"hot_water":{"standard_temperature":"x"},"id":"1","nothing":true}"#, as: "writer")
    #expect(
      answer.json["errors"]?.array?.compactMap { $0["pointer"]?.string }.sorted() == [
        "/hot_water/standard_temperature", "/id", "/nothing",
      ])
  }

  @Test func `a misspelt parameter does not write`() async {
    for query in ["?dry-run=true", "?dry_run=yes", "?dry_run=true&dry_run=false", "?dryrun"] {
      let answer = await gateway.patch(smithPath + query, #"{"comment":null}"#)
      #expect(answer.problem == "malformed-request", "\(query)")
    }
    #expect(gateway.transport.requestCount == 0)
  }

  @Test func `a dry run shows the update and sends none`() async {
    let answer = await gateway.patch(
      smithPath + "?dry_run=true", #"{"hot_water":{"standard_temperature":50}}"#)
    #expect(answer.json == ["upstream_body": ["dhw_standard_temperature": 50]])
    #expect(answer["Cache-Control"] == "no-store")
    #expect(gateway.updates.isEmpty)
  }

  @Test func `a dry run in merge mode hides what one may not see and did not say`() async {
    gateway.service.writeMode = .merge
    let path = smithPath + "?dry_run=true"
    func comment(_ body: String, _ app: String) async -> JSONValue? {
      await gateway.patch(path, body, as: app).json["upstream_body"]?["comment"]
    }
    let other = #"{"market":{"price_zone":"BE"}}"#
    #expect(await comment(other, "writer") == nil)
    #expect(await comment(other, "all") == "key under the mat")
    #expect(await comment(#"{"comment":"new"}"#, "writer") == "new")
    #expect(gateway.updates.isEmpty)
  }

  @Test func `a write goes ahead only from the settings that the caller saw`() async throws {
    let tag = try #require(await gateway.get(smithPath)["ETag"])
    let body = #"{"hot_water":{"standard_temperature":50}}"#
    let first = await gateway.patch(body, headers: [("If-Match", tag)])
    #expect(first.status == 200)
    for (target, body) in [
      (smithPath, body), (smithPath, "{}"), (smithPath + "?dry_run=true", body),
    ] {
      let answer = await gateway.patch(target, body, headers: [("If-Match", tag)])
      #expect(answer.problem == "precondition-failed", "\(target) \(body)")
    }
    #expect(gateway.updates.count == 1)
    let fresh = try #require(first["ETag"])
    for (target, body) in [(smithPath, "{}"), (smithPath + "?dry_run=true", body)] {
      for match in [fresh, "*", "\(tag), \(fresh)"] {
        let answer = await gateway.patch(target, body, headers: [("If-Match", match)])
        #expect(answer.status == 200)
      }
    }
  }

  @Test func `a conflict shows no personal data`() async throws {
    let tag = try #require(await gateway.get(smithPath)["ETag"])
    _ = await gateway.patch(#"{"comment":"changed under the mat"}"#)
    let answer = await gateway.patch(
      #"{"comment":"x"}"#, as: "writer", headers: [("If-Match", tag)])
    #expect(answer.problem == "precondition-failed")
    #expect(!String(decoding: answer.body, as: UTF8.self).contains("mat"))
  }

  @Test(arguments: ["x", "\"x\"", "\"1.2\""])
  func `a precondition that is none of ours is refused`(match: String) async {
    let answer = await gateway.patch("{}", headers: [("If-Match", match)])
    #expect(answer.problem == "malformed-request")
  }

  @Test(arguments: [
    ("pause", #"{"for":"PT2H"}"#, "is_pause_power_active"), ("resume", "", "pause_power_until"),
    ("away", "", "is_away_mode_enabled"), ("return", "{}", "is_away_mode_enabled"),
    ("optimize", #"{"level":"mid"}"#, "optimization_level"),
    ("stop-optimizing", "", "is_smart_optimization_active"),
  ])
  func `a command is a patch`(name: String, body: String, field: String) async {
    for base in [smithPath, "/v1/heat-pumps/smith-home"] {
      let answer = await gateway.send(
        .post, "\(base)/commands/\(name)", headers: body.isEmpty ? [] : [plainJSON], body: body)
      #expect(answer.status == 200)
      #expect(gateway.updates.last?[field] != nil)
    }
  }

  @Test func `an unknown command is told from the heat pump's absence`() async {
    let answer = await gateway.send(.post, smithPath + "/commands/dance")
    #expect(answer.problem == "not-found")
    #expect(answer.json["detail"]?.string?.contains("pause") == true)
  }

  @Test(arguments: [
    ("pause", #"{}"#, plainJSON, "invalid-patch"),
    ("pause", #"{"for":"PT1H","until":"2027-01-01T00:00:00Z"}"#, plainJSON, "invalid-patch"),
    ("resume", #"{"x":1}"#, plainJSON, "invalid-patch"),
    ("pause", #"{"for":"PT1H"}"#, mergePatch, "unsupported-media-type"),
    ("pause", "{", plainJSON, "malformed-json"),
  ])
  func `a command's body is checked`(
    name: String, body: String, type: (String, String), problem: String
  ) async {
    let answer = await gateway.send(
      .post, "\(smithPath)/commands/\(name)", headers: [type], body: body)
    #expect(answer.problem == problem)
    #expect(gateway.transport.requestCount == 0)
  }

  @Test func `the upstream's findings point into the request`() async {
    let finding: JSONValue = [
      "detail": [
        [
          "type": "too_long", "loc": ["body", "data", "comment"], "msg": "upstream's own words",
        ]
      ]
    ]
    _ = await gateway.get(smithPath)
    gateway.upstream.fail(with: .json(finding, status: 422))
    let answer = await gateway.patch(#"{"comment":"x"}"#)
    #expect(answer.problem == "upstream-rejected")
    #expect(answer.json["errors"]?.array?.first?["pointer"] == "/comment")
    #expect(!String(decoding: answer.body, as: UTF8.self).contains("own words"))
  }
}
