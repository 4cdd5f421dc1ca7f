import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let eventPruning: [ConformanceCase] = [
    ConformanceCase("events go by their age, and no number is given out again") { storage in
      try await storage.append(Samples.happenings(1...5))
      #expect(
        try await storage.pruneEvents(Samples.retention(before: 4)) == EventPruning(events: 3))
      #expect(try await storage.feed() == [4, 5])
      #expect(try await storage.oldestSequence(of: "north") == 4)
      #expect(
        try await storage.pruneEvents(Samples.retention(before: 9)) == EventPruning(events: 2))
      let gone = try await storage.loggedEvent(Samples.id(6, 5))
      #expect(gone == nil)
      #expect(try await storage.newestSequence(of: "north") == 5)
      #expect(try await storage.oldestSequence(of: "north") == 6)
      #expect(try await storage.append(Samples.happenings(6...6)).map(\.sequence) == [6])
      #expect(try await storage.newestSequence(of: "north") == 6)
      #expect(try await storage.oldestSequence(of: "north") == 6)
    },
    ConformanceCase("an event that was noticed late goes after those before it") { storage in
      for (number, seconds) in [(1, 10), (2, 50), (3, 20)] {
        try await storage.append(
          EventBatch(events: [Samples.happening(number, at: Int64(seconds))]))
      }
      #expect(try await storage.pruneEvents(Samples.retention(before: 30)).events == 1)
      #expect(try await storage.feed() == [2, 3])
    },
    ConformanceCase("the oldest events go when there are too many, or too many bytes") { storage in
      for (number, size) in [(1, 10), (2, 30), (3, 0), (4, 20), (5, 20)] {
        try await storage.append(
          EventBatch(events: [
            Samples.happening(number, size: size),
            Samples.happening(number + 10, on: nil, of: "south", size: 0),
          ]))
      }
      for (events, bytes, left) in [
        (9, 80, [1, 2, 3, 4, 5]), (9, 79, [2, 3, 4, 5]), (4, 999, [2, 3, 4, 5]),
        (9, 40, [3, 4, 5]),
        (2, 40, [4, 5]), (9, 19, []),
      ] {
        try await storage.pruneEvents(
          Samples.retention(before: -1, events: events, bytes: bytes))
        #expect(
          try await storage.feed() == left.map { Int64($0 * 2 - 1) }, "\(events) \(bytes)")
      }
      // Each organisation has its own allowance.
      #expect(
        try await storage.loggedEvents(of: "south", after: 0, .everything, limit: 9).count == 2)
      #expect(try await storage.oldestSequence(of: "south") == 7)
    },
    ConformanceCase("an event that has still to be delivered stays, but leaves the feed") {
      storage in
      try await storage.subscribe(1)
      try await storage.happen(1, 2, 3)
      let claimed = try await storage.claimDeliveries(Samples.claim(limit: 2))
      try await storage.conclude(
        DeliveryConclusion(lease: claimed[0].lease, outcome: .delivered, attempt: nil),
        at: Samples.time(1000))
      #expect(
        try await storage.pruneEvents(Samples.retention(before: 3))
          == EventPruning(events: 1, deliveries: 1))
      #expect(try await storage.feed() == [3])
      #expect(try await storage.oldestSequence(of: "north") == 3)
      #expect(try await storage.queued(1) == [2, 3])
      #expect(try await storage.loggedEvent(Samples.id(6, 2))?.event == Samples.happening(2))
      // It goes once it is delivered.
      try await storage.conclude(
        DeliveryConclusion(lease: claimed[1].lease, outcome: .failed, attempt: nil),
        at: Samples.time(1000))
      #expect(
        try await storage.pruneEvents(Samples.retention(before: 3))
          == EventPruning(events: 1, deliveries: 1))
      #expect(try await storage.queued(1) == [3])
      #expect(try await storage.feed() == [3])
    },
    ConformanceCase("an event that nobody ever takes goes in the end") { storage in
      try await storage.subscribe(1, terms: Samples.terms())
      try await storage.happen(1, 2, 3)
      let lease = try #require(
        try await storage.claimDeliveries(Samples.claim(limit: 1)).first?.lease)
      #expect(
        try await storage.pruneEvents(Samples.retention(before: 9, open: 3))
          == EventPruning(events: 2, deliveries: 2))
      #expect(try await storage.queued(1) == [3])
      #expect(try await storage.feed() == [])
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.conclude(
          DeliveryConclusion(lease: lease, outcome: .delivered, attempt: nil), at: Samples.time())
      }
    },
    ConformanceCase("deliveries go some time after their end, and their events stay") { storage in
      try await storage.subscribe(1)
      try await storage.happen(1, 2, 3, 4)
      let claimed = try await storage.claimDeliveries(Samples.claim(at: 10))
      for (index, seconds) in [(0, 20), (1, 40), (2, 20)] {
        try await storage.conclude(
          DeliveryConclusion(
            lease: claimed[index].lease, outcome: .delivered, attempt: nil),
          at: Samples.time(Int64(seconds)))
      }
      #expect(
        try await storage.pruneEvents(Samples.retention(before: -1, deliveries: 30))
          == EventPruning(deliveries: 2))
      #expect(try await storage.queued(1) == [2, 4])
      #expect(try await storage.feed() == [1, 2, 3, 4])
    },
    ConformanceCase("many events are pruned as well as few, around those that stay") { storage in
      try await storage.subscribe(1)
      try await storage.append(Samples.happenings(1...1700, at: 1))
      // The oldest two are under way when all others are delivered.
      let first = try await storage.claimDeliveries(Samples.claim(limit: 2))
      #expect(first.map(\.event.sequence) == [1, 2])
      #expect(try await storage.claimDeliveries(Samples.claim(limit: 0)) == [])
      while try await storage.deliver(.cancelled) > 0 {}
      #expect(
        try await storage.pruneEvents(Samples.retention(before: 2))
          == EventPruning(events: 1698, deliveries: 1698))
      #expect(try await storage.queued(1) == [1, 2])
      #expect(try await storage.newestSequence(of: "north") == 1700)
    },
  ]
}
