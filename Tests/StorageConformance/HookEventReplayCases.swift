import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let hookEventReplays: [ConformanceCase] = [
    ConformanceCase("a replay replaces the decision, and the former operation stays") { storage in
      try await storage.take(Samples.event(1))
      try await storage.conclude(1, .failed)
      let first = try #require(try await storage.event(1))
      let replay = try #require(
        try await storage.redecide(
          first.id, .operation(Samples.hookOperation(2, on: Samples.heatPump(2)), rule: "new"),
          at: Samples.time(200), lane: Samples.request(at: 200)))
      var expected = first
      expected.decidedAt = Samples.time(200)
      expected.rule = "new"
      expected.heatPump = Samples.heatPump(2)
      expected.operation = try await storage.operation(Samples.id(3, 2))
      expected.replays = 1
      #expect(replay.event == expected)
      #expect(replay.event.operation?.state == .queued)
      #expect(replay.lease?.heatPump == Samples.heatPump(2))
      #expect(try await storage.event(1) == expected)
      #expect(try await storage.state(of: 1) == .failed)
      // It is listed where it stands now, and nowhere else.
      for (state, count) in [(HookEventState.accepted, 1), (.dead, 0)] {
        let filter = HookEventFilter(organisation: "north", state: state)
        #expect(try await storage.list(filter).count == count, "\(state)")
      }
      try await storage.conclude(2, .accepted)
      #expect(try await storage.event(1)?.state == .applied)
    },
    ConformanceCase("a replay may end in no operation, and a dead event may become one") {
      storage in
      try await storage.take(Samples.event(1, decision: Samples.dead("no target")))
      let decisions: [HookEventDecision] = [
        .operation(Samples.hookOperation(2), rule: "r"), Samples.dead("again"), .ignored,
      ]
      for (index, decision) in decisions.enumerated() {
        let replay = try await storage.redecide(
          Samples.id(5, 1), decision, at: Samples.time(9), lane: Samples.request())
        #expect(replay?.event.replays == index + 1)
        #expect(replay?.event.state == [.accepted, .dead, .ignored][index])
        #expect(try await storage.event(1) == replay?.event)
        let states = try await HookEventState.allCases.asyncFilter { state in
          try await storage.list(HookEventFilter(organisation: "north", state: state)) == [1]
        }
        #expect(states == [replay?.event.state])
        if index == 0 { try await storage.conclude(2, .expired) }
      }
      #expect(try await storage.event(1)?.rule == nil)
      #expect(try await storage.event(1)?.body != nil)
      let again = try await storage.accept(Samples.event(1), lane: Samples.request())
      #expect(again == .repeated(eventID: Samples.id(5, 1)))
    },
    ConformanceCase(
      "an event is not replayed while its operation is open, nor one that is not there"
    ) {
      storage in
      let lease = try #require(
        try await storage.accept(Samples.event(1), lane: Samples.request()).lease)
      let before = try await storage.event(1)
      for round in 1...2 {
        await #expect(throws: StorageFault.outdated) {
          try await storage.redecide(
            Samples.id(5, 1), .operation(Samples.hookOperation(2), rule: "r"),
            at: Samples.time(9), lane: Samples.request())
        }
        if round == 1 {
          #expect(try await storage.event(1) == before)
          try await storage.markSent([Samples.id(3, 1)], Samples.attempt(1), lease: lease)
        }
      }
      #expect(try await storage.operation(Samples.id(3, 2)) == nil)
      let missing = try await storage.redecide(
        Samples.id(5, 9), .operation(Samples.hookOperation(9), rule: "r"), at: Samples.time(9),
        lane: Samples.request())
      #expect(missing == nil)
      #expect(try await storage.operation(Samples.id(3, 9)) == nil)
    },
    ConformanceCase("a replay that fails leaves the event as it was") { storage in
      try await storage.take(Samples.event(1, decision: .ignored))
      try await storage.store(2)
      let before = try await storage.event(1)
      await #expect(throws: StorageFault.self) {
        try await storage.redecide(
          Samples.id(5, 1),
          .operation(Samples.hookOperation(2, on: Samples.heatPump(2)), rule: "r"),
          at: Samples.time(9), lane: Samples.request())
      }
      #expect(try await storage.event(1) == before)
      #expect(try await storage.claimLane(Samples.heatPump(2), Samples.request())?.fence == 1)
    },
    ConformanceCase("of many replays at one moment one is carried out") { storage in
      try await storage.take(Samples.event(1, decision: .ignored))
      let replays = await withTaskGroup(of: HookEventRedecision?.self) { group in
        for number in 1...50 {
          group.addTask {
            try? await storage.redecide(
              Samples.id(5, 1), .operation(Samples.hookOperation(number), rule: "r"),
              at: Samples.time(9), lane: Samples.request())
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(replays.compactMap(\.self).map(\.event.replays) == [1])
      #expect(try await storage.openOperations(of: Samples.heatPump()).count == 1)
    },
  ]
}

extension Sequence where Element: Sendable {
  fileprivate func asyncFilter(
    _ isIncluded: (Element) async throws -> Bool
  ) async throws -> [Element] {
    var included: [Element] = []
    for element in self where try await isIncluded(element) { included.append(element) }
    return included
  }
}
