import GatewayCore
import Glibc
import TestSupport
import Testing

/// Goal: events come to receivers genuine, at least once, whatever the receivers and the gateway
/// suffer. Method: the real gateway, receivers that verify for themselves and misbehave, and
/// `kill -9`.
@Suite struct DeliveryTests {
  @Test func `every event comes once, signed, and nothing personal to whom it is not for`()
    async throws
  {
    try await withDeliveries { scene in
      let receiver = try Receiver { _, _ in .answer("204 No Content") }
      defer { receiver.stop() }
      let events = try await scene.seed(50)
      try await scene.running { gateway in
        let path = try await gateway.subscribe(receiver)
        #expect(try await gateway.replay(path) == 50)
        try await eventually("all events") { receiver.genuine == events }
        try await eventually("all recorded") {
          try await gateway.metric(#"delivery_attempts_total{outcome="delivered"}"#) == 50
        }
        #expect(receiver.messages.count == 50)
        for message in receiver.messages {
          #expect(message.isGenuine)
          #expect(message.body.at(pointer: "/type") == "heat_pump.settings_changed")
          #expect(message.body.at(pointer: "/data/id")?.string == message.id)
          #expect(message.body.at(pointer: "/data/heat_pump/comment") == nil)
        }
        #expect(!gateway.process.rawLog.joined().contains("whsec_"))
        #expect(!gateway.process.rawLog.joined().contains("receiver-canary"))
      }
    }
  }

  @Test func `kill -9 loses nothing, and what comes twice comes under the same id`() async throws {
    try await withDeliveries { scene in
      // Each event at most once: after three failures its next try is minutes away.
      let refused = Locked<Set<String>>([])
      let receiver = try Receiver { message, count in
        // Slow on purpose, so that there is something under way whenever the gateway is killed.
        usleep(3000)
        let isRefused =
          count.isMultiple(of: 7) && refused.withLock { $0.insert(message.id).inserted }
        return .answer(isRefused ? "500 Internal Server Error" : "200 OK")
      }
      defer { receiver.stop() }
      let events = try await scene.seed(150)
      try await scene.running { gateway in
        let path = try await gateway.subscribe(receiver)
        #expect(try await gateway.replay(path) == 150)
        try await eventually("some events") { receiver.messages.count >= 20 }
        gateway.process.signal(SIGKILL)
        _ = try await gateway.process.wait()
      }
      let before = receiver.messages.count
      try await scene.running { gateway in
        try await eventually("more events") { receiver.messages.count >= before + 20 }
        gateway.process.signal(SIGKILL)
        _ = try await gateway.process.wait()
      }
      try await scene.running { gateway in
        try await eventually("all events", within: .seconds(90)) {
          let open = try await gateway.app().get("/v1/deliveries?state=pending&limit=1")
          return open.at("/items") == []
        }
        let done = try await gateway.app().get("/v1/deliveries?state=delivered&limit=500")
        #expect(done.at("/items")?.array?.count == 150)
      }
      #expect(receiver.genuine == events)
      #expect(receiver.messages.allSatisfy { $0.isGenuine && events.contains($0.id) })
    }
  }

  @Test func `receivers that fail, hang, redirect and refuse keep nobody else waiting`()
    async throws
  {
    try await withDeliveries { scene in
      let good = try Receiver { _, _ in .answer("200 OK") }
      let elsewhere = try Receiver { _, _ in .answer("200 OK") }
      let manners: [@Sendable () -> Receiver.Manner] = [
        { .answer("500 Internal Server Error") }, { .silence },
        { .answer("302 Found", headers: ["Location: \(elsewhere.url)"]) },
        { .answer("429 Too Many Requests", headers: ["Retry-After: 3600"]) },
      ]
      let bad = try manners.map { manner in try Receiver { _, _ in manner() } }
      defer { for receiver in bad + [good, elsewhere] { receiver.stop() } }
      try await scene.seed(20)
      try await scene.running { gateway in
        var paths: [String] = []
        for receiver in bad {
          let path = try await gateway.subscribe(receiver)
          _ = try await gateway.replay(path)
          paths.append(path)
        }
        for receiver in bad {
          try await eventually("an attempt") { !receiver.messages.isEmpty }
        }
        let path = try await gateway.subscribe(good)
        _ = try await gateway.replay(path)
        try await eventually("all events", within: .seconds(10)) { good.genuine.count == 20 }
        #expect(elsewhere.messages.isEmpty)
        // Who asked to be left alone is.
        #expect(bad[3].messages.count <= 4)
        for path in paths {
          try await eventually("failure") {
            try await gateway.app().get(path).at("/failing_since")?.string != nil
          }
          let shown = try await gateway.app().get(path)
          #expect(shown.at("/state") == "active" && shown.at("/disables_at")?.string != nil)
        }
        let page = try await gateway.app().get("/v1/deliveries?limit=500")
        #expect(!page.text.contains("receiver-canary"))
      }
    }
  }

  @Test func `410 ends a subscription for good, and a resume brings it back`() async throws {
    try await withDeliveries { scene in
      let receiver = try Receiver { _, count in
        .answer(count == 0 ? "410 Gone" : "200 OK")
      }
      defer { receiver.stop() }
      try await scene.seed(1)
      try await scene.running { gateway in
        let path = try await gateway.subscribe(receiver)
        _ = try await gateway.replay(path)
        let ended = try await eventualValue("the end") {
          let shown = try await gateway.app().get(path)
          return shown.at("/state") == "disabled" ? shown : nil
        }
        #expect(ended.at("/reason")?.string?.contains("410") == true)
        #expect(try await gateway.app().post(path + "/resume").at("/state") == "active")
        _ = try await gateway.replay(path)
        try await eventually("delivery") { receiver.messages.count >= 2 }
        #expect(try await gateway.metric("subscriptions_disabled_total") == 1)
      }
    }
  }

  @Test func `a test event, a rotation and CloudEvents are genuine`() async throws {
    try await withDeliveries { scene in
      let receiver = try Receiver { _, _ in .answer("200 OK") }
      defer { receiver.stop() }
      try await scene.running { gateway in
        let path = try await gateway.subscribe(receiver, ["format": "cloudevents"])
        let tested = try await gateway.app().post(path + "/test")
        #expect(tested.at("/outcome") == "delivered" && tested.at("/attempt/status") == 200)
        #expect(!tested.text.contains("receiver-canary"))
        let first = try #require(receiver.messages.first)
        #expect(first.isGenuine && first.contentType == "application/cloudevents+json")
        #expect(first.body.at(pointer: "/type") == "gateway.subscription_test")
        let rotated = try await gateway.app().post(path + "/rotate-secret")
        let secret = try #require(rotated.at("/secret")?.string)
        // The old one is still good, and so is the new one.
        _ = try await gateway.app().post(path + "/test")
        #expect(receiver.messages[1].isGenuine)
        receiver.trustOnly(secret)
        _ = try await gateway.app().post(path + "/test")
        #expect(receiver.messages[2].isGenuine)
      }
      // The next process opens what the last one has sealed.
      try await scene.running { gateway in
        let list = try await gateway.app().get("/v1/subscriptions")
        let id = try #require(list.at("/items/0/id")?.string)
        _ = try await gateway.app().post("/v1/subscriptions/\(id)/test")
        #expect(receiver.messages[3].isGenuine)
      }
    }
  }

  @Test(.enabled(if: !TestStorage.isPostgres, "about a file"))
  func `with another key nothing is signed, the gateway runs, and a rotation helps`()
    async throws
  {
    try await withDeliveries { scene in
      let receiver = try Receiver { _, _ in .answer("200 OK") }
      defer { receiver.stop() }
      try await scene.running { gateway in _ = try await gateway.subscribe(receiver) }
      let key = scene.database + ".key"
      var status = stat()
      #expect(stat(key, &status) == 0 && status.st_mode & 0o777 == 0o600)
      unlink(key)
      try await scene.running { gateway in
        let list = try await gateway.app().get("/v1/subscriptions")
        let path = "/v1/subscriptions/\(list.at("/items/0/id")?.string ?? "")"
        let failed = try await gateway.app().post(path + "/test")
        #expect(failed.at("/outcome") == "unusable")
        #expect(failed.at("/attempt/fault")?.string?.contains("another encryption key") == true)
        #expect(receiver.messages.isEmpty)
        let rotated = try await gateway.app().post(path + "/rotate-secret")
        receiver.trustOnly(try #require(rotated.at("/secret")?.string))
        #expect(try await gateway.app().post(path + "/test").at("/outcome") == "delivered")
        #expect(receiver.genuine.count == 1)
      }
    }
  }

  @Test func `a narrow app hears of its own heat pump only`() async throws {
    try await withDeliveries { scene in
      let receiver = try Receiver { _, _ in .answer("200 OK") }
      defer { receiver.stop() }
      let own = try await scene.seed(3)
      try await scene.seed(3, heatPump: 2)
      try await scene.running { gateway in
        let path = try await gateway.subscribe(receiver, as: .narrow)
        #expect(try await gateway.replay(path, as: .narrow) == 3)
        try await eventually("all") {
          let open = try await gateway.app(.narrow).get("/v1/deliveries?state=pending")
          return open.at("/items") == []
        }
        #expect(receiver.genuine == own)
        let others = try await gateway.app(.full).get("/v1/deliveries")
        #expect(others.at("/items") == [])
      }
    }
  }

  @Test func `a target that is not listed is refused, by what is written and by what it is`()
    async throws
  {
    try await withDeliveries { scene in
      var scene = scene
      scene.setup.more["webhooks_out"] = ["allow": ["localhost"], "timeout": "PT1S"]
      let receiver = try Receiver { _, _ in .answer("200 OK") }
      defer { receiver.stop() }
      try await scene.running { gateway in
        let refused = try await gateway.app().post(
          "/v1/subscriptions",
          ["url": .string(receiver.url), "event_types": ["*"], "heat_pumps": ["*"]])
        #expect(refused.verdict == "422 invalid-subscription")
        // The name is listed, its address is not.
        let named = receiver.url.replacing("127.0.0.1", with: "localhost")
        let path = try await gateway.subscribe(receiver, ["url": .string(named)])
        let failed = try await gateway.app().post(path + "/test")
        #expect(failed.at("/outcome") == "refused_target")
        #expect(receiver.messages.isEmpty)
      }
    }
  }
}
