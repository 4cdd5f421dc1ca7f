import Credentials
import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import Webhooks

/// Goal: a subscription ends when its receiver says so or fails for days, and its owner can know.
/// Nobody gets what they may not see. Method: the deliverer with scripted receivers.
@Suite struct SubscriptionEndTests {
  @Test func `410 ends the subscription, and the feed tells`() async throws {
    let stage = try DeliveryStage(FakeTransport(then: .status(410)))
    try await stage.running {
      let (id, _) = try await stage.subscribe()
      try await stage.happen(1)
      let delivery = try await stage.delivery("end") { $0.state == .failed }
      #expect(delivery.attempts.map(\.status) == [410])
      let subscription = try await stage.storage.subscription(id)
      guard case .disabled(let reason) = subscription?.terms.state else {
        Issue.record("\(String(describing: subscription?.terms.state))")
        return
      }
      #expect(reason.contains("410"))
      try await stage.happen(2)
      let feed = try await stage.storage.loggedEvents(
        of: "acme", after: 0, .everything, limit: 9)
      let told = feed.filter { $0.event.type == "gateway.subscription_disabled" }
      #expect(told.count == 1)
      let event = try HeatPumpEvent(
        stored: told[0].event.body, sequence: Int(told[0].sequence))
      #expect(event.subscription == EventSubscription(id: id, app: "comfort"))
      // The owner's name stays inside, and others are told nothing.
      let body = try #require(stage.audience.withLock { $0 }?.body(of: event))
      #expect(!String(decoding: body, as: UTF8.self).contains("comfort"))
      let other = EventAudience(app: "other", seesPersonalData: true) { _, _ in true }
      #expect(other.body(of: event) == nil)
      #expect(stage.transport.requestCount == 1)
      #expect(stage.deliverer.metrics.disablings == 1)
    }
  }

  @Test func `a subscription goes on for as long as the event about its end cannot be stored`()
    async throws
  {
    let storage = InMemoryStorage()
    let eventLog = RefusingEventLog(storage, refusing: "gateway.subscription_disabled")
    let stage = try DeliveryStage(
      FakeTransport(then: .status(410)), storage: storage, eventLog: eventLog)
    let (id, _) = try await stage.subscribe()
    try await stage.happen(1)
    try await stage.running {
      await stage.transport.waitForRequests(1)
      // The stop comes while the event is tried again and again.
      await stage.clock.waitForSleepers(2)
    }
    #expect(try await stage.storage.subscription(id)?.terms.state == .active)
    #expect(try await stage.deliveries().map(\.state) == [.pending])
    #expect(stage.deliverer.metrics.disablings == 0)
    eventLog.refused.withLock { $0 = nil }
    stage.clock.advance(by: .seconds(60))
    try await stage.running {
      try await stage.delivery("end") { $0.state == .failed }
    }
    let feed = try await stage.storage.loggedEvents(of: "acme", after: 0, .everything, limit: 9)
    #expect(feed.map(\.event.type).contains("gateway.subscription_disabled"))
    #expect(stage.deliverer.metrics.disablings == 1)
  }

  @Test func `410 of an address that it has no more ends nothing`() async throws {
    let stage = try DeliveryStage(
      FakeTransport(then: { $0.url.contains("receiver") ? .hold : .status(200) }))
    try await stage.running {
      let (id, _) = try await stage.subscribe()
      try await stage.happen(1)
      await stage.transport.waitForRequests(1)
      var terms = try #require(try await stage.storage.subscription(id)).terms
      terms.url = "https://other.example/new"
      _ = try await stage.storage.updateSubscription(id, terms, version: 1, at: stage.clock.wall)
      stage.transport.release(.status(410))
      let delivery = try await stage.delivery("answer") { $0.tries == 1 }
      #expect(delivery.state == .pending)
      #expect(try await stage.storage.subscription(id)?.terms.state == .active)
      await stage.clock.waitForSleepers()
      stage.clock.advance(by: .seconds(5))
      try await stage.delivery("success") { $0.state == .delivered }
      #expect(stage.transport.requests.last?.url == "https://other.example/new")
    }
  }

  @Test func `days of failure bring warnings and then the end; what waited goes on waiting`()
    async throws
  {
    let stage = try DeliveryStage(FakeTransport(then: .status(500)))
    try await stage.running {
      let (id, _) = try await stage.subscribe()
      try await stage.happen(1)
      var warnings: [Int] = []
      // Five days, and as many more rounds as one delivery needs for five tries: which one is tried
      // depends on when the deliverer looks.
      for number in 2...300 {
        let seen = stage.transport.requestCount
        try await eventually("rest") {
          try await stage.deliveries().allSatisfy { $0.owner == nil }
        }
        let subscription = try await stage.storage.subscription(id)
        if let percent = subscription?.warnedAtPercent, percent > warnings.last ?? 0 {
          warnings.append(percent)
        }
        guard subscription?.terms.state == .active else { break }
        await stage.clock.waitForSleepers()
        stage.clock.advance(by: .seconds(4 * 3600))
        try await stage.happen(UInt64(number))
        await stage.transport.waitForRequests(seen + 1)
      }
      let subscription = try #require(try await stage.storage.subscription(id))
      guard case .disabled(let reason) = subscription.terms.state else {
        Issue.record("\(subscription.terms.state)")
        return
      }
      #expect(reason.contains("nothing could be delivered since"))
      #expect(warnings == [50, 70, 90])
      #expect(stage.log.text.contains("a subscription keeps failing"))
      #expect(try await stage.deliveries().contains { $0.state == .pending })
      let feed = try await stage.storage.loggedEvents(
        of: "acme", after: 0,
        EventSelection(types: ["gateway.subscription_disabled"], heatPumps: nil), limit: 9)
      #expect(feed.count == 1)
    }
  }

  @Test func `a success makes all failures before it forgotten`() async throws {
    let stage = try DeliveryStage(FakeTransport([.status(500)], then: .status(200)))
    try await stage.running {
      let (id, _) = try await stage.subscribe()
      try await stage.happen(1)
      let delivery = try await stage.delivery("failure") { $0.tries == 1 }
      #expect(try await stage.storage.subscription(id)?.failingSince == delivery.attempts[0].at)
      await stage.clock.waitForSleepers()
      stage.clock.advance(by: .seconds(5))
      try await stage.delivery("success") { $0.state == .delivered }
      #expect(try await stage.storage.subscription(id)?.failingSince == nil)
    }
  }

  @Test func `who may not see the heat pump any more hears nothing`() async throws {
    let stage = try DeliveryStage(FakeTransport(then: .status(200)))
    try await stage.subscribe()
    try await stage.happen(1)
    stage.audience.withLock {
      $0 = EventAudience(app: "comfort", seesPersonalData: true) { _, _ in false }
    }
    try await stage.running {
      let delivery = try await stage.delivery("end") { $0.state == .cancelled }
      #expect(delivery.attempts.isEmpty)
    }
    #expect(stage.transport.requestCount == 0)
  }

  @Test func `an app that is gone hears nothing`() async throws {
    let stage = try DeliveryStage(FakeTransport(then: .status(200)))
    try await stage.subscribe()
    try await stage.happen(1)
    stage.audience.withLock { $0 = nil }
    try await stage.running {
      try await stage.delivery("end") { $0.state == .cancelled }
    }
    #expect(stage.transport.requestCount == 0)
  }

  @Test func `personal data is sent only to those who may see it`() async throws {
    let stage = try DeliveryStage(FakeTransport(then: .status(200)))
    stage.audience.withLock {
      $0 = EventAudience(app: "comfort", seesPersonalData: false) { _, _ in true }
    }
    try await stage.subscribe()
    try await stage.happen(1, pointers: ["/comment", "/pause/active"])
    try await stage.happen(2, pointers: ["/comment"])
    try await stage.running {
      try await eventually("both") {
        try await stage.deliveries().map(\.state) == [.delivered, .cancelled]
      }
    }
    #expect(stage.transport.requestCount == 1)
    #expect(
      !String(decoding: stage.transport.requests[0].body ?? [], as: UTF8.self).contains("comment"))
  }

  @Test func `while a secret is being replaced both sign, and then the new one alone`()
    async throws
  {
    let stage = try DeliveryStage(FakeTransport(then: .status(200)))
    let (id, old) = try await stage.subscribe()
    var terms = try #require(try await stage.storage.subscription(id)).terms
    let (new, sealed) = try stage.secrets.make(for: id, at: stage.clock.wall)
    terms.secrets = SubscriptionSecrets.rotate(
      terms.secrets, to: sealed, at: stage.clock.wall, until: stage.clock.wall + .seconds(60))
    _ = try await stage.storage.updateSubscription(id, terms, version: 1, at: stage.clock.wall)
    try await stage.running {
      try await stage.happen(1)
      await stage.transport.waitForRequests(1)
      try await stage.delivery("first") { $0.state == .delivered }
      await stage.clock.waitForSleepers()
      stage.clock.advance(by: .seconds(60))
      try await stage.happen(2)
      await stage.transport.waitForRequests(2)
    }
    let requests = stage.transport.requests
    #expect(requests[0].isSigned(with: new) && requests[0].isSigned(with: old))
    #expect(requests[1].isSigned(with: new) && !requests[1].isSigned(with: old))
  }

  @Test func `a rotation without overlap, and too many, leave few secrets`() {
    let now = Timestamp(microseconds: 0)
    func sealed(_ number: UInt8) -> SealedSecret { SealedSecret(bytes: [number], madeAt: now) }
    #expect(
      SubscriptionSecrets.rotate([sealed(1)], to: sealed(2), at: now, until: now) == [sealed(2)])
    var secrets = [sealed(0)]
    for number in 1...9 {
      secrets = SubscriptionSecrets.rotate(
        secrets, to: sealed(UInt8(number)), at: now, until: now + .seconds(60))
    }
    #expect(secrets.map(\.bytes) == [[9], [8], [7], [6], [5]])
    #expect(secrets.dropFirst().allSatisfy { $0.expiresAt == now + .seconds(60) })
  }

  @Test func `a secret of another key fails the delivery clearly`() async throws {
    let stage = try DeliveryStage(FakeTransport(then: .status(200)))
    let (id, _) = try await stage.subscribe()
    var terms = try #require(try await stage.storage.subscription(id)).terms
    let key = try #require(EncryptionKey(bytes: Secret([UInt8](repeating: 8, count: 32))))
    let others = SubscriptionSecrets(sealer: SecretSealer(key: key))
    terms.secrets = [try others.make(for: id, at: stage.clock.wall).sealed]
    _ = try await stage.storage.updateSubscription(id, terms, version: 1, at: stage.clock.wall)
    try await stage.happen(1)
    try await stage.running {
      let delivery = try await stage.delivery("try") { $0.tries == 1 }
      #expect(delivery.state == .pending)
      #expect(delivery.attempts[0].fault?.contains("another encryption key") == true)
    }
    #expect(stage.transport.requestCount == 0)
    #expect(stage.log.text.contains("a subscription's secret cannot be opened"))
  }

  @Test func `CloudEvents go out in their form, signed alike`() async throws {
    let stage = try DeliveryStage(FakeTransport(then: .status(200)))
    let (_, secret) = try await stage.subscribe(isCloudEvents: true)
    try await stage.happen(1)
    try await stage.running { await stage.transport.waitForRequests(1) }
    let request = stage.transport.requests[0]
    #expect(request["content-type"] == "application/cloudevents+json")
    #expect(request.json["specversion"] == "1.0")
    #expect(request.json["source"] == "/organisations/acme")
    #expect(request.json["id"]?.string == request["webhook-id"])
    #expect(request.isSigned(with: secret))
  }

  @Test func `a target that is not on the list any more is not connected to`() async throws {
    let stage = try DeliveryStage(
      FakeTransport(then: .status(200)), targets: TargetPolicy(allow: [.host("other.example")]))
    let (id, _) = try await stage.subscribe()
    try await stage.subscribe(2, url: "https://other.example/")
    try await stage.happen(1)
    try await stage.running {
      await stage.transport.waitForRequests(1)
      let delivery = try await stage.delivery("refusal") {
        $0.subscriptionID == id && $0.tries == 1
      }
      #expect(delivery.attempts[0].fault == "the URL is not on the list of allowed targets")
    }
    let request = stage.transport.requests[0]
    #expect(request.url == "https://other.example/")
    let address = try #require(InternetAddress("10.1.2.3"))
    let open = try #require(InternetAddress("93.184.216.34"))
    #expect(request.mayConnect?(address) == false)
    #expect(request.mayConnect?(open) == true)
  }
}
