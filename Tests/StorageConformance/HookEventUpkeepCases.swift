import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let hookEventReading: [ConformanceCase] = [
    ConformanceCase("events are listed page by page, the newest first") { storage in
      for number in 1...7 {
        try await storage.take(
          Samples.event(
            number, of: number % 2 == 1 ? "north" : "south", decision: number < 4 ? .ignored : nil))
      }
      var pages: [[Int64]] = []
      var before: Int64?
      while pages.last?.isEmpty != true {
        let page = try await storage.list(before: before, limit: 3)
        before = page.last
        pages.append(page)
      }
      #expect(pages == [[7, 5, 3], [1], []])
      #expect(try await storage.list(limit: 0) == [])
      #expect(try await storage.list(HookEventFilter(organisation: "east")) == [])
    },
    ConformanceCase("a state is listed page by page too, whatever its operations are") { storage in
      let ends: [OperationState?] = [.failed, nil, .rejected, .verified, nil, .unknown, .failed]
      for (index, end) in ends.enumerated() {
        try await storage.take(
          Samples.event(index, decision: end == nil ? Samples.dead("no target") : nil))
      }
      // The order in which they end is another one.
      for (index, end) in ends.enumerated().reversed() {
        if let end { try await storage.conclude(index, end) }
      }
      let dead = HookEventFilter(organisation: "north", state: .dead)
      #expect(try await storage.list(dead) == [7, 6, 5, 3, 2, 1])
      #expect(try await storage.list(dead, before: 7, limit: 2) == [6, 5])
      #expect(try await storage.list(dead, before: 5, limit: 9) == [3, 2, 1])
      #expect(try await storage.list(dead, before: nil, limit: 1) == [7])
    },
    ConformanceCase("a filter lets through what meets all of it") { storage in
      let other = Samples.heatPump(2)
      try await storage.take(Samples.event(1, at: 10))
      try await storage.take(Samples.event(2, on: other, hook: "door", at: 20))
      try await storage.take(
        Samples.event(3, hook: "door", at: 30, decision: Samples.dead("full", on: other)))
      try await storage.take(Samples.event(4, at: 40, decision: .ignored))
      try await storage.take(
        Samples.event(5, on: Samples.heatPump(1, of: "south"), of: "south", at: 50))
      let filters: [(HookEventFilter, [Int64])] = [
        (Self.filter { $0.hook = "door" }, [3, 2]), (Self.filter { $0.hook = "doo" }, []),
        (Self.filter { $0.heatPump = other }, [3, 2]),
        (Self.filter { $0.heatPump = Samples.heatPump(9) }, []),
        (Self.filter { $0.state = .accepted }, [2, 1]),
        (Self.filter { $0.receivedAfter = Samples.time(20) }, [4, 3, 2]),
        (Self.filter { $0.receivedBefore = Samples.time(20) }, [1]),
        (
          Self.filter {
            $0.receivedAfter = Samples.time(20)
            $0.receivedBefore = Samples.time(40)
          }, [3, 2]
        ),
        (
          Self.filter {
            ($0.heatPump, $0.state, $0.hook) = (other, .dead, "door")
          }, [3]
        ),
        (
          Self.filter {
            ($0.heatPump, $0.state, $0.receivedBefore) = (other, .accepted, Samples.time(20))
          }, []
        ),
        (HookEventFilter(organisation: "south"), [5]),
      ]
      for (filter, expected) in filters {
        #expect(try await storage.list(filter) == expected, "\(filter)")
      }
    },
  ]

  static let hookEventPruning: [ConformanceCase] = [
    ConformanceCase("events go by their age, with their keys, open ones never") { storage in
      for number in 1...4 { try await storage.take(Samples.event(number)) }
      for number in [1, 3, 4] { try await storage.conclude(number, .verified) }
      #expect(try await storage.pruneEvents(before: 1) == 0)
      #expect(try await storage.pruneEvents(before: 4) == 2)
      #expect(try await storage.list() == [4, 2])
      #expect(try await storage.event(1) == nil)
      let kept = try await storage.accept(Samples.event(8, key: 2), lane: Samples.request())
      #expect(kept == .repeated(eventID: Samples.id(5, 2)))
      let again = try #require(try await storage.take(Samples.event(5, key: 1)))
      #expect(again.sequence > 4)
    },
    ConformanceCase("an event that came in late goes after those before it") { storage in
      for (number, seconds) in [(1, 10), (2, 50), (3, 20)] {
        try await storage.take(Samples.event(number, at: Int64(seconds), decision: .ignored))
      }
      #expect(try await storage.pruneEvents(before: 30) == 1)
      #expect(try await storage.list() == [3, 2])
      #expect(try await storage.pruneEvents(before: 51) == 2)
    },
    ConformanceCase("a number is not given out again after the newest events were pruned") {
      storage in
      try await storage.take(Samples.event(1, decision: .ignored))
      #expect(try await storage.pruneEvents(before: 2) == 1)
      #expect(try await storage.take(Samples.event(2, decision: .ignored))?.sequence == 2)
    },
    ConformanceCase("the oldest bodies go when there are too many bytes, and the keys stay") {
      storage in
      for (number, size) in [(1, 10), (2, 30), (3, 0), (4, 20), (5, 20)] {
        try await storage.take(
          Samples.event(number, body: [UInt8](repeating: 7, count: size), decision: .ignored))
      }
      try await storage.take(Samples.event(6, body: nil, decision: .ignored))
      for (bytes, count, left) in [
        (80, 0, [1, 2, 3, 4, 5]), (79, 1, [2, 3, 4, 5]), (69, 1, [3, 4, 5]), (39, 2, [5]),
        (39, 0, [5]), (0, 1, []),
      ] {
        let pruned = try await storage.pruneHookEvents(
          before: Samples.time(-1), bodyBytes: bytes)
        #expect(pruned == count, "\(bytes)")
        let events = try await storage.hookEvents(Samples.north, before: nil, limit: 9)
        #expect(events.filter { $0.body != nil }.map(\.sequence) == left.reversed().map(Int64.init))
        #expect(events.count == 6)
      }
      for number in 1...6 {
        let again = try await storage.accept(Samples.event(number), lane: Samples.request())
        #expect(again == .repeated(eventID: Samples.id(5, number)))
      }
    },
    ConformanceCase("an operation is kept for as long as its event, also a former one") { storage in
      try await storage.take(Samples.event(1))
      try await storage.store(3)
      for number in [1, 3] { try await storage.conclude(number, .failed, at: 10) }
      _ = try await storage.redecide(
        Samples.id(5, 1), .operation(Samples.hookOperation(2), rule: "r"), at: Samples.time(11),
        lane: Samples.request())
      try await storage.conclude(2, .verified, at: 20)
      let later = Samples.time(1000)
      #expect(try await storage.prune(operations: later, keys: later, settings: later) == 1)
      #expect(try await storage.event(1)?.state == .applied)
      #expect(try await storage.state(of: 1) == .failed)
      #expect(try await storage.pruneEvents(before: 1000) == 1)
      #expect(try await storage.state(of: 2) == .verified)
      #expect(try await storage.prune(operations: later, keys: later, settings: later) == 2)
      #expect(try await storage.state(of: 2) == nil)
    },
    ConformanceCase("many events are pruned as well as few") { storage in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...1200 {
          group.addTask {
            try await storage.take(Samples.event(number, at: 1, decision: .ignored))
          }
        }
        try await group.waitForAll()
      }
      #expect(
        try await storage.pruneHookEvents(before: Samples.time(-1), bodyBytes: 200) == 1100)
      #expect(try await storage.pruneEvents(before: 2) == 1200)
      #expect(try await storage.list() == [])
    },
    ConformanceCase("a closed storage refuses events") { storage in
      await storage.close()
      await #expect(throws: StorageFault.self) { try await storage.take(Samples.event(1)) }
      await #expect(throws: StorageFault.self) { try await storage.event(1) }
      await #expect(throws: StorageFault.self) { try await storage.pruneEvents(before: 1) }
    },
  ]

  private static func filter(_ change: (inout HookEventFilter) -> Void) -> HookEventFilter {
    var filter = Samples.north
    change(&filter)
    return filter
  }
}

extension Storage {
  fileprivate func pruneEvents(before seconds: Int64) async throws -> Int {
    try await pruneHookEvents(before: Samples.time(seconds), bodyBytes: .max)
  }
}
