import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let deliveries: [ConformanceCase] = [
    ConformanceCase("a claim brings the delivery with its event and its subscription") { storage in
      try await storage.subscribe(1)
      try await storage.happen(7)
      let claimed = try #require(
        try await storage.claimDeliveries(Samples.claim(3, at: 10)).first)
      let subscription = StoredSubscription(creating: Samples.subscription(1))
      let event = StoredEvent(sequence: 1, event: Samples.happening(7))
      var delivery = StoredDelivery(
        of: event, to: subscription.id, number: 1, at: Samples.time(7))
      (delivery.owner, delivery.fence) = (Samples.id(4, 3), 1)
      delivery.nextAt = Samples.time(70)
      let lease = DeliveryLease(delivery: delivery.id, fence: 1, until: Samples.time(70))
      #expect(
        claimed
          == ClaimedDelivery(
            delivery: delivery, event: event, subscription: subscription, lease: lease))
      #expect(try await storage.delivery(delivery.id) == delivery)
      for id in [Samples.id(6, 7), DeliveryID.of(sequence: 1, subscription: 2)] {
        let missing = try await storage.delivery(id)
        #expect(missing == nil)
      }
    },
    ConformanceCase("a delivery is claimed from its time on, in the order of the events") {
      storage in
      try await storage.subscribe(1)
      for (number, seconds) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
        try await storage.append(
          EventBatch(events: [Samples.happening(number, at: Int64(seconds))]))
      }
      #expect(try await storage.nextDelivery(excluding: []) == Samples.time(10))
      #expect(try await storage.claimDeliveries(Samples.claim(at: 9)) == [])
      let claimed = try await storage.claimDeliveries(Samples.claim(at: 30))
      #expect(claimed.map(\.event.sequence) == [1, 2, 3])
      #expect(try await storage.nextDelivery(excluding: []) == Samples.time(40))
      let excluded = try await storage.nextDelivery(excluding: [Samples.id(7, 1)])
      #expect(excluded == nil)
    },
    ConformanceCase("of many claims at once, no two get the same delivery") { storage in
      try await storage.subscribe(1, 2, 3)
      try await storage.append(Samples.happenings(1...100))
      let claimed = try await withThrowingTaskGroup(of: [ClaimedDelivery].self) { group in
        for gateway in 1...40 {
          group.addTask {
            try await storage.claimDeliveries(Samples.claim(gateway, limit: 10))
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(claimed.count == 300)
      #expect(Set(claimed.map(\.delivery.id)).count == 300)
    },
    ConformanceCase("a lease that has run out is anybody's, and the former holder is told so") {
      storage in
      try await storage.subscribe(1)
      try await storage.happen(1)
      let first = try #require(
        try await storage.claimDeliveries(Samples.claim(1, at: 1000)).first)
      #expect(try await storage.claimDeliveries(Samples.claim(2, at: 1059)) == [])
      let second = try #require(
        try await storage.claimDeliveries(Samples.claim(2, at: 1060)).first)
      #expect(second.delivery.id == first.delivery.id && second.lease.fence == 2)
      #expect(second.delivery.attemptCount == 0)
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.conclude(
          DeliveryConclusion(
            lease: first.lease, outcome: .failed, attempt: Samples.attempt(1, status: 500),
            news: .ends(reason: "late")), at: Samples.time(1061))
      }
      #expect(try await storage.delivery(first.delivery.id) == second.delivery)
      #expect(try await storage.subscription(Samples.id(7, 1))?.terms.state == .active)
      // One that ran out and was not claimed by another still counts, once.
      let conclusion = DeliveryConclusion(
        lease: second.lease, outcome: .delivered, attempt: Samples.attempt(1070, status: 204))
      try await storage.conclude(conclusion, at: Samples.time(2000))
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.conclude(conclusion, at: Samples.time(2001))
      }
      let delivered = try await storage.delivery(first.delivery.id)
      #expect(delivered?.state == .delivered && delivered?.owner == nil)
      #expect(delivered?.attempts == [Samples.attempt(1070, status: 204)])
      #expect(delivered?.changedAt == Samples.time(2000))
      #expect(try await storage.claimDeliveries(Samples.claim(at: 9000)) == [])
    },
    ConformanceCase("a delivery that is tried again waits, and the newest attempts are kept") {
      storage in
      try await storage.subscribe(1)
      try await storage.append(Samples.happenings(1...1, at: 100))
      for number in 1...25 {
        let now = Int64(number) * 100
        #expect(try await storage.claimDeliveries(Samples.claim(at: now - 1)) == [])
        let claimed = try #require(
          try await storage.claimDeliveries(Samples.claim(at: now)).first)
        #expect(claimed.delivery.tries == number - 1)
        try await storage.conclude(
          DeliveryConclusion(
            lease: claimed.lease, outcome: .retry(at: Samples.time(now + 100)),
            attempt: Samples.attempt(now, status: nil, fault: "no \"route\" \(number)")),
          at: Samples.time(now + 1))
        #expect(try await storage.nextDelivery(excluding: []) == Samples.time(now + 100))
      }
      let delivery = try #require(
        try await storage.deliveries(Samples.comfort, before: nil, limit: 9).first)
      #expect(delivery.state == .pending && delivery.attemptCount == 25)
      #expect(
        delivery.attempts
          == (6...25).map {
            Samples.attempt(Int64($0) * 100, status: nil, fault: "no \"route\" \($0)")
          })
      // A gateway that stops gives it back, untried.
      let claimed = try #require(
        try await storage.claimDeliveries(Samples.claim(at: 5000)).first)
      try await storage.conclude(
        DeliveryConclusion(
          lease: claimed.lease, outcome: .retry(at: Samples.time(5000)), attempt: nil),
        at: Samples.time(5000))
      let again = try await storage.claimDeliveries(Samples.claim(2, at: 5000))
      #expect(again.map(\.delivery.attemptCount) == [25])
    },
    ConformanceCase("what a delivery shows about its subscription is stored with it") { storage in
      try await storage.subscribe(1)
      let id = Samples.id(7, 1)
      let steps: [(SubscriptionNews?, Timestamp?, Int, Int64)] = [
        (.fails(since: Samples.time(50), warnedAtPercent: 0), Samples.time(50), 0, 1),
        (.fails(since: Samples.time(60), warnedAtPercent: 75), Samples.time(50), 75, 1),
        (.fails(since: Samples.time(40), warnedAtPercent: 50), Samples.time(40), 75, 1),
        (nil, Samples.time(40), 75, 1), (.works, nil, 0, 1),
        (.fails(since: Samples.time(90), warnedAtPercent: 0), Samples.time(90), 0, 1),
        (.ends(reason: "410"), Samples.time(90), 0, 2),
      ]
      for (index, step) in steps.enumerated() {
        try await storage.happen(index)
        #expect(try await storage.deliver(.failed, news: step.0) == 1)
        let subscription = try #require(try await storage.subscription(id))
        #expect(subscription.failingSince == step.1, "\(step)")
        #expect(subscription.warnedAtPercent == step.2, "\(step)")
        #expect(subscription.version == step.3, "\(step)")
      }
      let ended = try await storage.subscription(id)
      #expect(ended?.terms.state == .disabled(reason: "410"))
      #expect(ended?.changedAt == Samples.time(1000))
      // Making it active again is a new beginning.
      let again = try await storage.updateSubscription(
        id, Samples.terms(), version: 2, at: Samples.time(2000))
      #expect(again?.failingSince == nil && again?.version == 3)
    },
  ]

  static let deliveryFairness: [ConformanceCase] = [
    ConformanceCase("a subscription with much waiting leaves the others their share") { storage in
      try await storage.subscribe(1)
      try await storage.append(Samples.happenings(1...500, at: 1))
      try await storage.subscribe(2, 3)
      try await storage.happen(501, 502)
      let claimed = try await storage.claimDeliveries(
        Samples.claim(limit: 6, perSubscription: 5))
      #expect(
        claimed.map(\.subscription.id) == [1, 2, 3, 1, 2, 3].map { Samples.id(7, $0) })
      #expect(claimed.map(\.event.sequence) == [1, 501, 501, 2, 502, 502])
      let rest = try await storage.claimDeliveries(
        Samples.claim(limit: 6, perSubscription: 4))
      #expect(rest.map(\.event.sequence) == [3, 4, 5, 6])
      let excluding = Samples.claim(excluding: [Samples.id(7, 1)])
      #expect(try await storage.claimDeliveries(excluding) == [])
    },
    ConformanceCase("when not all can have a turn, those come first who had none the longest") {
      storage in
      try await storage.subscribe(1, 2, 3, 4, 5)
      try await storage.append(Samples.happenings(1...10, at: 1))
      var turns: [ResourceID] = []
      for _ in 1...5 {
        let claimed = try await storage.claimDeliveries(Samples.claim(limit: 2))
        #expect(claimed.count == 2)
        turns += claimed.map(\.subscription.id)
      }
      #expect(turns == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5].map { Samples.id(7, $0) })
    },
    ConformanceCase("those that fail get one each, and no more in all than is allowed them") {
      storage in
      try await storage.subscribe(1, 2, 3)
      try await storage.happen(1)
      try await storage.deliver(.failed, news: .fails(since: Samples.time(), warnedAtPercent: 0))
      try await storage.subscribe(4)
      try await storage.happen(2, 3, 4)
      let none = try await storage.claimDeliveries(
        Samples.claim(limit: 2, perSubscription: 1, failingLimit: 0))
      #expect(none.map(\.subscription.id) == [Samples.id(7, 4)])
      // Whoever gets none leaves the turn to the next.
      let some = try await storage.claimDeliveries(
        Samples.claim(limit: 3, perSubscription: 2, failingLimit: 2))
      #expect(some.map(\.subscription.id) == [1, 2, 4].map { Samples.id(7, $0) })
      #expect(some.map(\.event.sequence) == [2, 2, 3])
      let rest = try await storage.claimDeliveries(Samples.claim(failingLimit: 2))
      #expect(rest.map(\.subscription.id) == [3, 1, 4].map { Samples.id(7, $0) })
      #expect(rest.map(\.event.sequence) == [2, 3, 4])
    },
  ]
}
