import Foundation
import GatewayCore
import HeatPumpClient
import PoderoSimulator
import TestSupport
import Testing

/// Goal: what the client library promises holds against the real gateway, not its document alone.
/// Method: an app written with the library, before a gateway, the simulator and a receiver. What
/// it reads, writes, runs and hears of is shown by the examples, which are written with it, too.
@Suite struct ClientLibraryTests {
  @Test func `a subscription is made, tried, changed by version and forgotten`() async throws {
    try await withClient { stage, client in
      let receiver = try Receiver { _, _ in .answer("204 No Content") }
      defer { receiver.stop() }
      let made = try await client.subscribe(NewSubscription(to: receiver.url))
      receiver.trust(made.value.secret.reveal())
      let id = made.value.subscription.id
      #expect(try await client.testSubscription(id).outcome == .delivered)
      let message = try #require(receiver.messages.first)
      let verifier = try #require(WebhookVerifier(made.value.secret))
      #expect(
        verifier.isGenuine(
          body: Data(message.raw), id: message.id, timestamp: message.timestamp,
          signature: message.signature))

      var patch = SubscriptionPatch()
      patch.description = .to("the portal")
      let changed = try await client.updateSubscription(id, patch, ifMatch: made.tag)
      #expect(changed.value.description == "the portal")
      let late = await #expect(throws: Problem.self) {
        _ = try await client.pauseSubscription(id, ifMatch: made.tag)
      }
      #expect(late?.name == "precondition-failed")
      let paused = try await client.pauseSubscription(id, ifMatch: changed.tag)
      #expect(paused.value.state == .paused)
      let resumed = try await client.resumeSubscription(id, ifMatch: paused.tag)
      #expect(try await client.subscription(id) == resumed)
      let rotated = try await client.rotateSecret(
        ofSubscription: id, overlap: "PT1H", ifMatch: resumed.tag)
      #expect(rotated.value.subscription.secrets.count == 2)
      #expect(rotated.value.secret.reveal() != made.value.secret.reveal())
      receiver.trust(rotated.value.secret.reveal())
      let all = try await client.all { try await client.subscriptions(cursor: $0) }
      #expect(all == [rotated.value.subscription])
      try await client.deleteSubscription(id, ifMatch: rotated.tag)
      #expect(try await client.subscriptions().items == [])
    }
  }

  @Test func `a delivery is looked at and sent again`() async throws {
    try await withClient { stage, client in
      let receiver = try Receiver { _, _ in .answer("204 No Content") }
      defer { receiver.stop() }
      let made = try await client.subscribe(NewSubscription(to: receiver.url))
      let id = made.value.subscription.id
      receiver.trust(made.value.secret.reveal())
      let wanted = NewJob(.command(.pauseFor("PT1H")), of: .heatPumps(["smith-home"]))
      _ = try await client.ended(try await client.start(wanted), every: .milliseconds(50))
      let first = try await eventualValue("a delivery") {
        try await client.deliveries(ofSubscription: id, state: .delivered).items.first
      }
      #expect(first.attempts.last?.status == 204)
      #expect(receiver.messages.contains { $0.id == first.eventId && $0.isGenuine })
      #expect(try await client.replayDelivery(first.id).id == first.id)
      try await eventually("a second attempt") {
        try await client.delivery(first.id).attemptCount == 2
      }
      #expect(try await client.replaySubscription(id, since: .sequence(first.sequence)) > 0)
    }
  }

  @Test func `figures and heat pumps are read by their owner, too`() async throws {
    try await withClient { stage, client in
      let id = PoderoSimulator.heatPumpID(3)
      let user = try #require(stage.simulator.owner(of: id)?.description)
      let unknown = await #expect(throws: Problem.self) {
        _ = try await client.heatPump(id.description)
      }
      #expect(unknown?.name == "not-found")
      #expect(try await client.heatPump(id.description, user: user).value.id == id.description)
      #expect(
        try await client.heatPumps(ofUser: user).items.map(\.id).contains(id.description))
      let statistics = try await client.statistics(
        of: id.description, user: user, resolutions: [.day], keywords: [.savings])
      guard case .array? = statistics.value["data"] else {
        return #expect(Bool(false), "\(statistics.value)")
      }
      let savings = try await client.savings(
        of: "smith-home", from: "2026-01-01", to: "2026-03-01", resolutions: [.month])
      #expect(savings.value["metadata"] != nil && savings.tag != nil)
    }
  }

  @Test func `an event of home automation is followed and replayed`() async throws {
    try await withClient { stage, client in
      _ = try await TestHook.fleet.send(
        stage.app(nil),
        body: Array("id=1&event=hot_water&value=47&device=\(PoderoSimulator.heatPumpID(3))".utf8),
        type: "application/x-www-form-urlencoded")
      let selection = HookEventSelection(hook: "fleet", state: .dead)
      let dead = try await eventualValue("a dead event") {
        try await client.hookEvents(of: selection).items.first
      }
      #expect(dead.reason?.contains("not known") == true && dead.replays == 0)
      _ = try await stage.portal.get(stage.path(3))
      #expect(try await client.replayHookEvent(dead.id).replays == 1)
      try await eventually("an applied event") {
        try await client.hookEvent(dead.id).state == .applied
      }
      let applied = try await client.hookEvent(dead.id)
      #expect(applied.heatPump?.id == PoderoSimulator.heatPumpID(3).description)
    }
  }

  private func withClient(
    _ body: @Sendable (Stage, GatewayClient) async throws -> Void
  ) async throws {
    try await withStage(
      gateway: { setup in
        setup.addHooks()
        setup.scopes["full"] = ["events:read", "jobs:write", "subscriptions:write"]
        setup.more["webhooks_out"] = ["allow": ["127.0.0.0/8"], "timeout": "PT5S"]
      }
    ) { stage in
      let url = try #require(URL(string: "http://127.0.0.1:\(stage.gateway.port)"))
      try await body(stage, GatewayClient(at: url, key: TestKey.full.key))
    }
  }
}
