import Configuration
import GatewayCore
import HeatPumpService
import Storage
import TestSupport
import Testing

@testable import Gateway

/// Goal: an app sees what became of its deliveries, makes them again, and tries its receiver out.
/// Method: requests through the whole handler with a deliverer and scripted receivers behind it.
@Suite struct DeliveryRequestTests {
  @Test func `attempts are shown, and a delivery can be made again`() async throws {
    let fixture = try SubscriptionFixture(
      FakeTransport(
        [
          .respond(
            TransportResponse(status: 500, body: Array("canary of the receiver".utf8)))
        ], then: .status(204)))
    try await fixture.running {
      let subscription = await fixture.subscribe()
      try await fixture.happen(1)
      let first = try await eventualValue("attempt") {
        let page = await fixture.send(.get, "/v1/deliveries?state=pending")
        return page.json["items"]?.array?.first { $0["attempt_count"] == 1 }
      }
      #expect(first["subscription_id"] == subscription.json["id"])
      #expect(first["event_type"] == "heat_pump.settings_changed" && first["sequence"] == 1)
      #expect(first["attempts"]?[0]?["status"] == 500)
      #expect(first["attempts"]?[0]?["fault"]?.string?.contains("canary") == false)
      #expect(first["next_attempt_at"]?.string != nil)
      let path = "/v1/deliveries/\(first["id"]?.string ?? "")"
      let replayed = await fixture.send(.post, path + "/replay")
      #expect(replayed.status == 202)
      let second = try await eventualValue("success") {
        let answer = await fixture.send(.get, path)
        return answer.json["state"] == "delivered" ? answer : nil
      }
      #expect(second.json["attempt_count"] == 2 && second.json["next_attempt_at"] == .null)
      #expect(!fixture.log.text.contains("canary of the receiver"))
      // What was delivered can be had once more, too.
      _ = await fixture.send(.post, path + "/replay")
      await fixture.receivers.waitForRequests(3)
      #expect(
        Set(
          fixture.receivers.requests.map { request in
            request.headers.first { $0.name == "webhook-id" }?.value
          }
        ).count == 1)
    }
  }

  @Test func `another app's deliveries are not there`() async throws {
    let fixture = try SubscriptionFixture()
    let mine = await fixture.subscribe()
    try await fixture.happen(1)
    let list = await fixture.send(.get, "/v1/deliveries")
    let id = try #require(list.json["items"]?[0]?["id"]?.string)
    #expect(await fixture.send(.get, "/v1/deliveries", as: "other").json["items"] == [])
    for (method, end) in [(HTTPMethod.get, ""), (.post, "/replay")] {
      let answer = await fixture.send(method, "/v1/deliveries/\(id)\(end)", as: "other")
      #expect(answer.status == 404)
    }
    let filter = "/v1/deliveries?subscription=\(mine.json["id"]?.string ?? "")"
    #expect(await fixture.send(.get, filter, as: "other").status == 404)
    #expect(await fixture.send(.get, filter).json["items"]?.array?.count == 1)
    #expect(await fixture.send(.get, "/v1/deliveries?state=lost").status == 400)
    #expect(await fixture.send(.get, "/v1/deliveries/nothing").status == 404)
  }

  @Test func `deliveries come in pages, the newest first`() async throws {
    let fixture = try SubscriptionFixture()
    _ = await fixture.subscribe()
    for number in 1...5 { try await fixture.happen(UInt64(number)) }
    #expect(await fixture.deliveries(limit: 2) == [5, 4, 3, 2, 1])
  }

  @Test func `of events that an app may not know, no delivery is there for it`() async throws {
    let fixture = try SubscriptionFixture()
    _ = await fixture.subscribe(as: "smith")
    try await fixture.happen(1)
    try await fixture.happen(2, at: jonesPump, of: jones)
    try await fixture.happen(3, changing: "/comment")
    try await fixture.happen(4, disablingOneOf: "other")
    try await fixture.happen(5, disablingOneOf: "smith")
    try await fixture.happen(6, at: jonesPump, of: jones)
    let all = try await fixture.storage.deliveries(
      DeliveryFilter(organisation: "acme"), before: nil, limit: 9)
    #expect(all.map(\.sequence) == [6, 5, 4, 3, 2, 1])
    #expect(await fixture.deliveries(as: "smith") == [5, 1])
    #expect(await fixture.deliveries(as: "smith", limit: 1) == [5, 1])
    for delivery in all {
      let isKnown = [5, 1].contains(delivery.sequence)
      let one = "/v1/deliveries/\(delivery.id)"
      #expect(await fixture.send(.get, one, as: "smith").status == (isKnown ? 200 : 404))
      let replay = await fixture.send(.post, one + "/replay", as: "smith")
      #expect(replay.status == (isKnown ? 202 : 404))
    }
    // Nor do they count.
    let next = await fixture.subscribe(as: "smith").subscriptionPath
    let replayed = await fixture.send(.post, next + "/replay", ["since": 1], as: "smith")
    #expect(replayed.json["queued"] == 2)
  }

  @Test func `a page ends after a while, however much an app may not know`() async throws {
    let fixture = try SubscriptionFixture()
    _ = await fixture.subscribe(as: "smith")
    try await fixture.happen(1)
    for number in 2...1100 {
      try await fixture.happen(UInt64(number), at: jonesPump, of: jones)
    }
    let page = await fixture.send(.get, "/v1/deliveries?limit=2", as: "smith")
    #expect(page.json["items"] == [])
    let cursor = try #require(page.json["next_cursor"]?.string)
    let next = await fixture.send(.get, "/v1/deliveries?limit=2&cursor=\(cursor)", as: "smith")
    #expect(next.json["items"]?.array?.compactMap { $0["sequence"]?.integer } == [1])
    #expect(next.json["next_cursor"] == .null)
  }

  @Test func `a test sends one event at once and tells what came of it`() async throws {
    let fixture = try SubscriptionFixture(
      FakeTransport(
        [.status(204), .status(410)], then: .fail(.init(.connect, mayHaveBeenSent: false))))
    let path = await fixture.subscribe().subscriptionPath
    let good = await fixture.send(.post, path + "/test")
    #expect(good.status == 200 && good.json["outcome"] == "delivered")
    #expect(good.json["attempt"]?["status"] == 204)
    let request = fixture.receivers.requests[0]
    let body = try JSONValue(parsing: request.body ?? [])
    #expect(body["type"] == "gateway.subscription_test")
    #expect(request.headers.contains { $0.name == "webhook-signature" })
    #expect(await fixture.send(.post, path + "/test").json["outcome"] == "gone")
    let failed = await fixture.send(.post, path + "/test")
    #expect(failed.json["outcome"] == "unreachable" && failed.json["attempt"]?["status"] == .null)
    // It is no delivery, and ends nothing.
    #expect(await fixture.send(.get, "/v1/deliveries").json["items"] == [])
    #expect(await fixture.send(.get, path).json["state"] == "active")
  }

  @Test func `a replay begins at a time or at an event`() async throws {
    let fixture = try SubscriptionFixture()
    for number in 1...3 {
      try await fixture.happen(UInt64(number))
      fixture.clock.advance(by: .seconds(60))
    }
    let path = await fixture.subscribe().subscriptionPath + "/replay"
    let time = (fixture.clock.wall - .seconds(120)).description
    #expect(await fixture.send(.post, path, ["since": .string(time)]).json["queued"] == 2)
    #expect(await fixture.send(.post, path, ["since": 1]).json["queued"] == 1)
    for body: JSONValue in [[:], ["since": "yesterday"], ["since": -1], ["until": 1], []] {
      #expect(await fixture.send(.post, path, body).status == 422)
    }
    #expect(await fixture.send(.post, path).status == 415)
  }

  @Test func `an event about a heat pump that the app may not see is not sent`() async throws {
    let fixture = try SubscriptionFixture()
    try await fixture.running {
      _ = await fixture.subscribe(as: "smith")
      try await fixture.happen(1, at: jonesPump, of: jones)
      try await fixture.happen(2)
      try await eventually("both") {
        let all = try await fixture.storage.deliveries(
          DeliveryFilter(organisation: "acme"), before: nil, limit: 9)
        return all.map(\.state) == [.delivered, .cancelled]
      }
    }
    #expect(fixture.receivers.requestCount == 1)
  }

  @Test func `those are looked at whom somebody wants to hear of and may see`() async throws {
    let fixture = try SubscriptionFixture()
    let known = [
      HeatPumpAddress(user: smith, id: smithPump), HeatPumpAddress(user: jones, id: jonesPump),
    ]
    let everywhere = GatewayFixture.app("owner", fixture.service, .eventsRead)
    let narrow = GatewayFixture.app(
      "smith", fixture.service, .eventsRead, users: .only([smith]), pumps: .only([smithPump]))
    func users(_ app: App, _ types: [String]?, _ pumps: [ResourceID]?) -> Set<ResourceID> {
      InterestBoard.users(
        of: [(app, EventSelection(types: types, heatPumps: pumps))], among: known)
    }
    #expect(users(everywhere, nil, nil) == [smith, jones])
    #expect(users(narrow, nil, nil) == [smith])
    #expect(users(everywhere, nil, [jonesPump, unknownPump]) == [jones])
    #expect(users(narrow, nil, [jonesPump]) == [])
    #expect(users(everywhere, ["heat_pump.state_changed"], [smithPump]) == [smith])
    #expect(users(everywhere, ["gateway.upstream_degraded", "heat_pump.write_failed"], nil) == [])
  }

  @Test func `the board follows the subscriptions that are active`() async throws {
    let fixture = try SubscriptionFixture()
    let told = Locked<[Set<ResourceID>]>([])
    let app = GatewayFixture.app("owner", fixture.service, .eventsRead)
    let listening = Locked(false)
    let board = InterestBoard(
      places: {
        [
          .init(
            organisation: "acme",
            heatPumps: {
              [
                HeatPumpAddress(user: smith, id: smithPump),
                HeatPumpAddress(user: jones, id: jonesPump),
              ]
            }, setInterest: { users in told.withLock { $0.append(users) } })
        ]
      }, storage: fixture.storage, apps: { AppRegistry([app]) },
      listeners: {
        listening.withLock { $0 } ? [(app, EventSelection(types: nil, heatPumps: [jonesPump]))] : []
      }, clock: fixture.clock, logger: fixture.log.logger)
    let task = Task { await board.run() }
    try await eventually("start") { told.withLock { $0 } == [[]] }
    let path = await fixture.subscribe(["heat_pumps": ["smith-home"]]).subscriptionPath
    board.note()
    try await eventually("subscription") { told.withLock { $0.last } == [smith] }
    listening.withLock { $0 = true }
    await fixture.clock.waitForSleepers()
    fixture.clock.advance(by: .seconds(60))
    try await eventually("listener") { told.withLock { $0.last } == [smith, jones] }
    _ = await fixture.send(.post, path + "/pause")
    board.note()
    try await eventually("pause") { told.withLock { $0.last } == [jones] }
    task.cancel()
    await task.value
  }
}
