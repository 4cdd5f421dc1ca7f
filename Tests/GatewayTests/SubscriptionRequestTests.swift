import GatewayCore
import Storage
import TestSupport
import Testing

@testable import Gateway

/// Goal: apps manage their own subscriptions and nobody else's; the secret is shown once.
/// Method: requests through the whole handler, each answer held against the contract.
@Suite struct SubscriptionRequestTests {
  @Test func `a subscription is made with its secret, which is not shown again`() async throws {
    let fixture = try SubscriptionFixture()
    let made = await fixture.subscribe([
      "event_types": ["heat_pump.settings_changed"], "heat_pumps": ["smith-home"],
      "description": "comfort", "format": "cloudevents",
    ])
    #expect(made.status == 201)
    #expect(made["Location"] == made.subscriptionPath)
    #expect(made["ETag"] == "\"1\"")
    #expect(made["Cache-Control"] == "no-store")
    let secret = try #require(made.json["secret"]?.string)
    #expect(secret.hasPrefix("whsec_") && secret.count > 40)
    let shown = await fixture.send(.get, made.subscriptionPath)
    #expect(shown.status == 200)
    #expect(shown.json["secret"] == nil)
    #expect(shown.json["event_types"] == ["heat_pump.settings_changed"])
    #expect(shown.json["heat_pumps"] == ["smith-home"])
    #expect(shown.json["format"] == "cloudevents")
    #expect(shown.json["description"] == "comfort")
    #expect(shown.json["state"] == "active" && shown.json["reason"] == .null)
    #expect(shown.json["failing_since"] == .null)
    let list = await fixture.send(.get, "/v1/subscriptions")
    #expect(list.json["items"]?.array?.count == 1)
    for answer in [shown, list] {
      #expect(!String(decoding: answer.body, as: UTF8.self).contains(secret))
    }
    #expect(!fixture.log.text.contains(secret))
    // Nor does the storage hold it.
    let stored = try await fixture.storage.subscriptions(
      of: "acme", app: nil, after: nil, limit: 9)
    #expect(
      stored.allSatisfy { subscription in
        subscription.terms.secrets.allSatisfy {
          !String(decoding: $0.bytes, as: UTF8.self).contains(secret.dropFirst(6))
        }
      })
  }

  @Test func `all that is wrong is said at once, and nothing is made`() async throws {
    let fixture = try SubscriptionFixture()
    let answer = await fixture.send(
      .post, "/v1/subscriptions",
      [
        "url": "https://elsewhere.example/", "event_types": ["heat_pump.exploded", "*"],
        "heat_pumps": ["smith-home", "nowhere"], "format": "xml", "secret": "mine",
        "description": .string(String(repeating: "x", count: 201)),
      ])
    #expect(answer.status == 422 && answer.problem == "invalid-subscription")
    #expect(
      answer.findings == [
        "/url target_not_allowed", "/event_types/0 unknown_event_type",
        "/event_types/1 unknown_event_type", "/heat_pumps/1 unknown_heat_pump",
        "/format unknown_value", "/secret unknown_field", "/description wrong_type",
      ])
    let empty = await fixture.send(.post, "/v1/subscriptions", [:])
    #expect(
      empty.findings == [
        "/url required", "/event_types required", "/heat_pumps required",
      ])
    let list = await fixture.send(.get, "/v1/subscriptions")
    #expect(list.json["items"] == [])
  }

  @Test(arguments: [
    "http://169.254.169.254/latest", "https://[::1]/", "ftp://receiver.example/",
    "https://user:pw@receiver.example/", "https://receiver.example/#x", "receiver.example",
    "https://192.168.0.1/", "https://receiver.example.evil.example/",
  ])
  func `a target that is not on the list is refused`(url: String) async throws {
    let fixture = try SubscriptionFixture()
    let answer = await fixture.subscribe(["url": .string(url)])
    #expect(answer.status == 422)
    #expect(answer.findings.allSatisfy { $0.hasPrefix("/url ") } && answer.findings.count == 1)
    let taken = await fixture.subscribe(["url": "http://10.1.2.3:8080/hooks?a=b"])
    #expect(taken.status == 201)
    let changed = await fixture.send(.patch, taken.subscriptionPath, ["url": .string(url)])
    #expect(changed.status == 422)
  }

  @Test func `a heat pump that may not be seen reads as one that there is not`() async throws {
    let fixture = try SubscriptionFixture()
    let unseen = await fixture.subscribe(as: "smith", ["heat_pumps": ["jones-home"]])
    let unknown = await fixture.subscribe(as: "smith", ["heat_pumps": ["no-home"]])
    #expect(unseen.status == 422)
    #expect(unseen.withoutRequestID == unknown.withoutRequestID)
    #expect(await fixture.subscribe(as: "smith", ["heat_pumps": ["smith-home"]]).status == 201)
  }

  @Test func `another app's subscription is not there`() async throws {
    let fixture = try SubscriptionFixture()
    let path = await fixture.subscribe().subscriptionPath
    let requests: [(HTTPMethod, String, JSONValue?)] = [
      (.get, "", nil), (.patch, "", ["description": "mine"]), (.delete, "", nil),
      (.post, "/pause", nil), (.post, "/resume", nil), (.post, "/rotate-secret", nil),
      (.post, "/test", nil), (.post, "/replay", ["since": 0]),
    ]
    for (method, end, body) in requests {
      let answer = await fixture.send(method, path + end, body, as: "other")
      #expect(answer.status == 404, "\(method) \(end)")
      let none = await fixture.send(
        method, "/v1/subscriptions/\(unknownPump)" + end, body, as: "other")
      #expect(answer.withoutRequestID == none.withoutRequestID)
    }
    #expect(await fixture.send(.get, "/v1/subscriptions", as: "other").json["items"] == [])
    let mine = await fixture.send(.get, path)
    #expect(mine.json["description"] == .null && mine["ETag"] == "\"1\"")
  }

  @Test func `who may only read changes nothing, and who may neither sees nothing`() async throws {
    let fixture = try SubscriptionFixture()
    #expect(await fixture.subscribe(as: "listener").status == 403)
    #expect(await fixture.send(.get, "/v1/subscriptions", as: "listener").status == 200)
    #expect(await fixture.send(.get, "/v1/subscriptions", as: "nobody").status == 403)
    #expect(await fixture.send(.get, "/v1/deliveries", as: "nobody").status == 403)
    #expect(
      await fixture.send(
        .post, "/v1/deliveries/\(unknownPump)/replay", as: "listener"
      ).status == 403)
  }

  @Test func `an app has so many subscriptions and no more`() async throws {
    let fixture = try SubscriptionFixture(limit: 2)
    #expect(await fixture.subscribe().status == 201)
    let second = await fixture.subscribe()
    let third = await fixture.subscribe()
    #expect(third.status == 409 && third.problem == "too-many-subscriptions")
    #expect(await fixture.subscribe(as: "other").status == 201)
    let gone = await fixture.send(.delete, second.subscriptionPath)
    #expect(gone.status == 204 && gone.body.isEmpty)
    #expect(await fixture.send(.get, second.subscriptionPath).status == 404)
    #expect(await fixture.subscribe().status == 201)
  }

  @Test func `a change touches what it names, and a lost update is refused`() async throws {
    let fixture = try SubscriptionFixture()
    let path = await fixture.subscribe(["description": "before"]).subscriptionPath
    let changed = await fixture.send(
      .patch, path, ["event_types": ["gateway.upstream_degraded"]],
      headers: [("If-Match", "\"1\"")])
    #expect(changed.status == 200 && changed["ETag"] == "\"2\"")
    #expect(changed.json["event_types"] == ["gateway.upstream_degraded"])
    #expect(changed.json["description"] == "before" && changed.json["heat_pumps"] == ["*"])
    for tag in ["\"1\"", "\"0000000000000000.0000000000000000\"", "W/\"2\""] {
      let lost = await fixture.send(
        .patch, path, ["description": "lost"], headers: [("If-Match", tag)])
      #expect(lost.status == 412 && lost.problem == "precondition-failed")
      let kept = await fixture.send(.delete, path, headers: [("If-Match", tag)])
      #expect(kept.status == 412)
    }
    let erased = await fixture.send(
      .patch, path, ["description": .null], headers: [("If-Match", "*")])
    #expect(erased.json["description"] == .null)
  }

  @Test func `pause and resume`() async throws {
    let fixture = try SubscriptionFixture()
    let path = await fixture.subscribe().subscriptionPath
    #expect(await fixture.send(.post, path + "/pause").json["state"] == "paused")
    try await fixture.happen(1)
    #expect(await fixture.send(.get, "/v1/deliveries").json["items"] == [])
    #expect(await fixture.send(.post, path + "/resume").json["state"] == "active")
    try await fixture.happen(2)
    #expect(await fixture.send(.get, "/v1/deliveries").json["items"]?.array?.count == 1)
    // What happened meanwhile can be had.
    let replayed = await fixture.send(.post, path + "/replay", ["since": 0])
    #expect(replayed.status == 202 && replayed.json["queued"] == 1)
  }

  @Test func `a secret is replaced with an overlap`() async throws {
    let fixture = try SubscriptionFixture()
    let made = await fixture.subscribe()
    let path = made.subscriptionPath + "/rotate-secret"
    let rotated = await fixture.send(.post, path, ["overlap": "PT1H"])
    #expect(rotated.status == 200)
    let secret = try #require(rotated.json["secret"]?.string)
    #expect(secret != made.json["secret"]?.string)
    let secrets = try #require(rotated.json["secrets"]?.array)
    #expect(secrets.count == 2)
    #expect(secrets[0]["expires_at"] == .null)
    #expect(
      secrets[1]["expires_at"]?.string == (fixture.clock.wall + .seconds(3600)).description)
    fixture.clock.advance(by: .seconds(3600))
    let later = await fixture.send(.get, made.subscriptionPath)
    #expect(later.json["secrets"]?.array?.count == 1)
    let usual = await fixture.send(.post, path)
    #expect(
      usual.json["secrets"]?.array?.last?["expires_at"]?.string
        == (fixture.clock.wall + .seconds(86400)).description)
    for overlap: JSONValue in ["P8D", "1h", 3600, "-PT1H"] {
      let refused = await fixture.send(.post, path, ["overlap": overlap])
      #expect(refused.status == 422)
    }
    #expect(await fixture.send(.post, path, ["overlap": "PT0S"]).json["secrets"]?.array?.count == 1)
  }

  @Test func `lists come in pages`() async throws {
    let fixture = try SubscriptionFixture(limit: 9)
    for _ in 0..<3 {
      _ = await fixture.subscribe()
      fixture.clock.advance(by: .seconds(1))
    }
    var (ids, cursor): ([String], String?) = ([], nil)
    repeat {
      let query = "?limit=2" + (cursor.map { "&cursor=\($0)" } ?? "")
      let page = await fixture.send(.get, "/v1/subscriptions" + query)
      ids += (page.json["items"]?.array ?? []).compactMap { $0["id"]?.string }
      cursor = page.json["next_cursor"]?.string
    } while cursor != nil
    #expect(ids.count == 3 && ids == ids.sorted())
  }

  @Test func `while the storage fails, nothing is accepted and it is said why`() async throws {
    let fixture = try SubscriptionFixture()
    let path = await fixture.subscribe().subscriptionPath
    fixture.storage.fail(with: .unavailable("no room"))
    for (method, target, body) in [
      (HTTPMethod.get, path, JSONValue?.none), (.patch, path, ["description": "x"]),
      (.get, "/v1/deliveries", nil), (.post, path + "/replay", ["since": 0]),
    ] {
      let answer = await fixture.send(method, target, body)
      #expect(answer.status == 503 && answer.problem == "storage-unavailable")
      #expect(answer["Retry-After"] != nil)
    }
    #expect(await fixture.subscribe().status == 503)
  }
}
