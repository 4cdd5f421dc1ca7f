import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let subscriptions: [ConformanceCase] = [
    ConformanceCase("a subscription is stored as it came") { storage in
      var terms = Samples.terms(
        EventSelection(
          types: ["naïve \"type\"", ""], heatPumps: [Samples.id(2, 1), Samples.id(2, 2)]),
        state: .disabled(reason: "no \"answer\""))
      terms.isCloudEvents = true
      terms.description = "for the dashboard"
      terms.secrets.append(
        SealedSecret(bytes: [], madeAt: Samples.time(-5), expiresAt: Samples.time(7)))
      let new = Samples.subscription(1, terms)
      let stored = StoredSubscription(creating: new)
      #expect(try await storage.createSubscription(new, limit: 1) == stored)
      #expect(try await storage.subscription(new.id) == stored)
      let empty = Samples.subscription(
        2, Samples.terms(EventSelection(types: [], heatPumps: []), state: .paused))
      _ = try await storage.createSubscription(empty, limit: 2)
      #expect(try await storage.subscription(empty.id)?.terms == empty.terms)
      let missing = try await storage.subscription(Samples.id(7, 3))
      #expect(missing == nil)
      await #expect(throws: StorageFault.self) {
        try await storage.createSubscription(new, limit: 9)
      }
    },
    ConformanceCase("an app has as many subscriptions as it may, also when it asks at once") {
      storage in
      let made = try await withThrowingTaskGroup(of: StoredSubscription?.self) { group in
        for number in 1...20 {
          group.addTask {
            try await storage.createSubscription(Samples.subscription(number), limit: 3)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(made.compactMap { $0 }.count == 3)
      #expect(try await storage.subscriptionCount(of: "north", app: "comfort") == 3)
      for (number, organisation, app) in [(31, "south", "comfort"), (32, "north", "solar")] {
        #expect(try await storage.subscriptionCount(of: organisation, app: app) == 0)
        let new = Samples.subscription(number, of: organisation, app: app)
        #expect(try await storage.createSubscription(new, limit: 1) != nil)
        #expect(try await storage.subscriptionCount(of: organisation, app: app) == 1)
      }
    },
    ConformanceCase("subscriptions are listed page by page, of one app or of all") { storage in
      for number in [5, 3, 1, 4, 2] {
        let app = number == 3 ? "solar" : "comfort"
        _ = try await storage.createSubscription(
          Samples.subscription(number, app: app), limit: .max)
      }
      _ = try await storage.createSubscription(
        Samples.subscription(6, of: "south"), limit: .max)
      for (app, pages) in [
        (nil, [[1, 2], [3, 4], [5], []]), ("comfort", [[1, 2], [4, 5], []]), ("solar", [[3], []]),
        ("other", [[]]),
      ] {
        var after: ResourceID?
        for page in pages {
          let found = try await storage.subscriptions(
            of: "north", app: app, after: after, limit: 2)
          #expect(found.map(\.id) == page.map { Samples.id(7, $0) })
          after = found.last?.id
        }
      }
    },
    ConformanceCase("terms are changed by whoever knows the present ones") { storage in
      try await storage.subscribe(1)
      var terms = Samples.terms(EventSelection(types: ["a"], heatPumps: nil), state: .paused)
      terms.url = "https://other.example/"
      terms.secrets = []
      let id = Samples.id(7, 1)
      let changed = try #require(
        try await storage.updateSubscription(id, terms, version: 1, at: Samples.time(9)))
      #expect(changed.terms == terms && changed.version == 2)
      #expect(changed.changedAt == Samples.time(9) && changed.createdAt == Samples.time())
      #expect(try await storage.subscription(id) == changed)
      for version in [Int64(1), 3] {
        await #expect(throws: StorageFault.outdated) {
          try await storage.updateSubscription(
            id, Samples.terms(), version: version, at: Samples.time(10))
        }
      }
      #expect(try await storage.subscription(id) == changed)
      let missing = try await storage.updateSubscription(
        Samples.id(7, 2), terms, version: 1, at: Samples.time())
      #expect(missing == nil)
    },
    ConformanceCase("while a subscription is not active nothing is queued, and what was, waits") {
      storage in
      let id = Samples.id(7, 1)
      try await storage.subscribe(1)
      try await storage.happen(1)
      for (version, state) in [SubscriptionState.paused, .disabled(reason: "gone")].enumerated() {
        _ = try await storage.updateSubscription(
          id, Samples.terms(state: state), version: Int64(version + 1), at: Samples.time())
        try await storage.happen(version + 2)
        #expect(try await storage.claimDeliveries(Samples.claim()) == [])
        let next = try await storage.nextDelivery(excluding: [])
        #expect(next == nil)
      }
      #expect(try await storage.queued(1) == [1])
      _ = try await storage.updateSubscription(
        id, Samples.terms(), version: 3, at: Samples.time())
      try await storage.happen(4)
      #expect(
        try await storage.claimDeliveries(Samples.claim()).map(\.event.sequence) == [1, 4])
    },
    ConformanceCase("a deleted subscription is gone with its deliveries, the others stay") {
      storage in
      try await storage.subscribe(1, 2)
      try await storage.append(Samples.happenings(1...1200))
      let claimed = try await storage.claimDeliveries(Samples.claim(limit: 2))
      #expect(try await storage.deleteSubscription(Samples.id(7, 1)))
      #expect(try await storage.deleteSubscription(Samples.id(7, 1)) == false)
      let missing = try await storage.subscription(Samples.id(7, 1))
      #expect(missing == nil)
      #expect(try await storage.subscriptionCount(of: "north", app: "comfort") == 1)
      #expect(try await storage.queued(1) == [])
      #expect(try await storage.queued(2).count == 1200)
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.conclude(
          DeliveryConclusion(lease: claimed[0].lease, outcome: .delivered, attempt: nil),
          at: Samples.time())
      }
      // A new one gets none of its deliveries, nor its place.
      try await storage.subscribe(3)
      #expect(try await storage.queued(3) == [])
      let delivery = try await storage.delivery(claimed[0].delivery.id)
      #expect(delivery == nil)
    },
  ]
}
