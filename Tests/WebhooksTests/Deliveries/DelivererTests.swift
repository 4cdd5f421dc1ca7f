import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import Webhooks

/// Goal: every event comes to whoever subscribed to it, signed, at least once, under the same id.
/// Method: the deliverer on a storage in memory, with scripted receivers and time moved by hand.
@Suite struct DelivererTests {
  @Test func `an event is delivered once, signed, and the storage knows`() async throws {
    let stage = try DeliveryStage(FakeTransport(then: .status(204)))
    try await stage.running {
      let (id, secret) = try await stage.subscribe()
      try await stage.happen(1)
      let delivery = try await stage.delivery("success") { $0.state == .delivered }
      let request = try #require(stage.transport.requests.first)
      #expect(stage.transport.requestCount == 1)
      #expect(request.method == .post && request.url == "https://receiver.example/hooks")
      #expect(request["webhook-id"] == delivery.eventID.description)
      #expect(
        request["webhook-timestamp"] == String(stage.clock.wall.microseconds / 1_000_000))
      #expect(request.isSigned(with: secret))
      #expect(request["content-type"] == "application/json")
      #expect(request["user-agent"]?.hasPrefix("podero-gateway") == true)
      #expect(request.json["type"] == "heat_pump.settings_changed")
      #expect(request.json["data"]?["sequence"]?.integer == Int(delivery.sequence))
      #expect(request.truncatesBody && request.maximumBodyBytes <= 4096)
      #expect(request.authorization == nil)
      #expect(delivery.subscriptionID == id)
      #expect(delivery.attempts.map(\.status) == [204])
      #expect(stage.deliverer.metrics.counts.first { $0.outcome == .delivered }?.count == 1)
    }
  }

  @Test(arguments: [false, true])
  func `a delivery has its event's trace, if there is one`(isCloudEvents: Bool) async throws {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    let stage = try DeliveryStage(FakeTransport(then: .status(204)))
    try await stage.running {
      try await stage.subscribe(isCloudEvents: isCloudEvents)
      try await stage.happen(1, traceparent: trace)
      await stage.transport.waitForRequests(1)
      try await stage.happen(2)
      await stage.transport.waitForRequests(2)
    }
    let requests = stage.transport.requests
    #expect(requests.map { $0["traceparent"] } == [trace, nil])
    #expect(requests.first?.json["traceparent"]?.string == (isCloudEvents ? trace : nil))
  }

  @Test func `what was queued before the start is delivered, too`() async throws {
    let stage = try DeliveryStage(FakeTransport(then: .status(200)))
    try await stage.subscribe()
    try await stage.happen(1, 2, 3)
    try await stage.running {
      await stage.transport.waitForRequests(3)
      try await eventually("all") {
        try await stage.deliveries().allSatisfy { $0.state == .delivered }
      }
    }
    #expect(Set(stage.transport.requests.compactMap { $0["webhook-id"] }).count == 3)
  }

  @Test func `a failed delivery is tried again by the schedule, with a new time and the same id`()
    async throws
  {
    let stage = try DeliveryStage(FakeTransport(then: .status(500)))
    try await stage.running {
      let (_, secret) = try await stage.subscribe()
      try await stage.happen(1)
      var pauses: [Double] = []
      for tries in 1...6 {
        let delivery = try await stage.delivery("try \(tries)") { $0.tries == tries }
        pauses.append((delivery.nextAt - stage.clock.wall).seconds)
        await stage.clock.waitForSleepers()
        stage.clock.advance(by: delivery.nextAt - stage.clock.wall)
      }
      #expect(pauses == [2.5, 15, 150, 900, 3600, 9000])
      await stage.transport.waitForRequests(7)
      let requests = stage.transport.requests
      #expect(Set(requests.compactMap { $0["webhook-id"] }).count == 1)
      #expect(Set(requests.compactMap { $0["webhook-timestamp"] }).count == requests.count)
      #expect(requests.allSatisfy { $0.isSigned(with: secret) })
      #expect(Set(requests.map(\.body)).count == 1)
    }
  }

  @Test func `a delivery is given up when its tries are over, and its subscription goes on`()
    async throws
  {
    let stage = try DeliveryStage(FakeTransport(then: .status(503)))
    try await stage.running {
      let (id, _) = try await stage.subscribe()
      try await stage.happen(1)
      for tries in 1...11 {
        let delivery = try await stage.delivery("try \(tries)") { $0.tries == tries }
        guard delivery.state == .pending else { break }
        await stage.clock.waitForSleepers()
        stage.clock.advance(by: delivery.nextAt - stage.clock.wall)
      }
      let delivery = try await stage.delivery("end") { $0.state == .failed }
      #expect(delivery.attempts.count == 11)
      let subscription = try await stage.storage.subscription(id)
      #expect(subscription?.terms.state == .active)
      #expect(subscription?.failingSince == delivery.attempts[0].at)
    }
  }

  @Test func `a receiver that asks for time gets an hour at most, for all of its events`()
    async throws
  {
    let stage = try DeliveryStage(
      FakeTransport(
        [.status(429, headers: [.init("Retry-After", "86400")])], then: .status(200)))
    try await stage.running {
      try await stage.subscribe()
      try await stage.happen(1)
      let delivery = try await stage.delivery("refusal") { $0.tries == 1 }
      #expect(delivery.nextAt == stage.clock.wall + .seconds(3600))
      try await stage.happen(2)
      await stage.clock.waitForSleepers()
      stage.clock.advance(by: .seconds(3599))
      #expect(stage.transport.requestCount == 1)
      await stage.clock.waitForSleepers()
      stage.clock.advance(by: .seconds(1))
      try await eventually("all") {
        try await stage.deliveries().allSatisfy { $0.state == .delivered }
      }
    }
  }

  @Test func `a redirect is not followed`() async throws {
    let stage = try DeliveryStage(
      FakeTransport(
        then: .status(302, headers: [.init("Location", "https://other.example/")])))
    try await stage.running {
      try await stage.subscribe()
      try await stage.happen(1)
      let delivery = try await stage.delivery("try") { $0.tries == 1 }
      #expect(delivery.state == .pending)
      #expect(delivery.attempts[0].status == 302)
      #expect(stage.transport.requests.map(\.url) == ["https://receiver.example/hooks"])
    }
  }

  @Test func `a receiver that hangs keeps nobody else waiting`() async throws {
    let stage = try DeliveryStage(
      FakeTransport(then: { $0.url.contains("other") ? .hold : .status(200) }))
    try await stage.running {
      for number in 1...20 {
        try await stage.subscribe(UInt64(number), url: "https://other.example/\(number)")
      }
      let (id, _) = try await stage.subscribe(99)
      for number in 1...20 { try await stage.happen(UInt64(number)) }
      try await eventually("all for the one that works") {
        try await stage.deliveries().filter { $0.subscriptionID == id && $0.state == .delivered }
          .count == 20
      }
      #expect(stage.transport.heldCount <= 80)
      let perReceiver = Dictionary(
        grouping: stage.transport.requests.filter { $0.url.contains("other") }, by: \.url)
      #expect(perReceiver.values.allSatisfy { $0.count <= 4 })
    }
  }

  @Test func `however many receivers hang, a new one gets its turn`() async throws {
    let stage = try DeliveryStage(
      FakeTransport(
        then: { request in
          request.url.contains("other")
            ? .fail(TransportFault(.timeout, mayHaveBeenSent: true)) : .status(200)
        }))
    try await stage.running {
      for number in 1...99 {
        try await stage.subscribe(UInt64(number), url: "https://other.example/\(number)")
      }
      for number in 1...5 { try await stage.happen(UInt64(number)) }
      try await stage.subscribe(500)
      try await stage.happen(6)
      try await eventually("delivery") {
        stage.transport.requests.contains { $0.url.contains("receiver") }
      }
    }
  }

  @Test func `those that fail have half of the places and one each, from the start on`()
    async throws
  {
    let stage = try DeliveryStage(
      FakeTransport(then: { $0.url.contains("other") ? .hold : .status(200) }), places: 8)
    for number in 1...12 {
      try await stage.subscribe(UInt64(number), url: "https://other.example/\(number)")
    }
    try await stage.happen(1)
    // The gateway before this one has found out that they fail.
    let now = stage.clock.wall
    let claimed = try await stage.storage.claimDeliveries(
      DeliveryRequest(
        owner: ResourceID(high: 9, low: 9), now: now, until: now + .seconds(25), limit: 99,
        perSubscription: 9))
    for delivery in claimed {
      try await stage.storage.conclude(
        DeliveryConclusion(
          lease: delivery.lease, outcome: .failed, attempt: nil,
          news: .fails(since: now, warnedAtPercent: 0)), at: now)
    }
    let (id, _) = try await stage.subscribe(99)
    try await stage.happen(2, 3, 4, 5)
    try await stage.running {
      try await eventually("all for the one that works") {
        try await stage.deliveries().filter { $0.subscriptionID == id && $0.state == .delivered }
          .count == 4
      }
      await stage.transport.waitForRequests(8)
      #expect(stage.transport.heldCount == 4)
      let failing = stage.transport.requests.filter { $0.url.contains("other") }
      #expect(Set(failing.map(\.url)).count == 4)
    }
  }

  @Test func `a crash between sending and recording sends it again under the same id`()
    async throws
  {
    let stage = try DeliveryStage(FakeTransport(then: .status(200)))
    try await stage.subscribe()
    try await stage.happen(1)
    // Whoever had it is gone, and has recorded nothing.
    let claimed = try await stage.storage.claimDeliveries(
      DeliveryRequest(
        owner: ResourceID(high: 9, low: 9), now: stage.clock.wall,
        until: stage.clock.wall + .seconds(25), limit: 9, perSubscription: 9))
    #expect(claimed.count == 1)
    try await stage.running {
      await stage.clock.waitForSleepers()
      #expect(stage.transport.requestCount == 0)
      stage.clock.advance(by: .seconds(25))
      let delivery = try await stage.delivery("success") { $0.state == .delivered }
      #expect(stage.transport.requests[0]["webhook-id"] == delivery.eventID.description)
      // The dead one comes back: its word counts no more.
      await #expect(throws: StorageFault.leaseLost) {
        try await stage.storage.conclude(
          DeliveryConclusion(lease: claimed[0].lease, outcome: .failed, attempt: nil),
          at: stage.clock.wall)
      }
    }
  }

  @Test func `an outcome that cannot be stored is stored when the storage works again`()
    async throws
  {
    let stage = try DeliveryStage(FakeTransport(then: .hold))
    try await stage.running {
      try await stage.subscribe()
      try await stage.happen(1)
      await stage.transport.waitForRequests(1)
      stage.storage.fail(with: .unavailable("no room"), canRead: true)
      stage.transport.release(.status(200))
      await stage.clock.waitForSleepers(2)
      stage.storage.fail(with: nil)
      stage.clock.advance(by: .seconds(2))
      try await stage.delivery("success") { $0.state == .delivered }
      #expect(stage.transport.requestCount == 1)
    }
  }

  @Test func `a stop waits for an attempt that ends in time`() async throws {
    let stage = try DeliveryStage(FakeTransport(then: .hold))
    try await stage.subscribe()
    try await stage.happen(1)
    let task = Task { await stage.deliverer.run() }
    await stage.transport.waitForRequests(1)
    let drain = Task { await stage.deliverer.drain(grace: .seconds(5)) }
    stage.transport.release(.status(200))
    await drain.value
    await task.value
    #expect(try await stage.deliveries().map(\.state) == [.delivered])
  }

  @Test func `a stop lets attempts end, and gives back what does not`() async throws {
    let stage = try DeliveryStage(FakeTransport(then: .hold))
    try await stage.subscribe()
    try await stage.happen(1)
    let task = Task { await stage.deliverer.run() }
    await stage.transport.waitForRequests(1)
    let isDrained = Locked(false)
    let drain = Task {
      await stage.deliverer.drain(grace: .seconds(5))
      isDrained.withLock { $0 = true }
    }
    // The receiver does not answer; only time ends the wait.
    try await eventually("end of the grace") {
      stage.clock.advance(by: .seconds(1))
      return isDrained.withLock { $0 }
    }
    await drain.value
    #expect(stage.transport.heldCount == 1)
    task.cancel()
    await task.value
    let delivery = try await stage.delivery("return") { $0.state == .pending }
    #expect(delivery.nextAt <= stage.clock.wall && delivery.attempts.isEmpty)
    // The next one takes it at once.
    let next = try await stage.storage.claimDeliveries(
      DeliveryRequest(
        owner: ResourceID(high: 9, low: 9), now: stage.clock.wall,
        until: stage.clock.wall + .seconds(25), limit: 9, perSubscription: 9))
    #expect(next.count == 1)
  }
}
