import GatewayCore
import HeatPumpService
import Storage
import TestSupport
import Testing

@testable import Gateway

/// Goal: operators see what there is, without personal data and without work upstream; others see
/// nothing; and what changes something needs the session's token.
/// Method: the operators' listener over a scripted upstream and a storage in memory.
@Suite struct OperatorRouteTests {
  private let admin = AdminFixture()
  private let key = ("X-API-Key", AdminFixture.operatorKey)
  private let acme = "/admin/organisations/acme"

  private func get(_ target: String) async -> HTTPResponse {
    await admin.send(.get, target, [key])
  }

  private var routes: [Endpoint] { OperatorRoutes.table(admin.state) }

  @Test func `every route is for operators, and none is kept on the way`() async {
    #expect(routes.count > 15)
    for route in routes {
      let path = route.template.replacing("{name}", with: "acme")
        .replacing("{ref}", with: "smith-home").replacing("{event_id}", with: "\(smith)")
        .replacing("{delivery_id}", with: "\(smith)").replacing("{job_id}", with: "\(smith)")
      #expect(route.access == .admin(.operator))
      #expect(await admin.send(route.method, path).problem == "unauthenticated", "\(path)")
      let collector = ("X-API-Key", AdminFixture.metricsKey)
      #expect(await admin.send(route.method, path, [collector]).problem == "forbidden", "\(path)")
      if path.contains("acme"), route.method == .get {
        #expect(await get(path.replacing("acme", with: "other")).problem == "not-found", "\(path)")
      }
      // A browser's session alone changes nothing.
      if route.method == .post {
        let forged = await admin.send(
          .post, path, [await admin.cookie(), AdminFixture.ownOrigin, plainJSON], body: "{}")
        #expect(forged.problem == "forbidden", "\(path)")
      }
    }
  }

  @Test func `the list is what memory has, narrowed and in pages`() async {
    let unread = await get(acme + "/heat-pumps")
    #expect(unread.json["known"] == 2 && unread["Cache-Control"] == "no-store")
    #expect(unread.json["items"]?[0]?["age_seconds"] == .null)
    #expect(admin.gateway.transport.requests.isEmpty)
    _ = await admin.gateway.get(smithPath)
    let requests = admin.gateway.transport.requests.count
    let page = await get(acme + "/heat-pumps?search=SMITH")
    #expect(page.json["found"] == 1)
    #expect(page.json["items"]?[0]?["heat_pump"]?["alias"] == "smith-home")
    #expect(page.json["items"]?[0]?["age_seconds"] == 0)
    #expect(page.json["items"]?[0]?["heat_pump"]?["readings"] != nil)
    let first = await get(acme + "/heat-pumps?limit=1")
    #expect(first.json["next_cursor"]?.string == "\(smithPump)")
    let second = await get(acme + "/heat-pumps?limit=1&cursor=\(smithPump)")
    #expect(second.json["items"]?[0]?["heat_pump"]?["id"]?.string == "\(jonesPump)")
    #expect(await get(acme + "/heat-pumps?search=nobody").json["items"] == [])
    #expect(await get(acme + "/heat-pumps?freshness=unknown").json["found"] == 1)
    #expect(await get(acme + "/heat-pumps?freshness=x").problem == "malformed-request")
    #expect(admin.gateway.transport.requests.count == requests)
  }

  @Test func `one heat pump is read as an app reads it, without what is personal`() async {
    let one = await get(acme + "/heat-pumps/smith-home")
    #expect(one.status == 200)
    #expect(one.json["heat_pump"]?["id"]?.string == "\(smithPump)")
    for member in ["owner", "comment", "links"] {
      #expect(one.json["heat_pump"]?[member] == nil, "\(member)")
    }
    #expect(one.json["labels"]?["/pause/active"]?["writable"] == true)
    #expect(one.json["labels"]?["/comment"] == nil)
    #expect(await get(acme + "/heat-pumps/nobody").problem == "not-found")
    let history = await get(acme + "/heat-pumps/smith-home/history")
    #expect(history.json["kept"] == false && history.json["samples"] == [])
  }

  @Test func `operations show what was asked for, but for what is personal`() async {
    _ = await admin.gateway.patch(#"{"comment":"key under the mat","pause":{"active":true}}"#)
    let page = await get(acme + "/heat-pumps/smith-home/operations")
    let requested = page.json["items"]?[0]?["requested"]?.array ?? []
    #expect(requested.contains(["pointer": "/pause/active", "value": true]))
    #expect(requested.contains(["pointer": "/comment"]))
    #expect(!page.text.contains("mat"))
  }

  @Test func `the log of events is read from its end, over pieces of it`() async throws {
    let storage = admin.storage
    try await storage.append(
      EventBatch(events: [EventSamples.change(1)]))
    try await storage.append(
      EventBatch(
        events: (2...1203).map { EventSamples.change($0, of: "another") }))
    try await storage.append(
      EventBatch(events: [EventSamples.change(1204), EventSamples.degraded(1205)]))
    let all = await get(acme + "/events")
    #expect(all.json["items"]?.array?.map { $0["sequence"]?.integer } == [1205, 1204, 1])
    #expect(all.json["next_cursor"] == .null)
    let first = await get(acme + "/events?limit=2")
    #expect(first.json["next_cursor"] == "1204")
    #expect(await get(acme + "/events?cursor=1204").json["items"]?[0]?["sequence"] == 1)
    let narrowed = await get(acme + "/events?type=gateway.upstream_degraded")
    #expect(narrowed.json["items"]?.array?.count == 1)
    // The change is told, the heat pump's own page is another.
    let change = all.json["items"]?[1]?["data"]
    #expect(change?["changes"]?[0]?["to"] == "canary-new" && change?["heat_pump"] == nil)
    #expect(!all.text.contains("mat"))
  }

  @Test func `subscriptions of all apps show where they lead, and deliveries how they went`()
    async throws
  {
    for app in ["portal", "another"] {
      _ = try await admin.storage.createSubscription(
        NewSubscription(
          id: ResourceID(high: 5, low: app == "portal" ? 1 : 2), organisation: "acme", app: app,
          terms: SubscriptionTerms(
            url: "https://receiver.example/canary-path?canary-query", selection: .everything,
            secrets: []), createdAt: admin.gateway.clock.wall), limit: 9)
    }
    try await admin.storage.append(EventBatch(events: [EventSamples.change(1)]))
    let page = await get(acme + "/subscriptions")
    #expect(page.json["items"]?.array?.map { $0["app"]?.string } == ["portal", "another"])
    #expect(page.json["items"]?[0]?["url"] == "https://receiver.example")
    #expect(!page.text.contains("canary"))
    #expect(await get(acme + "/subscriptions?limit=1").json["next_cursor"] != .null)
    let deliveries = await get(acme + "/deliveries")
    #expect(deliveries.json["items"]?.array?.count == 2)
    #expect(deliveries.json["items"]?[0]?["state"] == "pending")
    let one = ResourceID(high: 5, low: 1)
    let narrowed = await get(acme + "/deliveries?subscription=\(one)&state=pending")
    #expect(narrowed.json["items"]?.array?.count == 1)
    let id = narrowed.json["items"]?[0]?["id"]?.string ?? ""
    // Its app may not know of the event any more, so nobody may have it delivered again.
    let replay = await admin.send(.post, acme + "/deliveries/\(id)/replay", [key])
    #expect(replay.problem == "not-found")
  }

  @Test func `the audit is read from its end`() async throws {
    for number in 1...3 {
      try await admin.storage.conclude(
        [], at: admin.gateway.clock.wall, lease: nil,
        audit: [
          AuditEntry(
            at: admin.gateway.clock.wall,
            heatPump: HeatPumpReference(organisation: "acme", user: smith, id: smithPump),
            operationID: ResourceID(high: 1, low: UInt64(number)),
            origin: OperationOrigin(kind: .app, name: "portal", occasion: "r"), state: .accepted,
            changes: Array("[]".utf8))
        ])
    }
    let page = await get("/admin/audit?limit=2")
    #expect(page.json["items"]?.array?.map { $0["sequence"]?.integer } == [3, 2])
    #expect(page.json["next_cursor"] == "2")
    #expect(await get("/admin/audit?cursor=2").json["items"]?[0]?["sequence"] == 1)
    #expect(await get("/admin/audit?heat_pump=smith-home").json["items"]?.array?.count == 3)
    #expect(await get("/admin/audit?heat_pump=\(jonesPump)").json["items"] == [])
    #expect(await get("/admin/audit?heat_pump=nobody").problem == "not-found")
    #expect(await get("/admin/audit?since=x").problem == "malformed-request")
  }
}
