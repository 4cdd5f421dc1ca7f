import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let deliveryReading: [ConformanceCase] = [
    ConformanceCase("deliveries are listed page by page, those of the newest events first") {
      storage in
      try await storage.subscribe(1, 2)
      _ = try await storage.createSubscription(
        Samples.subscription(3, of: "south"), limit: .max)
      try await storage.happen(1, 2, 3)
      try await storage.append(
        EventBatch(events: [Samples.happening(4, on: nil, of: "south")]))
      var pages: [[Int64]] = []
      var ids: [ResourceID] = []
      while pages.last?.isEmpty != true {
        let page = try await storage.deliveries(
          Samples.comfort, before: ids.last, limit: 4)
        pages.append(page.map(\.sequence))
        ids += page.map(\.id)
      }
      #expect(pages == [[3, 3, 2, 2], [1, 1], []])
      #expect(ids == ids.sorted(by: >) && Set(ids).count == 6)
      #expect(
        try await storage.deliveries(Samples.comfort, before: ids[2], limit: 2).map(\.id)
          == Array(ids[3...4]))
      #expect(
        try await storage.deliveries(Samples.comfort, before: Samples.id(6, 1), limit: 9) == [])
    },
    ConformanceCase("a filter of deliveries lets through what meets all of it") { storage in
      try await storage.subscribe(1)
      _ = try await storage.createSubscription(
        Samples.subscription(2, app: "solar"), limit: .max)
      try await storage.happen(1)
      try await storage.deliver(.failed)
      try await storage.happen(2)
      let filters: [(String?, Int?, DeliveryState?, [Int64])] = [
        (nil, nil, nil, [2, 2, 1, 1]), ("solar", nil, nil, [2, 1]), (nil, 1, nil, [2, 1]),
        (nil, nil, .failed, [1, 1]), ("comfort", 1, .pending, [2]), ("solar", 1, nil, []),
        (nil, 9, nil, []), (nil, nil, .delivered, []), ("other", nil, nil, []),
      ]
      for (app, subscription, state, expected) in filters {
        let filter = DeliveryFilter(
          organisation: "north", app: app, subscription: subscription.map { Samples.id(7, $0) },
          state: state)
        let found = try await storage.deliveries(filter, before: nil, limit: 9)
        #expect(found.map(\.sequence) == expected, "\(filter)")
      }
    },
  ]

  static let deliveryReplays: [ConformanceCase] = [
    ConformanceCase("a delivery is replayed whatever became of it, with its attempts") { storage in
      try await storage.subscribe(1)
      for (number, outcome) in [
        (1, DeliveryConclusion.Outcome.delivered), (2, .failed), (3, .cancelled),
        (4, .retry(at: Samples.time(9000))),
      ] {
        try await storage.happen(number)
        try await storage.deliver(outcome)
        let id = DeliveryID.of(sequence: Int64(number), subscription: 1)
        let before = try #require(try await storage.delivery(id))
        let replayed = try #require(
          try await storage.replayDelivery(id, at: Samples.time(2000)))
        #expect(replayed.state == .pending && replayed.nextAt == Samples.time(2000))
        #expect(replayed.attempts == before.attempts && replayed.attemptCount == 1)
        #expect(replayed.tries == (number == 4 ? 1 : 0))
        #expect(replayed.queuedAt == Samples.time(number == 4 ? 4 : 2000))
        #expect(try await storage.delivery(id) == replayed)
        #expect(try await storage.deliver(at: 2000) == 1)
        #expect(try await storage.delivery(id)?.attemptCount == 2)
      }
      let missing = try await storage.replayDelivery(
        DeliveryID.of(sequence: 9, subscription: 1), at: Samples.time())
      #expect(missing == nil)
    },
    ConformanceCase("a delivery that is under way is not replayed") { storage in
      try await storage.subscribe(1)
      try await storage.happen(1)
      let claimed = try #require(try await storage.claimDeliveries(Samples.claim()).first)
      let replayed = try await storage.replayDelivery(
        claimed.delivery.id, at: Samples.time(1001))
      #expect(replayed == claimed.delivery)
      #expect(try await storage.claimDeliveries(Samples.claim(2, at: 1001)) == [])
    },
    ConformanceCase("a subscription's events are replayed: sent, missed, but not waiting ones") {
      storage in
      let types = EventSelection(types: ["heat_pump.state_changed"], heatPumps: nil)
      let id = Samples.id(7, 1)
      try await storage.happen(1)
      try await storage.subscribe(1, terms: Samples.terms(types))
      try await storage.happen(2, 3)
      try await storage.deliver(.delivered)
      try await storage.happen(4)
      _ = try await storage.updateSubscription(
        id, Samples.terms(types, state: .paused), version: 1, at: Samples.time())
      try await storage.append(
        EventBatch(events: [Samples.happening(5, type: "other"), Samples.happening(6)]))
      try await storage.append(
        EventBatch(events: [Samples.happening(7, on: nil, of: "south")]))
      let now = Samples.time(2000)
      #expect(
        try await storage.replayDeliveries(of: id, since: .sequence(7), at: now) == 0)
      #expect(
        try await storage.replayDeliveries(of: id, since: .time(Samples.time(3)), at: now) == 2)
      #expect(try await storage.queued(1, .pending) == [3, 4, 6])
      #expect(
        try await storage.replayDeliveries(of: id, since: .sequence(-1), at: now) == 2)
      #expect(
        try await storage.replayDeliveries(of: id, since: .time(Samples.time(0)), at: now) == 0)
      #expect(try await storage.queued(1, .pending) == [1, 2, 3, 4, 6])
      #expect(
        try await storage.delivery(DeliveryID.of(sequence: 6, subscription: 1))?.queuedAt == now)
      let missing = try await storage.replayDeliveries(
        of: Samples.id(7, 2), since: .sequence(0), at: now)
      #expect(missing == nil)
    },
    ConformanceCase("a replay leaves out what the owner may not know of, and does not count it") {
      storage in
      try await storage.append(Samples.happenings(1...1300))
      try await storage.subscribe(1)
      let id = Samples.id(7, 1)
      let count = try await storage.replayDeliveries(
        of: id, since: .sequence(1), at: Samples.time()
      ) { [3, 1299].contains($0.sequence) && $0.event == Samples.happening(Int($0.sequence)) }
      #expect(count == 2)
      #expect(try await storage.queued(1) == [3, 1299])
    },
    ConformanceCase("a replay does not hurry what waits to be tried again, nor what is under way") {
      storage in
      try await storage.subscribe(1)
      try await storage.happen(1)
      try await storage.deliver(.retry(at: Samples.time(9000)))
      try await storage.happen(2)
      _ = try await storage.claimDeliveries(Samples.claim())
      let before = try await storage.deliveries(Samples.comfort, before: nil, limit: 9)
      #expect(
        try await storage.replayDeliveries(
          of: Samples.id(7, 1), since: .sequence(1), at: Samples.time(1001)) == 0)
      #expect(try await storage.deliveries(Samples.comfort, before: nil, limit: 9) == before)
    },
    ConformanceCase("much is replayed as well as little, and only what is in the feed") { storage in
      try await storage.append(Samples.happenings(1...1300))
      try await storage.pruneEvents(Samples.retention(before: 101))
      try await storage.subscribe(1)
      #expect(
        try await storage.replayDeliveries(
          of: Samples.id(7, 1), since: .sequence(1), at: Samples.time()) == 1200)
      #expect(try await storage.queued(1) == Array(101...1300))
      // What waits for one subscription only is in nobody's feed any more.
      try await storage.pruneEvents(Samples.retention(before: 201))
      try await storage.subscribe(2)
      #expect(
        try await storage.replayDeliveries(
          of: Samples.id(7, 2), since: .sequence(1), at: Samples.time()) == 1100)
      // Times need not grow: an event counts by its own.
      try await storage.append(
        EventBatch(events: [Samples.happening(2000), Samples.happening(2001, at: 5)]))
      while try await storage.deliver(at: 5000) > 0 {}
      #expect(
        try await storage.replayDeliveries(
          of: Samples.id(7, 1), since: .time(Samples.time(1300)), at: Samples.time()) == 2)
    },
    ConformanceCase("a closed storage refuses events, subscriptions and deliveries") { storage in
      await storage.close()
      await #expect(throws: StorageFault.self) { try await storage.happen(1) }
      await #expect(throws: StorageFault.self) { try await storage.subscribe(1) }
      await #expect(throws: StorageFault.self) { try await storage.deliver() }
      await #expect(throws: StorageFault.self) { try await storage.feed() }
    },
  ]
}
